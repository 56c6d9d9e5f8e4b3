"""`kb mv`: move or rename a card, and every link to it."""

from typing import TYPE_CHECKING, Annotated

import typer

from kbcli.doors.cli.old_options import CardArgument, FormatOption
from kbcli.doors.cli.session import Session

if TYPE_CHECKING:
    from kbcli.knowledge.edit.moving import MovePlan

EXAMPLES = """Examples:

\b
  kb mv quotas api/limits        a new ID
  kb mv quotas billing/          another folder, the same name
  kb mv quotas api/limits --dry-run
  kb mv quotas api/limits --commit

The card remembers its former ID, so that old references still find it.
In a pipe: what (moved, link), path, line, old, new, tab-separated.
"""


def register(app: typer.Typer) -> None:
    """Add `kb mv`."""
    app.command("mv", epilog=EXAMPLES)(move)


def move(
    ctx: typer.Context,
    card: CardArgument,
    new: Annotated[
        str, typer.Argument(metavar="NEW", help="The new ID or path; a folder when it ends in a slash.")
    ],
    commit: Annotated[bool, typer.Option("--commit", help="Commit exactly the files that changed.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", "-n", help="Only show what would change.")] = False,
    output: FormatOption = None,
) -> int:
    """Move or rename a card and repair every link to it and from it. All or nothing."""
    from kbcli.doors.cli.changes import commit_change
    from kbcli.knowledge.cards.library import load_card
    from kbcli.knowledge.edit.moving import apply_move, plan_move

    session = ctx.ensure_object(Session)
    form = session.pick_format(output)
    found = load_card(session.config, card)
    plan = plan_move(session.config, found, new)
    if not dry_run:
        plan = apply_move(session.config, plan)
    _write_plan(session, plan, form, dry_run=dry_run)
    for note in plan.notes:
        session.say(note)
    if commit and not dry_run:
        commit_change(session, plan.paths, f"Move {plan.old_id} to {plan.new_id}")
    return 0


def _write_plan(session: Session, plan: "MovePlan", form: str, *, dry_run: bool) -> None:
    if form == "json":
        from kbcli.render.json import format_envelope

        data = {
            "old_id": plan.old_id, "new_id": plan.new_id, "old_path": plan.old_path, "new_path": plan.new_path,
            "links": [{"path": one.path, "line": one.line, "old": one.old, "new": one.new} for one in plan.repaired],
            "written": not dry_run,
        }  # fmt: skip
        session.write(format_envelope("mv", data))
        return
    from kbcli.render.escape import escape_field, make_line

    if form == "plain":
        rows = [("moved", plan.new_path, "", plan.old_id, plan.new_id)]
        rows += [("link", one.path, str(one.line), one.old, one.new) for one in plan.repaired]
        session.write("".join("\t".join(escape_field(field) for field in row) + "\n" for row in rows))
        return
    session.write(
        f"{'would move' if dry_run else 'moved'} {make_line(plan.old_id)} → {make_line(plan.new_id)}\n"
    )
    for one in plan.repaired:
        session.write(f"  {make_line(one.path)}:{one.line}  {make_line(one.old)} → {make_line(one.new)}\n")
