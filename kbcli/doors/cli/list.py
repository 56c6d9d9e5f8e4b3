"""`kb list`: the cards, chosen by their fields."""

from typing import TYPE_CHECKING, Annotated

import typer

from kbcli.doors.cli.filters import (
    AudienceOption,
    HistoryOption,
    LangOption,
    OwnerOption,
    ProductOption,
    StateOption,
    StatusOption,
    TagOption,
    TypeOption,
)
from kbcli.doors.cli.options import FormatOption
from kbcli.doors.cli.session import Session
from kbcli.errors import UsageError
from kbcli.knowledge.trust.states import STATES, Trust

if TYPE_CHECKING:
    from kbcli.knowledge.cards.model import Card

EXAMPLES = """Examples:

\b
  kb list --tag api --sort due
  kb list --owner api-team --state expired --state changed
  kb list --lang de --format plain | cut -f1
"""
SORTS = ("id", "title", "state", "due", "owner", "verified")


def register(app: typer.Typer) -> None:
    """Add `kb list`."""
    app.command("list", epilog=EXAMPLES)(list_cards)


def list_cards(
    ctx: typer.Context,
    tag: TagOption = None,
    owner: OwnerOption = None,
    kind: TypeOption = None,
    lang: LangOption = None,
    product: ProductOption = None,
    state: StateOption = None,
    status: StatusOption = None,
    audience: AudienceOption = None,
    history: HistoryOption = None,
    sort: Annotated[str, typer.Option("--sort", metavar="KEY", help=f"One of: {', '.join(SORTS)}.")] = "id",
    reverse: Annotated[bool, typer.Option("--reverse", "-r", help="The other way round.")] = False,
    output: FormatOption = None,
) -> int:
    """List cards, chosen by the same filters as search. An empty list is no error."""
    from kbcli.doors.cli.judging import format_note, judge_cards, wants_history
    from kbcli.knowledge.cards.library import load_library
    from kbcli.knowledge.trust.filters import make_filter
    from kbcli.knowledge.trust.judging import count_bases
    from kbcli.knowledge.trust.score import summarise_trust

    session = ctx.ensure_object(Session)
    form = session.pick_format(output)
    if sort not in SORTS:
        raise UsageError(f"cards cannot be sorted by “{sort}”", f"Use one of: {', '.join(SORTS)}.")
    chosen = make_filter(
        session.config,
        tags=tag,
        owners=owner,
        types=kind,
        langs=lang,
        products=product,
        states=state,
        statuses=status,
        audiences=audience,
    )
    library = load_library(session.config)
    trusts = judge_cards(session, library, history)
    rows = [
        (card, trusts[card.path]) for card in library.cards if chosen.matches(card, trusts[card.path].state)
    ]
    rows.sort(key=lambda row: _sort_key(row, sort), reverse=reverse)
    summary = summarise_trust(trust for _, trust in rows)
    if form == "json":
        from kbcli.render.jsonout import describe_card, describe_summary, format_envelope

        cards = [describe_card(card, trust) for card, trust in rows]
        counted = {**describe_summary(summary), "basis": count_bases(rows)}
        session.write(format_envelope("list", {"cards": cards, "summary": counted}))
    elif form == "plain":
        from kbcli.render.cards import format_card_lines

        session.write(format_card_lines(rows))
    else:
        from kbcli.render.cards import format_card_table
        from kbcli.render.stale import format_summary

        table = format_card_table(rows, session.today, width=session.width, color=session.color)
        note = format_note(session, count_bases(rows), asked=wants_history(session, history))
        session.page(table + format_summary(summary, color=session.color) + "\n" + note)
    return 0


def _sort_key(row: "tuple[Card, Trust]", sort: str) -> tuple[object, ...]:
    card, trust = row
    if sort == "due":
        return (trust.due is None, trust.due or 0, card.id)
    if sort == "verified":
        return (card.verified is None, card.verified or 0, card.id)
    if sort == "state":
        return (STATES.index(trust.state), trust.days_left if trust.days_left is not None else 10**6, card.id)
    return ({"id": card.id, "title": card.title.casefold(), "owner": card.owner.casefold()}[sort], card.id)
