"""Verifications as history has them: how many changed nothing but the stamp and named no evidence.

A verification is a commit, no merge, after which a card that was there before has a later `verified`
(setting it back is none). A new card that comes with a date is counted apart. A verification is a
rubber stamp when the text has the digest it had before and the card names no evidence.
That proves nothing against a single one (a careful reader may find nothing to change); a share
near 100 %, or dozens in one commit, is worth a question.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import NamedTuple

from kbcli.foundation.git.timeline import Change, Commit
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


def find_verifications(
    commits: Sequence[Commit], positions: Mapping[str, int], card_paths: frozenset[str], facts: FactCache
) -> list[Verification]:
    """Every verification in these commits, in their order, then by path. Reads nothing but `facts`."""
    edits: Counter[tuple[int, str]] = Counter()
    found: list[tuple[int, bool, Verification]] = []
    for commit in commits:
        if commit.merge:
            continue
        position = positions.get(commit.sha, 0)
        for change in sorted(commit.changes, key=lambda change: change.path):
            card = facts.find(change.blob, change.path) if change.path in card_paths and change.blob else None
            if card is None:
                continue
            before = _find_before(change, facts)
            edited = before is None or before.digest != card.digest
            edits[position, change.path] += edited
            if card.verified is None or (before and before.verified and before.verified >= card.verified):
                continue
            kind = (
                "first"
                if before is None
                else "text"
                if edited
                else "evidence"
                if card.evidence or commit.evidence
                else "stamp"
            )
            day = datetime.fromtimestamp(commit.authored, UTC).date()
            event = Verification(
                change.path, change.blob, commit.sha, day, commit.subject, kind, edited=False
            )
            found.append((position, edited, event))
    return [event._replace(edited=edits[position, event.path] > edited) for position, edited, event in found]


def _find_before(change: Change, facts: FactCache) -> Card | None:
    """The card before a change; a file that was no card under its old name is read under its new one."""
    if not change.old_blob:
        return None
    return facts.find(change.old_blob, change.old_path or change.path) or facts.find(
        change.old_blob, change.path
    )


def count_stamps(
    events: Iterable[Verification],
    facts: FactCache,
    *,
    since: date | None = None,
    filters: CardFilter | None = None,
) -> StampReport:
    """The share of rubber stamps among verifications since a day, of cards that pass the filters."""
    everything = [
        event
        for event in events
        if (since is None or event.day >= since)
        and (
            filters is None
            or filters.is_empty
            or ((card := facts.find(event.blob, event.path)) is not None and filters.matches(card))
        )
    ]
    chosen = [event for event in everything if event.kind != "first"]
    kinds = Counter(event.kind for event in chosen)
    sizes = Counter(event.sha for event in chosen)
    # Of two commits as large, the younger.
    largest = max(chosen, key=lambda event: (sizes[event.sha], event.day, event.sha), default=None)
    years = sorted({event.day.year for event in chosen})
    return StampReport(
        total=len(chosen),
        new=len(everything) - len(chosen),
        counts={kind: kinds[kind] for kind in KINDS},
        share=kinds["stamp"] / len(chosen) if chosen else None,
        edited_with=sum(event.kind == "stamp" and event.edited for event in chosen),
        largest=largest,
        largest_count=sizes[largest.sha] if largest else 0,
        largest_stamps=sum(event.kind == "stamp" and event.sha == largest.sha for event in chosen)
        if largest
        else 0,
        by_year={
            year: (
                sum(event.day.year == year for event in chosen),
                sum(event.day.year == year and event.kind == "stamp" for event in chosen),
            )
            for year in years
        },
        since=since,
    )
