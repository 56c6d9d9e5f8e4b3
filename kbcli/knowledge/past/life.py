"""The life of one card as its git history tells it (`kb log`): a timeline, newest first."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import SequenceMatcher

from kbcli.config import Config
from kbcli.errors import GitError
from kbcli.foundation.git.log import CommitInfo, History
from kbcli.foundation.git.objects import find_blobs_at, read_blobs
from kbcli.foundation.text.difference import LineMatcher
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.cards.reader import read_card
from kbcli.knowledge.past.provenance import find_card_history
from kbcli.knowledge.trust.states import find_due_date

# A word; scripts that are written without spaces are counted by character.
_WORD = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W_]+")
_MAX_WORDS = 4000
_STATUS_KINDS = {"archived": "archived", "active": "activated", "draft": "drafted"}
# What no event of its own speaks of.
_COMPARED = (
    *("type", "aliases", "tags", "product", "owners", "lang", "translation_of", "verify_never_reason"),
    *("due_on", "depends_on", "distinct_from", "evidence", "former_ids"),
)


class TextChange(NamedTuple):
    """Words that came and went; both 0 where only marks, white space or order of letters changed."""

    added: int
    removed: int


@dataclass(frozen=True, slots=True)
class LifeEvent:
    """One thing that happened to a card.

    `kind` is a word such as `created` or `verified`; `day` the UTC day of the commit (of an `expired`: the due date),
    None for a change that is not committed yet. `who` is the author's address, or the
    verifier or reporter that the card names. `change` counts words where the text changed,
    for `verified` since the verification before; `unchanged` tells that a verified text was
    the same as then, `first` that there was none before; neither, and no `change`: the text of
    that time is hidden. `detail` is the rest in words.
    """

    kind: str
    day: date | None
    who: str = ""
    detail: str = ""
    commit: CommitInfo | None = None
    change: TextChange | None = None
    unchanged: bool = False
    first: bool = False


@dataclass(frozen=True, slots=True)
class Life:
    """Events, newest first, and `notes`: sentences on what git cannot tell."""

    card: Card
    events: tuple[LifeEvent, ...]
    notes: tuple[str, ...] = ()


class _Step(NamedTuple):
    """One change of the file: before, after, and its commit (None: not committed yet).

    `is_hidden` tells that a shallow clone was cut off here: what the commit changed is not known.
    """

    before: Card | None
    after: Card | None
    commit: CommitInfo | None
    is_hidden: bool = False

    @property
    def day(self) -> date | None:
        return self.commit.date if self.commit is not None else None

    @property
    def author(self) -> str:
        return "" if self.commit is None else self.commit.author_email or self.commit.author_name

    def make_event(
        self,
        kind: str,
        detail: str = "",
        change: TextChange | None = None,
        *,
        who: str = "",
        unchanged: bool = False,
        first: bool = False,
    ) -> LifeEvent:
        """What the step did; by its author, unless the card names another."""
        return LifeEvent(kind, self.day, who or self.author, detail, self.commit, change, unchanged, first)


def trace_life(config: Config, card: Card, today: date) -> Life:
    """Everything that git knows of a card, renames followed, and what is not committed yet. Never raises."""
    history = find_card_history(config, card)
    versions = history.versions.get(card.path, ())
    try:
        steps = _read_steps(config, card, history)
    except GitError as error:
        return Life(card, (), (f"its history cannot be read: {error.message}",))
    notes = [] if history.available else [f"its history is not known: {history.why}"]
    if history.available and not versions:
        notes.append("git does not have this file yet")
    if any(step.is_hidden for step in steps):
        notes.append(
            "this clone is shallow: what came before its oldest commit is hidden; `git fetch --unshallow` gets it"
        )
    if any(step.before is None and step.after is None for step in steps):
        notes.append("git lacks some of its versions here")
    if not history.available:
        return Life(card, tuple(_find_expired([_Step(None, card, None)], today)), tuple(notes))
    events = [*_tell_steps(steps), *_find_expired(steps, today)]
    # What is not committed comes last; of one day, events stay as they came.
    events.sort(key=lambda event: event.day or date.max)
    return Life(card, tuple(reversed(events)), tuple(notes))


def _read_steps(config: Config, card: Card, history: History) -> list[_Step]:
    """The changes, oldest first, ending with what is not committed. Raises GitError."""
    versions = history.versions.get(card.path, ())
    blobs = read_blobs(
        config.root, {blob for version in versions for blob in (version.blob, version.old_blob) if blob}
    )

    def read(blob: str, path: str) -> Card | None:
        return read_card(blobs[blob], path, config) if blob in blobs else None

    steps = [
        _Step(
            read(version.old_blob, version.old_path or version.path),
            read(version.blob, version.path),
            version.commit,
            version.commit.sha in history.boundary,
        )
        for version in reversed(versions)
    ]
    if history.available:
        before = steps[-1].after if steps else None
        if len(steps) > 1:
            # After a merge that took one side, HEAD need not have the version with the newest date.
            head = find_blobs_at(config.root, ["HEAD"], card.path).get("HEAD", "")
            before = read(head, card.path) or before
        steps.append(_Step(before, card, None))
    return steps


def _tell_steps(steps: Sequence[_Step]) -> Iterator[LifeEvent]:
    """The events of each step; a verification is compared with the text of the one before."""
    verified: Card | None = None
    first = True
    days: set[date] = set()
    for step in steps:
        if step.is_hidden:
            yield LifeEvent("hidden", step.day, commit=step.commit)
            if step.after is not None and step.after.verified is not None:
                first = False
                verified = step.after if step.after.has_digest(step.after.verified_digest) else None
                days.add(step.after.verified)
            continue
        yield from _tell_step(step)
        if step.after is not None and _is_verification(step, days):
            yield _tell_verified(step, step.after, verified, first=first)
            # Where its digest is of another text, no commit holds the one that was verified.
            stamp = step.after.verified_digest
            verified, first = step.after if not stamp or step.after.has_digest(stamp) else None, False
        if step.after is not None and step.after.verified is not None:
            days.add(step.after.verified)


def _tell_step(step: _Step) -> Iterator[LifeEvent]:
    before, after, commit, _ = step
    if after is None:
        if before is not None:
            yield step.make_event("deleted")
    elif before is None:
        yield step.make_event("created", change=measure_change("", after.text))
        if after.flagged is not None:
            yield step.make_event("flagged", after.flagged.reason, who=after.flagged.by)
    elif commit is not None and commit.parents > 1:
        # What its parents did is told by their own commits.
        yield step.make_event("merged")
    else:
        yield from _tell_changes(step, before, after)


def _tell_changes(step: _Step, before: Card, after: Card) -> Iterator[LifeEvent]:
    if before.path != after.path:
        yield step.make_event("moved", f"{before.id} → {after.id}")
    if before.digest != after.digest:
        yield step.make_event(
            "edited", _name_text_parts(before, after), measure_change(before.text, after.text)
        )
    elif names := _name_changed_fields(before, after):
        yield step.make_event("fields", ", ".join(names))
    if before.verify_every != after.verify_every:
        yield step.make_event("interval", f"{before.verify_every or 'none'} → {after.verify_every or 'none'}")
    if before.status != after.status:
        yield step.make_event(_STATUS_KINDS.get(after.status, "fields"), f"was {before.status}")
    if after.flagged is not None and before.flagged != after.flagged:
        yield step.make_event("flagged", after.flagged.reason, who=after.flagged.by)
    elif before.flagged is not None and after.flagged is None:
        yield step.make_event("unflagged", before.flagged.reason)
    if before.verified is not None and after.verified is None:
        yield step.make_event("unverified", f"its date {before.verified} was taken out")
    if (
        before.verified == after.verified
        and before.verified_digest != after.verified_digest
        and not _is_verification(step)
    ):
        what = "its digest was added" if not before.verified_digest else "its digest was carried over"
        yield step.make_event("pinned", what if after.verified_digest else "its digest was taken out")


def _is_verification(step: _Step, days: Collection[date] = ()) -> bool:
    """Whether a step set another date, or stamped again on the same day.

    A merge did only when its date is not one of `days`, those known before it.
    """
    before, after = step.before, step.after
    if after is None or after.verified is None:
        return False
    if step.commit is not None and step.commit.parents > 1 and after.verified in days:
        return False
    if before is None or before.verified != after.verified:
        return True
    stamps = before.verified_digest, after.verified_digest
    again = all(stamps) and stamps[0] != stamps[1]
    # The text that was pinned by an older scheme is pinned anew, not read again.
    is_renewed = before.digest == after.digest and all(map(after.has_digest, stamps))
    # A move that repairs links carries the digest over to another text; a verifier's commit says so.
    signed = step.commit is not None and any(
        name.casefold() == "verified-by" for name, _ in step.commit.trailers
    )
    return again and (signed or (before.digest == after.digest and not is_renewed))


def _tell_verified(step: _Step, after: Card, verified: Card | None, *, first: bool) -> LifeEvent:
    apart = step.day is not None and after.verified is not None and abs((step.day - after.verified).days) > 1
    detail = f"dated {after.verified}" if apart else ""
    if verified is None:
        lost = [] if first else ["git does not have the text that was verified before"]
        words = ", ".join((*filter(None, [detail]), *lost))
        return step.make_event("verified", words, who=after.verified_by, first=first)
    if verified.digest == after.digest:
        return step.make_event("verified", detail, who=after.verified_by, unchanged=True)
    return step.make_event(
        "verified", detail, measure_change(verified.text, after.text), who=after.verified_by
    )


def _name_text_parts(before: Card, after: Card) -> str:
    """Which parts of the text changed, where that is not the body alone."""
    parts = ["title"] if before.title != after.title else []
    parts += ["audience"] if before.audience != after.audience else []
    if parts and before.body.strip() != after.body.strip():
        parts.append("text")
    return ", ".join(parts)


def _name_changed_fields(before: Card, after: Card) -> list[str]:
    """Fields that changed and no other event speaks of; `layout` where only the text's line breaks did."""
    names = [
        {"owners": "owner", "due_on": "due"}.get(name, name)
        for name in _COMPARED
        if getattr(before, name) != getattr(after, name)
    ]
    keys = before.extra.keys() | after.extra.keys()
    names += sorted(key for key in keys if before.extra.get(key) != after.extra.get(key))
    if before.body.strip() != after.body.strip():
        names.append("layout")
    return names


