"""Verifications as history has them: how many changed nothing but the stamp and named no evidence.

A verification is a commit, no merge, after which a card that was there before has a later `verified`
(setting it back is none). A new card that comes with a date is counted apart. A verification is a
rubber stamp when the text has the digest it had before and the card names no evidence.
That proves nothing against a single one (a careful reader may find nothing to change); a share
near 100 %, or dozens in one commit, is worth a question.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from kbcli.foundation.git.log import Changes, Version
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.past.factcache import FactCache
from kbcli.knowledge.trust.filters import CardFilter

KINDS = ("text", "evidence", "stamp")


class Verification(NamedTuple):
    """One card verified by one commit.

    `kind` says what else it did: `first` (the file is new), `text` (its text changed too),
    `evidence` (the card, or an `Evidence:` line of the commit's message, names where the verifier looked), or `stamp` (nothing). `edited` tells that
    another commit merged together with it changed this card's text. `day` is the UTC day it
    was authored on, `subject` the commit's first line.
    """

    path: str
    blob: str
    sha: str
    day: date
    subject: str
    kind: str
    edited: bool


@dataclass(frozen=True, slots=True)
class StampReport:
    """The verifications since a day (None: all): how many of each kind, and the share of mere stamps (None of none).

    `total` is without the new cards that came with a date, which `new` counts.
    `edited_with` counts stamps whose card was edited by another commit of the same merge.
    `largest` is the commit that verified most cards, with `largest_count` and, of those,
    `largest_stamps`. `by_year` gives verifications and stamps for each year, oldest first.
    """

    total: int
    new: int
    counts: Mapping[str, int]
    share: float | None
    edited_with: int
    largest: Verification | None
    largest_count: int
    largest_stamps: int
    by_year: Mapping[int, tuple[int, int]]
    since: date | None = None


class _Edit(NamedTuple):
    """A change of a card, which came in at a position of the main line; `before` is None where the card is new."""

    position: int
    change: Version
    before: Card | None
    card: Card

    @property
    def place(self) -> tuple[int, str]:
        return self.position, self.change.path

    @property
    def is_verification(self) -> bool:
        """Whether the card has a date that is later than before."""
        day, known = self.card.verified, self.before.verified if self.before is not None else None
        return day is not None and (known is None or known < day)

    @property
    def is_of_text(self) -> bool:
        """Whether the text is another than before."""
        return self.before is None or self.before.digest != self.card.digest


def find_verifications(
    commits: Iterable[Changes], positions: Mapping[str, int], card_paths: frozenset[str], facts: FactCache
) -> list[Verification]:
    """Every verification in these commits, in their order, then by path. Raises GitError.

    Everything but texts is known to `facts` already.
    """
    edits = list(_list_edits(commits, positions, card_paths, facts))
    places = {edit.place for edit in edits if edit.is_verification}
    edits = [edit for edit in edits if edit.place in places]
    facts.load_digests(card for edit in edits for card in (edit.before, edit.card) if card is not None)
    changed = Counter(edit.place for edit in edits if edit.is_of_text)
    return [
        _describe(edit, edited=changed[edit.place] > edit.is_of_text)
        for edit in edits
        if edit.is_verification
    ]


def _list_edits(
    commits: Iterable[Changes], positions: Mapping[str, int], card_paths: frozenset[str], facts: FactCache
) -> Iterator[_Edit]:
    for changes in commits:
        if changes[0].commit.parents > 1:
            continue
        position = positions.get(changes[0].commit.sha, 0)
        for change in sorted(changes, key=lambda change: change.path):
            card = facts.find(change.blob, change.path) if change.path in card_paths and change.blob else None
            if card is not None:
                yield _Edit(position, change, _find_before(change, facts), card)


def _find_before(change: Version, facts: FactCache) -> Card | None:
    """The card before a change; a file that was no card under its old name is read under its new one."""
    if not change.old_blob:
        return None
    return facts.find(change.old_blob, change.old_path or change.path) or facts.find(
        change.old_blob, change.path
    )


def _describe(edit: _Edit, *, edited: bool) -> Verification:
    commit = edit.change.commit
    if edit.before is None:
        kind = "first"
    elif edit.is_of_text:
        kind = "text"
    else:
        kind = "evidence" if edit.card.evidence or commit.names_evidence else "stamp"
    path, blob = edit.change.path, edit.change.blob
    return Verification(path, blob, commit.sha, commit.date, commit.subject, kind, edited)


def count_stamps(
    events: Iterable[Verification],
    facts: FactCache,
    *,
    since: date | None = None,
    filters: CardFilter | None = None,
) -> StampReport:
    """The share of rubber stamps among verifications since a day, of cards that pass the filters."""
    everything = [
        event for event in events if (since is None or event.day >= since) and _passes(event, facts, filters)
    ]
    chosen = [event for event in everything if event.kind != "first"]
    stamps = [event for event in chosen if event.kind == "stamp"]
    kinds = Counter(event.kind for event in chosen)
    sizes = Counter(event.sha for event in chosen)
    # Of two commits as large, the younger.
    largest = max(chosen, key=lambda event: (sizes[event.sha], event.day, event.sha), default=None)
    years, stamp_years = (Counter(event.day.year for event in group) for group in (chosen, stamps))
    return StampReport(
        total=len(chosen),
        new=len(everything) - len(chosen),
        counts={kind: kinds[kind] for kind in KINDS},
        share=len(stamps) / len(chosen) if chosen else None,
        edited_with=sum(event.edited for event in stamps),
        largest=largest,
        largest_count=sizes[largest.sha] if largest else 0,
        largest_stamps=sum(event.sha == largest.sha for event in stamps) if largest else 0,
        by_year={year: (years[year], stamp_years[year]) for year in sorted(years)},
        since=since,
    )


def _passes(event: Verification, facts: FactCache, filters: CardFilter | None) -> bool:
    if filters is None or filters.is_empty:
        return True
    card = facts.find(event.blob, event.path)
    return card is not None and filters.matches(card)
