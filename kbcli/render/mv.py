"""A move on a terminal, in a pipe and as JSON."""

from kbcli.operations.mv import Move
from kbcli.render.escape import escape_field, make_line
from kbcli.render.formats import View


def format_move_table(move: Move, view: View) -> str:
    """Where the card went, then each link that follows it."""
    del view
    plan = move.plan
    verb = "moved" if move.written else "would move"
    lines = [f"{verb} {make_line(plan.old_id)} → {make_line(plan.new_id)}\n"]
    lines += [
        f"  {make_line(one.path)}:{one.line}  {make_line(one.old)} → {make_line(one.new)}\n"
        for one in plan.repaired
    ]
    return "".join(lines)


def format_move_lines(move: Move, view: View) -> str:
    """Tab-separated: `moved` or `link`, path, line, old, new."""
    del view
    plan = move.plan
    rows = [("moved", plan.new_path, "", plan.old_id, plan.new_id)]
    rows += [("link", one.path, str(one.line), one.old, one.new) for one in plan.repaired]
    return "".join("\t".join(map(escape_field, row)) + "\n" for row in rows)


def describe_move(move: Move) -> dict[str, object]:
    """The data of `kb mv`."""
    plan = move.plan
    return {
        "old_id": plan.old_id,
        "new_id": plan.new_id,
        "old_path": plan.old_path,
        "new_path": plan.new_path,
        "links": [
            {"path": one.path, "line": one.line, "old": one.old, "new": one.new} for one in plan.repaired
        ],
        "written": move.written,
    }
