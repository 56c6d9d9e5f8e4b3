"""One card after a change: its state on a terminal, in a pipe and as JSON."""

from kbcli.operations.base import JudgedCard
from kbcli.render.ansi import STATE_MARKS, STATE_STYLES, paint
from kbcli.render.escape import escape_field, make_line
from kbcli.render.formats import View
from kbcli.render.json import describe_card
from kbcli.render.words import describe_trust


def format_state_line(card: JudgedCard, *, color: bool) -> str:
    """`✓ api/quotas  verified today by ada`, coloured by its state."""
    found, trust = card.card, card.trust
    style = STATE_STYLES[trust.state]
    phrase = make_line(describe_trust(trust, found.verified, found.verified_by, card.today))
    mark = paint(STATE_MARKS[trust.state], style, color=color)
    ident = paint(make_line(found.id), "cyan", color=color)
    return f"{mark} {ident}  {paint(phrase, style, color=color)}\n"


def format_changed_card(card: JudgedCard, view: View) -> str:
    """The state of a card on one line."""
    return format_state_line(card, color=view.color)


def format_changed_line(card: JudgedCard, view: View) -> str:
    """ID and state, tab-separated."""
    del view
    return f"{escape_field(card.card.id)}\t{card.trust.state}\n"


def describe_changed_card(card: JudgedCard) -> dict[str, object]:
    """The data of `kb flag` and `kb unflag`."""
    return {"card": describe_card(card.card, card.trust)}
