"""What an edit did to a card, on a terminal, in a pipe and as JSON."""

from kbcli.knowledge.trust.states import TRUSTED
from kbcli.operations.edit import EditedCard
from kbcli.render.changes import format_state_line
from kbcli.render.escape import escape_field, make_visible
from kbcli.render.formats import Output, View
from kbcli.render.json import describe_card


def format_edit_table(edit: EditedCard, view: View) -> str:
    """The card's state now, whether it must be verified again, and what is wrong with it."""
    if not edit.changed:
        return "nothing changed\n"
    lines = [format_state_line(edit.after, color=view.color)]
    if edit.text_changed and edit.before.state in TRUSTED:
        ident = make_visible(edit.after.card.id)
        lines.append(f"The text is no longer what was verified. If it is right: kb verify {ident}\n")
    return "".join(lines + [f"{make_visible(finding)}\n" for finding in _list_findings(edit)])


def format_edit_line(edit: EditedCard, view: View) -> Output:
    """Tab-separated: ID, state before, state now; findings beside."""
    del view
    card, trust, _ = edit.after
    line = "\t".join((escape_field(card.id), edit.before.state, trust.state)) + "\n"
    return Output(line, tuple(_list_findings(edit)))


def describe_edit(edit: EditedCard) -> dict[str, object]:
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


def _list_findings(edit: EditedCard) -> list[str]:
    return [f"{found.path}:{found.line}: {found.severity}: {found.message}" for found in edit.findings]
