"""What the commands that judge many cards share: whether git history is asked, and saying which it was."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from kbcli.doors.cli.session import Session

if TYPE_CHECKING:
    from kbcli.knowledge.cards.library import Library
    from kbcli.knowledge.trust.states import Trust


def judge_cards(session: Session, library: "Library", history: bool | None = None) -> "dict[str, Trust]":
    """The trust of each card, by path; with git history where `history`, or else kb.toml, asks for it."""
    from kbcli.knowledge.past.provenance import load_changed
    from kbcli.knowledge.trust.judging import judge_library

    changed = load_changed(library) if wants_history(session, history) else None
    return judge_library(library, session.today, changed=changed)


def wants_history(session: Session, history: bool | None) -> bool:
    """Whether git history is to be asked: as the flag says, else as kb.toml does."""
    return session.config.history if history is None else history


def format_note(session: Session, bases: Mapping[str, int], *, asked: bool) -> str:
    """Lines for tables on how cards without a digest were judged; "" where there are none or no git.

    `asked` tells whether history was.
    """
    from kbcli.render.ansi import paint

    if session.config.git_root is None:
        return ""
    notes = []
    if number := bases.get("history", 0):
        notes.append(f"{_count(number)} judged by git history, as there is no digest")
    if number := bases.get("date", 0):
        why = "git does not know more" if asked else "--history asks git whether the text changed"
        notes.append(f"{_count(number)} judged by the date alone; {why}")
    return "".join(paint(note, "dim", color=session.color) + "\n" for note in notes)


def _count(number: int) -> str:
    return "1 card" if number == 1 else f"{number} cards"
