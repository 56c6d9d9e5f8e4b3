"""The life of one card as its git history tells it (`kb log`): a timeline, newest first."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from kbcli.config import Config
from kbcli.errors import GitError
from kbcli.foundation.git.log import CommitInfo, History
from kbcli.foundation.git.objects import read_blobs
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.cards.model import Card, Flag
from kbcli.knowledge.cards.reader import read_card
from kbcli.knowledge.past.provenance import find_card_history
from kbcli.knowledge.past.textchange import TextChange, measure_change
from kbcli.knowledge.trust.states import find_due_date

_STATUS_KINDS = {"archived": "archived", "active": "activated", "draft": "drafted"}
# What no event of its own speaks of.
_COMPARED = (
    *("type", "aliases", "tags", "product", "owners", "lang", "translation_of", "verify_never_reason"),
    *("due_on", "depends_on", "distinct_from", "evidence", "former_ids"),
)


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
    """One change of the file: before, after, and its commit (None: not committed yet)."""

    before: Card | None
    after: Card | None
    commit: CommitInfo | None

    @property
    def day(self) -> date | None:
        return self.commit.date if self.commit is not None else None


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
    hidden = bool(versions) and versions[-1].commit.sha in history.boundary
    if hidden:
        notes.append(
            "this clone is shallow: what came before its oldest commit is hidden; `git fetch --unshallow` gets it"
        )
    if any(step.before is None and step.after is None for step in steps):
        notes.append("git lacks some of its versions here")
    if not history.available:
        return Life(card, tuple(_find_expired([_Step(None, card, None)], today)), tuple(notes))
    events = list(_tell_steps(steps, hidden=hidden))
    events += _find_expired(steps, today)
    return Life(card, tuple(reversed(_sort(events))), tuple(notes))


def _sort(events: list[LifeEvent]) -> list[LifeEvent]:
    """By day, what is not committed last; else as they came."""
    return sorted(events, key=lambda event: event.day or date.max)


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
        )
        for version in reversed(versions)
    ]
    if history.available:
        steps.append(_Step(steps[-1].after if steps else None, card, None))
    return steps


def _tell_steps(steps: Sequence[_Step], *, hidden: bool) -> Iterator[LifeEvent]:
    """The events of each step; a verification is compared with the text of the one before."""
    verified: Card | None = None
    first = True
    days: set[date] = set()
    for number, step in enumerate(steps):
        if number == 0 and hidden and step.after is not None:
            yield LifeEvent("hidden", step.day, commit=step.commit)
            if step.after.verified is not None:
                first = False
                verified = step.after if step.after.verified_digest == step.after.digest else None
            continue
        yield from _tell_step(step)
        if step.after is not None and _is_verification(step, days):
            yield _tell_verified(step, step.after, verified, first=first)
            verified, first = _pick_verified(step.after), False
        if step.after is not None and step.after.verified is not None:
            days.add(step.after.verified)


def _pick_verified(card: Card) -> Card | None:
    """The card as it was verified; None when its digest is of another text, which no commit holds."""
    return card if card.verified_digest in ("", card.digest) else None


def _tell_step(step: _Step) -> Iterator[LifeEvent]:
    before, after, commit = step
    who = _name_author(step)
    if after is None:
        if before is not None:
            yield LifeEvent("deleted", step.day, who, commit=commit)
    elif before is None:
        yield LifeEvent("created", step.day, who, commit=commit, change=measure_change("", after.text))
        if after.flagged is not None:
            yield _tell_flagged(step, after.flagged)
    elif commit is not None and commit.parents > 1:
        # What its parents did is told by their own commits.
        yield LifeEvent("merged", step.day, who, commit=commit)
    else:
        yield from _tell_changes(step, before, after, who)


def _name_author(step: _Step) -> str:
    return "" if step.commit is None else step.commit.author_email or step.commit.author_name


def _tell_changes(step: _Step, before: Card, after: Card, who: str) -> Iterator[LifeEvent]:
    commit, day = step.commit, step.day
    if before.path != after.path:
        yield LifeEvent("moved", day, who, f"{before.id} → {after.id}", commit)
    if before.digest != after.digest:
        yield LifeEvent("edited", day, who, _name_text_parts(before, after), commit, _measure(before, after))
    elif names := _name_changed_fields(before, after):
        yield LifeEvent("fields", day, who, ", ".join(names), commit)
    if before.verify_every != after.verify_every:
        yield LifeEvent(
            "interval", day, who, f"{before.verify_every or 'none'} → {after.verify_every or 'none'}", commit
        )
    if before.status != after.status:
        yield LifeEvent(_STATUS_KINDS.get(after.status, "fields"), day, who, f"was {before.status}", commit)
    if after.flagged is not None and before.flagged != after.flagged:
        yield _tell_flagged(step, after.flagged)
    elif before.flagged is not None and after.flagged is None:
        yield LifeEvent("unflagged", day, who, before.flagged.reason, commit)
    if before.verified is not None and after.verified is None:
        yield LifeEvent("unverified", day, who, f"its date {before.verified} was taken out", commit)
    if (
        before.verified == after.verified
        and before.verified_digest != after.verified_digest
        and not _is_verification(step)
    ):
        what = "its digest was added" if not before.verified_digest else "its digest was carried over"
        yield LifeEvent(
            "pinned", day, who, what if after.verified_digest else "its digest was taken out", commit
        )


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
    again = (
        before.verified_digest != after.verified_digest and before.verified_digest and after.verified_digest
    )
    # A move that repairs links carries the digest over to another text; a verifier's commit says so.
    signed = step.commit is not None and any(
        name.casefold() == "verified-by" for name, _ in step.commit.trailers
    )
    return bool(again) and (signed or before.digest == after.digest)


def _tell_verified(step: _Step, after: Card, verified: Card | None, *, first: bool) -> LifeEvent:
    who = after.verified_by or _name_author(step)
    apart = step.day is not None and after.verified is not None and abs((step.day - after.verified).days) > 1
    detail = f"dated {after.verified}" if apart else ""
    if verified is None:
        lost = [] if first else ["git does not have the text that was verified before"]
        return LifeEvent(
            "verified", step.day, who, ", ".join((*filter(None, [detail]), *lost)), step.commit, first=first
        )
    if verified.digest == after.digest:
        return LifeEvent("verified", step.day, who, detail, step.commit, unchanged=True)
    return LifeEvent("verified", step.day, who, detail, step.commit, _measure(verified, after))


def _tell_flagged(step: _Step, flag: Flag) -> LifeEvent:
    return LifeEvent("flagged", step.day, flag.by or _name_author(step), flag.reason, step.commit)


def _measure(before: Card, after: Card) -> TextChange:
    return measure_change(before.text, after.text)


def _name_text_parts(before: Card, after: Card) -> str:
    """Which parts of the text changed, where that is not the body alone."""
    parts = ["title"] if before.own_title != after.own_title else []
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


def _find_expired(steps: Sequence[_Step], today: date) -> list[LifeEvent]:
    """The due dates that passed while an active card stood unverified, each once."""
    events: list[LifeEvent] = []
    told: set[date] = set()
    end_of_time = today + timedelta(days=1)
    for number, step in enumerate(steps):
        following = [later.day for later in steps[number + 1 :] if later.day is not None]
        end = min(following[0], end_of_time) if following else end_of_time
        after = step.after
        due = find_due_date(after) if after is not None and after.status == "active" else None
        if due is not None and due < end and due not in told:
            told.add(due)
            events.append(
                LifeEvent(
                    "expired", due, detail=f"verified {after.verified}" if after and after.verified else ""
                )
            )
    return events
