"""What a command did to a card: its state after, a new card, an edit, a move; on a terminal, in a pipe and as JSON."""

import os
from collections.abc import Callable
from pathlib import Path

from kbcli.foundation.typed import TYPE_CHECKING
from kbcli.knowledge.trust.states import TRUSTED
from kbcli.operations.base import JudgedCard
from kbcli.render.ansi import STATE_MARKS, STATE_STYLES, paint
from kbcli.render.escape import format_rows, make_line, make_visible
from kbcli.render.formats import Output, View
from kbcli.render.json import describe_card
from kbcli.render.words import describe_trust

if TYPE_CHECKING:
    from kbcli.knowledge.cards.model import Card
    from kbcli.operations.edit import EditedCard
    from kbcli.operations.mv import Move
    from kbcli.operations.new import Creation


_MOST_LEFT = 20


def format_state_line(card: JudgedCard, view: View) -> str:
    """`✓ api/quotas  verified today by ada`, coloured by its state."""
    found, trust, color = card.card, card.trust, view.color
    style = STATE_STYLES[trust.state]
    phrase = make_line(describe_trust(trust, found.verified, found.verified_by, card.today))
    mark = paint(STATE_MARKS[trust.state], style, color=color)
    ident = paint(make_line(found.id), "cyan", color=color)
    return f"{mark} {ident}  {paint(phrase, style, color=color)}\n"


def list_changed_card(card: JudgedCard, _view: View) -> list[tuple[str, str]]:
    """A row of ID and state."""
    return [(card.card.id, card.trust.state)]


def describe_changed_card(card: JudgedCard) -> dict[str, object]:
    """The data of `kb flag` and `kb unflag`."""
    return {"card": describe_card(card.card, card.trust)}


def format_new_table(creation: "Creation", _view: View) -> Output:
    """ID, and the path from here."""
    return _tell_created(
        creation, lambda card, path: f"{make_line(card.id)}  {make_line(os.path.relpath(path))}\n"
    )


def format_new_line(creation: "Creation", _view: View) -> Output:
    """ID and full path, tab-separated."""
    return _tell_created(creation, lambda card, path: format_rows([(card.id, path)]))


def _tell_created(creation: "Creation", name: "Callable[[Card, Path], str]") -> Output:
    """The new card as `name` tells of it, and what is left to do: somebody must answer for it, and a translation be translated."""
    if creation.card is None or creation.path is None:
        return Output("", (creation.note,))
    card = creation.card.card
    is_translation = card.status == "draft" and card.translation_of
    then = f"kb edit {card.id} --status active, then kb verify {card.id}"
    steps = (
        "" if card.owners else f"nobody answers for it yet: kb edit {card.id} --owner WHO",
        f"a draft; when it is translated: {then}" if is_translation else "",
    )
    return Output(name(card, creation.path), tuple(filter(None, steps)))


def describe_creation(creation: "Creation") -> dict[str, object]:
    """The data of `kb new`."""
    card = creation.card
    return {
        "card": None if card is None else describe_card(card.card, card.trust),
        "similar": [describe_card(hit.record, hit.trust) for hit in creation.neighbours.similar],
        "repeats": [
            {
                "card": describe_card(repeat.card, repeat.trust),
                "similarity": round(repeat.similarity, 4),
                "contained": repeat.contained.id if repeat.contained else None,
            }
            for repeat in creation.neighbours.repeats
        ],
    }


def format_edit_table(edit: "EditedCard", view: View) -> str:
    """The card's state now, whether it must be verified again, and what is wrong with it."""
    if not edit.changed:
        return "nothing changed\n"
    lines = [format_state_line(edit.after, view)]
    if edit.text_changed and edit.before.state in TRUSTED:
        ident = make_visible(edit.after.card.id)
        lines.append(f"The text is no longer what was verified. If it is right: kb verify {ident}\n")
    return "".join(lines + [f"{make_visible(finding)}\n" for finding in _list_findings(edit)])


def format_edit_line(edit: "EditedCard", _view: View) -> Output:
    """Tab-separated: ID, state before, state now; findings beside."""
    card, trust, _ = edit.after
    return Output(format_rows([(card.id, edit.before.state, trust.state)]), tuple(_list_findings(edit)))


def describe_edit(edit: "EditedCard") -> dict[str, object]:
    """The data of `kb edit`."""
    return {
        "card": describe_card(edit.after.card, edit.after.trust),
        "changed": edit.changed,
        "text_changed": edit.text_changed,
        "state_before": edit.before.state,
        "findings": [
            {
                "rule": item.rule,
                "severity": item.severity,
                "line": item.line,
                "message": item.message,
                "hint": item.hint,
            }
            for item in edit.findings
        ],
    }


def _list_findings(edit: "EditedCard") -> list[str]:
    return [f"{found.path}:{found.line}: {found.severity}: {found.message}" for found in edit.findings]


def format_move_table(move: "Move", _view: View) -> str:
    """Where the card went, then each link that follows it."""
    plan = move.plan
    verb = "moved" if move.written else "would move"
    lines = [f"{verb} {make_line(plan.old_id)} → {make_line(plan.new_id)}\n"]
    lines += [
        f"  {make_line(one.path)}:{one.line}  {make_line(one.old)} → {make_line(one.new)}\n"
        for one in plan.repaired
    ]
    if plan.left:
        lines.append("left as they are, and may still lead to where it was:\n")
        lines += [
            f"  {make_line(one.path)}:{one.line}  {make_line(one.text)}\n" for one in plan.left[:_MOST_LEFT]
        ]
    if len(plan.left) > _MOST_LEFT:
        lines.append(f"  and {len(plan.left) - _MOST_LEFT} more: see --format plain\n")
    return "".join(lines)


def list_move_rows(move: "Move", _view: View) -> list[tuple[object, ...]]:
    """`moved`, `link` or `left`, path, line, old, new."""
    plan = move.plan
    return [
        ("moved", plan.new_path, None, plan.old_id, plan.new_id),
        *[("link", one.path, one.line, one.old, one.new) for one in plan.repaired],
        *[("left", one.path, one.line, one.text, None) for one in plan.left],
    ]


def describe_move(move: "Move") -> dict[str, object]:
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
        "left": [{"path": one.path, "line": one.line, "text": one.text} for one in plan.left],
        "written": move.written,
    }
