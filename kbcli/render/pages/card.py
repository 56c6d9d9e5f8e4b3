"""What the page of a card shows: its text, and each text to send with the fields to fill in."""

from collections.abc import Iterable, Mapping

from kbcli.foundation.typed import NamedTuple
from kbcli.operations.reply import Draft, Reply
from kbcli.render.formats import View
from kbcli.render.reply import format_reply_plain

_LEAST_ROWS, _MOST_ROWS, _COLUMNS = 4, 24, 70


class ReplyField(NamedTuple):
    """A variable of a text to send, as a field of a form."""

    name: str
    label: str
    value: str


class ReplyForm(NamedTuple):
    """A text to send: filled in as far as is known, and what there is to fill in."""

    name: str
    plain: str
    rows: int
    fields: tuple[ReplyField, ...]


def make_reply_forms(
    drafts: Iterable[Draft], text: str = "", values: Mapping[str, str] | None = None
) -> list[ReplyForm]:
    """The texts to send as forms; the one called `text` is filled with `values`, where a blank leaves the variable as it stands."""
    return [_make_form(draft, (values or {}) if draft.text.name == text else {}) for draft in drafts]


def _make_form(draft: Draft, values: Mapping[str, str]) -> ReplyForm:
    known = draft.text.variables
    filled = {
        **draft.offers,
        **{name: value for name, value in values.items() if value.strip() and name in known},
    }
    plain = format_reply_plain(Reply(draft.card, draft.trust, draft.text, filled), View()).strip("\n")
    lines = sum(1 + len(line) // _COLUMNS for line in plain.split("\n"))
    fields = tuple(
        ReplyField(name, name.replace("_", " ").capitalize(), filled.get(name, "")) for name in known
    )
    return ReplyForm(draft.text.name, plain, max(_LEAST_ROWS, min(lines + 1, _MOST_ROWS)), fields)
