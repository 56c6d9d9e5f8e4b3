"""Stamping a card as verified (`kb verify`), and what changed in it since it last was."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from kbcli.cards.model import Card
from kbcli.config import Config
from kbcli.edit.fields import FileEdit
from kbcli.files.history import CommitInfo, Identity
from kbcli.intervals import Interval


@dataclass(frozen=True, slots=True)
class VerificationPlan:
    """What a verifier should see before saying yes.

    `refusal` says why the card cannot be stamped ("" when it can), `hint` the next step.
    `old_text` is the text as last verified, None when that cannot be known; `new_text` as it
    stands. `basis` says how the old text was found: `digest` (the version that has the pinned
    digest), `date` (the version in the commit that set the date), `first` (never verified) or
    `unknown`; `basis_text` says it in words. `since` is the commit of the old text.
    """

    card: Card
    refusal: str
    hint: str
    old_text: str | None
    new_text: str
    basis: str
    basis_text: str
    since: CommitInfo | None = None

    @property
    def changed(self) -> bool | None:
        """Whether the text changed since it was verified, None when unknown."""
        return None if self.old_text is None else self.old_text != self.new_text


def plan_verification(config: Config, card: Card) -> VerificationPlan:
    """What verifying a card means now. Reads the file's history, writes nothing."""
    raise NotImplementedError


def stamp_card(
    config: Config,
    card: Card,
    today: date,
    by: str,
    *,
    every: Interval | None = None,
    evidence: Sequence[str] = (),
    unflag: bool = False,
    reason: str = "",
) -> FileEdit:
    """Write that `by` verified the card today.

    `every` is a new interval (`reason` says why when it is never), `evidence` where the verifier looked. Raises
    RefusedError when the card may not be stamped, or is no longer the text that `card` holds.
    """
    raise NotImplementedError


def commit_stamps(config: Config, cards: Sequence[Card], verifier: Identity, today: date) -> str:
    """One commit of exactly these cards, with a `Verified-by` trailer; returns its ID. Raises GitError."""
    raise NotImplementedError
