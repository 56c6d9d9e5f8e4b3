"""What `kb new` shows of cards that are there already, before it writes another one."""

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import typer

from kbcli.doors.cli.session import Session
from kbcli.errors import KbError

if TYPE_CHECKING:
    from kbcli.knowledge.edit.creation import NewCard
    from kbcli.knowledge.index.sync import OpenIndex
    from kbcli.knowledge.search.neighbours import Repeat
    from kbcli.knowledge.search.results import Hit


class Neighbours(NamedTuple):
    """Cards near a new one: those that say the same as its text, and those that a search finds similar."""

    repeats: "tuple[Repeat, ...]" = ()
    similar: "tuple[Hit, ...]" = ()


def find_neighbours(session: Session, new: "NewCard", title: str, body: str) -> Neighbours:
    """The neighbours of a card that is to be written; without a body, only its title is compared."""

    def answer(index: "OpenIndex") -> Neighbours:
        from kbcli.knowledge.search.neighbours import find_similar_cards

        similar = find_similar_cards(session.config, index.reader, title, body, today=session.today)
        repeats = _find_repeats(session, index, new.path, new.text) if body.strip() else ()
        return Neighbours(repeats, similar)

    return _ask(session, answer)


def is_wanted(session: Session, path: str, text: str) -> bool:
    """Whether a whole text is to be a card at `path`: a person is asked where other cards say the same."""
    found = _ask(session, lambda index: Neighbours(_find_repeats(session, index, path, text)))
    return offer_repeats(session, found.repeats)


def _ask(session: Session, question: "Callable[[OpenIndex], Neighbours]") -> Neighbours:
    """The answer of the index; none where it cannot be asked, which must not keep anybody from writing."""
    from kbcli.knowledge.index.sync import ask_index

    try:
        with session.show_progress("indexing") as progress:
            return ask_index(session.config, question, progress=progress, notice=session.say)
    except (KbError, OSError) as error:
        session.say(f"similar cards could not be looked for: {error}")
        return Neighbours()


def _find_repeats(session: Session, index: "OpenIndex", path: str, text: str) -> "tuple[Repeat, ...]":
    from kbcli.knowledge.cards.reader import read_card
    from kbcli.knowledge.likeness.cache import ShingleCache, find_shingle_folder
    from kbcli.knowledge.search.neighbours import find_repeated_cards

    card = read_card(text.encode("utf-8", "replace"), path, session.config)
    cache = ShingleCache(session.config, find_shingle_folder())
    with session.show_progress("comparing") as progress:
        return find_repeated_cards(
            session.config, index.reader, card, cache, today=session.today, progress=progress
        )


def name_neighbours(session: Session, neighbours: Neighbours) -> None:
    """Say on stderr which cards there are already."""
    for repeat in neighbours.repeats:
        session.say(f"says the same as {repeat.card.id} ({_format_share(repeat)})")
    said = {repeat.card.id for repeat in neighbours.repeats}
    similar = [hit.record.id for hit in neighbours.similar if hit.record.id not in said]
    if similar:
        session.say(f"similar cards exist: {', '.join(similar)}")


def offer_similar(session: Session, similar: "Sequence[Hit]") -> bool:
    """Ask whether one of these is the card that was to be written; whether to go on and write it."""
    return not similar or _offer(
        session,
        "These cards may answer it already:",
        [(hit.record.title, f"{hit.record.id}, {hit.trust.state}", hit.record.path) for hit in similar],
        "A number opens that one, Enter writes a new one, q quits",
    )


def offer_repeats(session: Session, repeats: "Sequence[Repeat]") -> bool:
    """Ask whether a text that stands elsewhere is to be a card all the same."""
    return not repeats or _offer(
        session,
        "It says the same as:",
        [
            (
                repeat.card.title,
                f"{repeat.card.id}, {repeat.trust.state}, {_format_share(repeat)}",
                repeat.card.path,
            )
            for repeat in repeats
        ],
        "A number opens that one instead, Enter creates the new one all the same, q quits",
    )


def _format_share(repeat: "Repeat") -> str:
    return f"{int(repeat.similarity * 100)} %"


def _offer(session: Session, head: str, cards: Sequence[tuple[str, str, str]], question: str) -> bool:
    """List cards as (title, note, path) and ask; opens the one that is chosen. True for Enter."""
    from kbcli.render.escape import make_line

    typer.echo(head, err=True)
    for number, (title, note, _) in enumerate(cards, 1):
        typer.echo(f"  {number}  {make_line(title)}  ({make_line(note)})", err=True)
    answer = str(typer.prompt(question, default="", show_default=False, err=True)).strip()
    if answer.lower() in ("q", "n", "no", "quit"):
        return False
    if answer.isdecimal() and 1 <= int(answer) <= len(cards):
        from kbcli.foundation.disk.programs import run_editor

        run_editor(session.root / cards[int(answer) - 1][2], os.environ)
        return False
    return True
