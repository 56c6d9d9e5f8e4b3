"""Show: one card under its trust, now or on a past day."""

from datetime import date
from pathlib import Path

from kbcli.config import Config
from kbcli.errors import CardNotFoundError
from kbcli.foundation.typed import TYPE_CHECKING, NamedTuple
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.index.port import find_card
from kbcli.knowledge.index.references import load_card, load_found
from kbcli.knowledge.past.provenance import judge_change
from kbcli.knowledge.trust.judging import judge_one
from kbcli.knowledge.trust.states import Trust
from kbcli.operations.base import Base, read_day

if TYPE_CHECKING:
    from kbcli.knowledge.index.sync import OpenIndex
    from kbcli.knowledge.past.card import PastCard


class ShownCard(NamedTuple):
    """A card as it was on `day`: its trust then, its file's bytes then, and the file now (`path`).

    `past` is the commit that it was read from, and `state_today` its state now, where that day is past.
    """

    card: Card
    trust: Trust
    day: date
    path: Path
    data: bytes
    past: "PastCard | None" = None
    state_today: str = ""

    @property
    def said(self) -> str:
        """The sentence that a past card is shown under; "" for one of today."""
        if self.past is None:
            return ""
        commit = f"commit {self.past.sha[:10]} of {self.past.committed}"
        return f"This is the past: {self.card.id} on {self.day} ({commit}). Today it is {self.state_today}."


def show_card(kb: Base, card: str, *, as_of: str | None = None, whole: bool = False) -> ShownCard:
    """A card by an ID, a clear ending of one, or a path; `as_of` a day (`2026-03-01`), from git.

    With `whole` nothing but a whole ID names a card. Raises UsageError for what is no day, KbError for an unknown
    card or where git does not know it.
    """
    config = kb.config
    found = load_whole(kb, config, card) if whole else load_card(config, card)
    path, today = config.root / found.path, kb.today
    if as_of is None:
        return ShownCard(found, judge_shown(config, found, today), today, path, path.read_bytes())
    from kbcli.knowledge.past.card import find_past_card

    past = find_past_card(config, found, read_day(as_of, "--as-of"), today)
    now = judge_shown(config, found, today).state
    return ShownCard(past.card, past.trust, past.day, path, past.data, past, now)


def judge_shown(config: Config, card: Card, today: date) -> Trust:
    """The trust of a card, with what its own history says where it has no digest."""
    return judge_one(config, card, today, changed=judge_change(config, card))


def load_whole(kb: Base, config: Config, ident: str) -> Card:
    """The card that has exactly this ID, or had it once: by the index, so that no path and no ending names one.

    Raises CardNotFoundError, or KbError when it cannot be read.
    """
    record = kb.ask_index(config, lambda index: find_card(index.reader, ident)) if ident else None
    if record is None:
        raise CardNotFoundError(f"no card is called “{ident}”")
    return load_found(config, record.path)


def find_ident(kb: Base, config: Config, path: str) -> str | None:
    """The ID of the card that a path of the knowledge base, or an ID in its place, names; None where there is none."""
    names = dict.fromkeys((*(path.removesuffix(end) for end in config.extensions), path, f"{path}/index"))

    def find(index: "OpenIndex") -> str | None:
        found = (find_card(index.reader, name) for name in names)
        return next((record.id for record in found if record is not None), None)

    return kb.ask_index(config, find)
