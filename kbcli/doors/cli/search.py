"""`kb search`: the cards that answer a question. Nothing here imports Typer: this is the hot path."""

from kbcli.doors.cli.command import (
    AUDIENCE,
    FIELD_FILTERS,
    STATE,
    STATUS,
    Argument,
    Command,
    Flag,
    Values,
    make_format_flag,
)
from kbcli.doors.cli.session import Session
from kbcli.errors import UsageError
from kbcli.foundation.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from kbcli.operations.search import SearchAnswer

LIMIT = 10
TICKETS = 3
"""Earlier tickets that are shown below the cards."""
HELP = """Find the cards that answer a question.

Ask as the customer did. Any of the words may match; rare ones, numbers and NAMES tell most. "a phrase", -without, prefix*,
tag:api, owner:api-team, type:reply, lang:de, product:api, state:expired and title:word narrow it down.
A word that no card has is searched by those spelled nearly so, and a phrase that none holds by its words; not with --exact.
A lone - reads a whole ticket from stdin. Exits with 1 when nothing was found.

Examples:

\b
  kb search 429
  kb search customer gets too many requests
  kb search '"password reset" -sso' --lang de
  kb search webhook tag:api state:verified
  kb search -i webhook       choose one of them; kb show 1 opens the first of the last search
  pbpaste | kb search -
  kb search --tickets export as pdf      only what customers asked before, and our answers
"""


def run(session: Session, values: Values) -> int:
    """Answer one search: 0 with hits, 1 without."""
    from kbcli.operations.search import search_cards

    form, words = session.pick_format("search", values.pop("format")), values.pop("words")
    # Whoever asks for a number of cards, or why they are found, wants to see it all.
    pager, fit = values.pop("pager"), not values["limit"] and not values["explain"]
    values["limit"] = values["limit"] or LIMIT
    if values.pop("interactive"):
        values["tickets"] = 0
        return _pick(session, " ".join(words), values)
    is_ticket = words == ["-"]
    query = session.read_ticket() if is_ticket else " ".join(words)
    if values["tickets"]:
        return _search_tickets(session, query, form, values, is_ticket=is_ticket)
    values["tickets"] = TICKETS if values["tickets"] is None else 0
    answer = search_cards(session.base, query, ticket=is_ticket, **values)
    session.show("search", form, answer, pager=not fit if pager is None else pager, fit=fit and pager is None)
    if form == "table" and session.is_terminal and session.terminal:
        from kbcli.operations.lasthits import keep_hits

        shown = [hit.record.id for hit in answer.result.hits]
        keep_hits(session.terminal, "a ticket" if is_ticket else query, session.base.root, shown)
    _keep_failed(session, answer, values)
    return 0 if answer.result.hits or answer.tickets else 1


def _search_tickets(session: Session, query: str, form: str, values: Values, *, is_ticket: bool) -> int:
    """Earlier tickets alone, as `kb tickets search` shows them."""
    from kbcli.operations.tickets.search import search_tickets

    for name in ("owner", "type", "state", "status", "audience"):
        if values[name]:
            raise UsageError(f"tickets have no {name}", "Leave --tickets away, or the other flag.")
    filters = {name: values[name] for name in ("limit", "product", "tag", "lang", "since")}
    found = search_tickets(session.base, query, ticket=is_ticket, **filters)
    session.show("tickets search", form, found)
    return 0 if found.hits else 1


def _pick(session: Session, query: str, values: Values) -> int:
    """Let a person choose among the hits, or without words among all cards, and show that card."""
    from kbcli.doors.cli.picking import Choice, pick_any_card, pick_card
    from kbcli.operations.search import search_cards
    from kbcli.operations.show import show_card

    if query:
        answer = search_cards(session.base, query, **values)
        hits = answer.result.hits
        if not hits:
            _keep_failed(session, answer, values)
            session.say(f"nothing found for “{query}”")
            return 1
        chosen = pick_card(
            session, [Choice(hit.record.id, hit.record.title, hit.trust.state) for hit in hits]
        )
    else:
        chosen = pick_any_card(session)
    if chosen is not None:
        from kbcli.operations.lasthits import keep_card

        shown = show_card(session.base, chosen)
        session.show("show", "table", shown)
        keep_card(session.terminal, session.base.root, shown.card.id)
    return 0


def _keep_failed(session: Session, answer: "SearchAnswer", values: Values) -> None:
    """Keep for `kb gaps` what no card answers, unless it was to be found to the letter; what fits loads nothing for it."""
    result = answer.result
    if (result.is_weak or not result.hits) and not values["exact"]:
        from kbcli.operations.search import keep_failed_search

        keep_failed_search(session.base, answer)


COMMAND = Command(
    "search",
    HELP,
    (
        Argument(
            "words",
            "QUERY…",
            "What the customer asked; - reads a whole ticket from stdin.",
            many=True,
            required=False,
        ),
    ),
    (
        Flag(
            "limit",
            ("--limit", "-n"),
            "count",
            f"How many cards to show (default: {LIMIT}; on a terminal what fits on the screen).",
            "N",
        ),
        *FIELD_FILTERS,
        STATE,
        STATUS,
        AUDIENCE,
        Flag(
            "tickets",
            ("--tickets/--no-tickets",),
            "switch",
            f"Only earlier tickets, or none of them (default: up to {TICKETS} below the cards).",
        ),
        Flag("since", ("--since",), "text", "Only tickets opened on this day or later.", "DAY"),
        Flag(
            "interactive",
            ("--interactive", "-i"),
            "switch",
            "Choose one of the cards, with fzf where it is installed, and see it.",
            default=False,
        ),
        Flag(
            "exact",
            ("--exact",),
            "switch",
            "No other spellings; what is in quotes must stand in the card.",
            default=False,
        ),
        Flag("explain", ("--explain",), "switch", "Say why each card ranks where it does.", default=False),
        Flag(
            "trust_ranking",
            ("--trust-ranking/--no-trust-ranking",),
            "switch",
            "Whether expired and flagged cards rank slightly lower (default: kb.toml).",
        ),
        Flag(
            "pager",
            ("--pager/--no-pager",),
            "switch",
            "Show all that was found, through the pager or without (default: what fits on the screen).",
        ),
        make_format_flag("search"),
    ),
    run=run,
)