def _find_expired(steps: Sequence[_Step], today: date) -> Iterable[LifeEvent]:
    """The due dates that passed while an active card stood unverified, each once; none where history is hidden."""
    events: dict[date, LifeEvent] = {}
    start = max((step.day for step in steps if step.is_hidden and step.day), default=date.min)
    end_of_time = today + timedelta(days=1)
    for number, step in enumerate(steps):
        if step.after is None or step.after.status != "active":
            continue
        due, verified = find_due_date(step.after), step.after.verified
        later = (one.day for one in steps[number + 1 :] if one.day is not None)
        if due is not None and start <= due < min(next(later, end_of_time), end_of_time):
            event = LifeEvent("expired", due, detail=f"verified {verified}" if verified else "")
            events.setdefault(due, event)
    return events.values()


def measure_change(old: str, new: str) -> TextChange:
    """Words added and removed between two texts. Lines are compared first, then the words of those that differ."""
    before, after = old.splitlines(), new.splitlines()
    added = removed = 0
    for tag, old_start, old_end, new_start, new_end in LineMatcher(old, new).get_opcodes():
        if tag != "equal":
            gone, come = " ".join(before[old_start:old_end]), " ".join(after[new_start:new_end])
            change = _compare_words(_WORD.findall(gone), _WORD.findall(come))
            added += change.added
            removed += change.removed
    return TextChange(added, removed)


def _compare_words(before: list[str], after: list[str]) -> TextChange:
    if not before or not after or len(before) + len(after) > _MAX_WORDS:
        return TextChange(len(after), len(before))
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    same = sum(block.size for block in matcher.get_matching_blocks())
    return TextChange(len(after) - same, len(before) - same)
