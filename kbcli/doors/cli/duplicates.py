"""`kb duplicates`: pairs of cards that say the same."""

from math import isnan
from typing import TYPE_CHECKING, Annotated

import typer

from kbcli.doors.cli.completion import complete_cards
from kbcli.doors.cli.filters import LangOption
from kbcli.doors.cli.options import FormatOption
from kbcli.doors.cli.session import Session
from kbcli.errors import UsageError
from kbcli.knowledge.likeness import DUPLICATE_THRESHOLD

if TYPE_CHECKING:
    from kbcli.knowledge.cards.library import Library
    from kbcli.knowledge.likeness.pairs import DuplicatePair

EXAMPLES = """Examples:

\b
  kb duplicates                            every pair, the most alike first
  kb duplicates too-many-requests          only pairs with this card
  kb duplicates --lang ja --threshold 0.5  also pairs that are less alike
  kb duplicates --format plain | cut -f2,3
  kb duplicates --fail                     for CI: exit 1 when there is a pair

A card and its translations are no pair, nor are cards of which one lists the other in
distinct_from; archived cards are left out. Text that more than 20 cards have, such as a
template's, does not count.
"""


def register(app: typer.Typer) -> None:
    """Add `kb duplicates`."""
    app.command("duplicates", epilog=EXAMPLES)(duplicates)


def duplicates(
    ctx: typer.Context,
    card: Annotated[
        str | None,
        typer.Argument(metavar="[CARD]", help="Only pairs with this card.", autocompletion=complete_cards),
    ] = None,
    threshold: Annotated[
        float,
        typer.Option(
            "--threshold",
            metavar="SHARE",
            min=0.1,
            max=1.0,
            help="How much of the shorter card the other must have too, from 0.1 to 1.",
        ),
    ] = DUPLICATE_THRESHOLD,
    lang: LangOption = None,
    fail: Annotated[bool, typer.Option("--fail", help="Exit with 1 when there is a pair.")] = False,
    output: FormatOption = None,
) -> int:
    """Show pairs of cards that say the same, most alike first. Exits 0 with or without pairs."""
    from kbcli.foundation.git.blobs import FileContents
    from kbcli.knowledge.cards.library import load_library, resolve_reference
    from kbcli.knowledge.likeness.cache import ShingleCache, find_shingle_folder
    from kbcli.knowledge.likeness.pairs import PairFinder
    from kbcli.knowledge.trust.filters import make_filter

    session = ctx.ensure_object(Session)
    form = session.pick_format(output)
    if isnan(threshold):  # it passes every range
        raise UsageError("--threshold is not a number", "Use one from 0.1 to 1, such as 0.5.")
    only = None if card is None else frozenset((resolve_reference(session.config, card),))
    contents = FileContents()
    library = load_library(session.config, note=contents.note)
    if only and any(found.path in only and found.status == "archived" for found in library.cards):
        session.say(f"{card} is archived, and archived cards are left out")
    chosen = make_filter(session.config, langs=lang)
    cache = ShingleCache(session.config, find_shingle_folder())
    pairs = [
        pair
        for pair in PairFinder(threshold, cache, contents.digests).find(library, only=only)
        if not lang or (chosen.matches(pair.a, "") and chosen.matches(pair.b, ""))
    ]
    _write_pairs(session, library, pairs, form, threshold)
    return 1 if fail and pairs else 0


def _write_pairs(
    session: Session, library: "Library", pairs: "list[DuplicatePair]", form: str, threshold: float
) -> None:
    if form == "json":
        session.write(_format_json(session, library, pairs, threshold))
    elif form == "plain":
        from kbcli.render.duplicates import format_duplicate_lines

        session.write(format_duplicate_lines(pairs))
    else:
        from kbcli.render.duplicates import format_duplicate_table

        session.page(format_duplicate_table(pairs, width=session.width, color=session.color))


def _format_json(session: Session, library: "Library", pairs: "list[DuplicatePair]", threshold: float) -> str:
    from kbcli.knowledge.trust.judging import judge_library
    from kbcli.render.jsonout import describe_card, format_envelope

    trusts = judge_library(library, session.today)
    entries = [
        {
            "cards": [describe_card(card, trusts[card.path]) for card in (pair.a, pair.b)],
            "similarity": round(pair.similarity, 4),
            "jaccard": round(pair.jaccard, 4),
            "contained": pair.contained.id if pair.contained else None,
        }
        for pair in pairs
    ]
    return format_envelope(
        "duplicates", {"pairs": entries, "summary": {"pairs": len(pairs), "threshold": threshold}}
    )
