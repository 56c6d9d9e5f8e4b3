"""Stamping a card as verified (`kb verify`), pinning its digest, and what changed in it since it last was."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import takewhile

from kbcli.config import Config
from kbcli.errors import GitError, KbError, RefusedError
from kbcli.foundation.calendar import Interval, add_days, add_interval
from kbcli.foundation.git.commit import commit_files
from kbcli.foundation.git.log import CommitInfo, find_head
from kbcli.foundation.git.objects import read_blobs
from kbcli.foundation.git.people import Person
from kbcli.foundation.text.counts import count_things
from kbcli.knowledge.cards.header.document import FieldValue
from kbcli.knowledge.cards.library import Library, load_library
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.cards.reader import read_card
from kbcli.knowledge.edit.fields import (
    FileEdit,
    edit_fields,
    names_due_only,
    plan_interval,
    read_card_bytes,
    rewrite_card,
)
from kbcli.knowledge.past.provenance import find_card_history
from kbcli.knowledge.trust.dependencies import (
    CARD_PREFIX,
    STAMP,
    DependencyReader,
    digest_dependencies,
    stamp_entries,
)
from kbcli.knowledge.trust.states import INACTIVE, TRUSTED, Trust

_ANY_DAY = date(2000, 1, 1)
_MARK = re.compile(r"^[ \t]*<!--[ \t]*kb:translate\b", re.MULTILINE)


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
    refusal, hint = find_refusal(config, card)
    new_text = card.text
    if card.verified is None and not card.verified_digest:
        words = f"its date cannot be read ({card.bad_date})" if card.bad_date else "it was never verified"
        return VerificationPlan(card, refusal, hint, None, new_text, "first", words)
    if card.verified_digest and card.has_digest(card.verified_digest):
        words = "its text is what was verified"
        return VerificationPlan(card, refusal, hint, new_text, new_text, "digest", words)
    past, since, basis, words = _find_verified_text(config, card)
    old_text = past.text if past is not None else None
    return VerificationPlan(card, refusal, hint, old_text, new_text, basis, words, since)


def find_refusal(config: Config, card: Card) -> tuple[str, str]:
    """Why a card cannot be verified, and the next step; two empty texts when it can."""
    conflict = next((problem for problem in card.problems if problem.rule == "merge-conflict"), None)
    if conflict is not None:
        return f"{conflict.message} (line {conflict.line})", conflict.hint
    if card.status != "active":
        what = "a draft" if card.status == "draft" else card.status
        return f"it is {what}", "Set its status to active first."
    if not card.body.strip():
        return "it has no text", "Write the answer first."
    if (line := find_untranslated(card)) is not None:
        return (
            f"it still holds text to translate (line {line})",
            "Translate it, then delete the two marks around it.",
        )
    try:
        data = read_card_bytes(config, card.path)
        edit_fields(config, card.path, data, {"verified": card.verified or _ANY_DAY})
    except KbError as error:
        return error.message.removeprefix(f"{card.path}: "), error.hint
    return "", ""


def find_untranslated(card: Card) -> int | None:
    """The line of a card on which text to translate still begins, None when its marks are gone."""
    if "kb:translate" not in card.body:
        return None
    from kbcli.foundation.markdown.blocks import blank_code

    # Within code it is an example.
    match = _MARK.search(blank_code(card.body))
    return None if match is None else card.body_line + card.body.count("\n", 0, match.start())


def _find_verified_text(config: Config, card: Card) -> tuple[Card | None, CommitInfo | None, str, str]:
    """The card as it was verified, from git history: by its digest, else by the commit that set its date."""
    history = find_card_history(config, card)
    versions = history.versions.get(card.path, ())
    try:
        blobs = read_blobs(config.root, [version.blob for version in versions]) if versions else {}
    except GitError:
        blobs = {}
    past = [
        (version, read_card(blobs[version.blob], version.path, config))
        for version in versions
        if version.blob in blobs
    ]
    why = "git does not have this file yet"
    if versions and card.verified_digest:
        same = [(version, old) for version, old in past if old.has_digest(card.verified_digest)]
        if same:
            # The commit that stamped it, rather than a later one that moved it or changed its tags.
            stamps = [(version, old) for version, old in same if old.verified == card.verified]
            version, old = stamps[-1] if stamps else same[0]
            return old, version.commit, "digest", f"compared with the verified text, of {version.commit.date}"
        # Any other version would be shown as what was verified, and was not.
        why = "no version of this file in git has its digest"
    elif versions:
        dated = list(takewhile(lambda found: found[1].verified == card.verified, past))
        # Where history is cut short, its first version need not be the one that set the date.
        if dated and not (dated[-1][0] is versions[-1] and history.shallow):
            version, old = dated[-1]
            words = f"compared with the commit that set its date, of {version.commit.date}"
            return old, version.commit, "date", words
        why = "its date is not committed yet"
    return None, None, "unknown", f"the verified text is not known: {history.why or why}"


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
    library: Library | None = None,
) -> FileEdit:
    """Write that `by` verified the card today.

    `every` is a new interval (`reason` says why when it is never), `evidence` where the
    verifier looked. A flagged card is stamped with `unflag` only. `library` saves reading all cards again for
    what the card depends on. Raises UsageError, or RefusedError when the card may not be
    stamped, or is no longer the text that `card` holds.
    """
    refusal, hint = find_refusal(config, card)
    if refusal:
        raise RefusedError(f"{card.id} cannot be verified: {refusal}", hint)

    def plan(data: bytes) -> bytes:
        now = read_card(data, card.path, config)
        if now.digest != card.digest:
            raise RefusedError(f"{card.id} changed while you looked at it", "Look again, then verify.")
        changes = _plan_dates(config, now, data, today, every, reason) | _pin(config, now, by, library)
        if evidence:
            changes["evidence"] = list(evidence)
        if now.flagged is not None:
            # A flag that was raised meanwhile is not the one the verifier saw.
            if not unflag or now.flagged != card.flagged:
                report = f"{card.id} was reported as wrong: {now.flagged.reason}"
                raise RefusedError(report, "Settle that, then take the report back with --unflag.")
            changes["flagged"] = None
        return _edit_stamp(config, card, data, changes, "stamp")

    return rewrite_card(config, card.path, plan)


def _edit_stamp(
    config: Config, card: Card, data: bytes, changes: Mapping[str, FieldValue | None], what: str
) -> bytes:
    after = edit_fields(config, card.path, data, changes)
    if read_card(after, card.path, config).digest != card.digest:
        raise RefusedError(f"{card.id}: the {what} would change its text", "Change it by hand.")
    return after


def _pin(config: Config, card: Card, by: str, library: Library | None) -> dict[str, FieldValue | None]:
    """Verifier and digests: in kb's own schema, else where kb.toml maps or asks for them, or the card has them."""
    pins: dict[str, FieldValue | None] = {
        "verified_by": " ".join(by.split()) or None,
        "verified_digest": card.digest,
    }
    names_cards = any(value.startswith(CARD_PREFIX) for value in card.depends_on)
    if library is None and (names_cards or card.translation_of):
        library = load_library(config)
    pins["depends_digest"] = digest_dependencies(card, library or Library(config, (card,))) or None
    source = library.find_id(card.translation_of) if library is not None and card.translation_of else None
    if source is not None:
        pins["translation_digest"] = source.digest
    elif not card.translation_of:
        pins["translation_digest"] = None
    # A digest or verifier that is there already must not outlive what it speaks of.
    return {
        name: value
        for name, value in pins.items()
        if getattr(card, name) or (value is not None and (config.pins_digests or name in config.fields))
    }


def _plan_dates(
    config: Config, card: Card, data: bytes, today: date, every: Interval | None, reason: str
) -> dict[str, FieldValue | None]:
    """The day, the interval where there is a new one, and the due date of a card that names one."""
    changes: dict[str, FieldValue | None] = {"verified": today}
    by_due_only = names_due_only(config)
    if every is not None and not by_due_only:
        changes |= plan_interval(config, card, data, every, reason)
    if "due" in config.fields and (card.due_on is not None or by_due_only):
        due = _move_due(card, today, every)
        changes |= {} if due is None else {"due": due}
    return changes


def _move_due(card: Card, today: date, every: Interval | None) -> date | None:
    """The new due date of a card that names one: the same interval from today."""
    interval = every or card.verify_every
    if interval is not None:
        return None if interval.is_never else add_interval(today, interval)
    if card.due_on is None:
        return None
    if card.verified is None or card.due_on <= card.verified:
        raise RefusedError(
            f"{card.id} has a due date but no interval", "Say when it is next due with --every."
        )
    return add_days(today, (card.due_on - card.verified).days)


def commit_stamps(
    config: Config, cards: Sequence[Card], verifier: Person, today: date, author: Person | None = None
) -> str:
    """One commit of exactly these cards, with a `Verified-by` trailer; returns its ID, "" where git has them already. Raises GitError.

    `author` is who made it, where that is not whom git knows here.
    """
    ids = [card.id for card in cards]
    message = f"Verify {ids[0]}"
    if len(ids) > 1:
        message = "\n".join((f"Verify {len(ids)} cards", "", *(f"- {ident}" for ident in ids)))
    trailers = [("Verified-by", str(verifier)), ("Verified-on", today.isoformat())]
    return commit_files(config.root, [card.path for card in cards], message, trailers, author)


RESULTS = ("pinned", "kept", "untrusted", "refused")


@dataclass(frozen=True, slots=True)
class PinRow:
    """What becomes of one card.

    `result`: `pinned` (its digest is, or would be, added, or written anew by today's scheme), `kept`
    (it has one), `untrusted` (nobody may vouch for that text) or `refused`. `basis` is what it was
    judged by: `digest`, `history` (its text did not change since the date), `date` (history does not
    tell, so it is refused), or "" for a card that was never verified. `text` says why not, `hint` the
    next step.
    """

    card: Card
    trust: Trust
    result: str
    basis: str
    text: str = ""
    hint: str = ""
    changes: dict[str, FieldValue | None] = field(default_factory=dict)


def plan_pins(library: Library, cards: Sequence[Card], trusts: Mapping[str, Trust]) -> list[PinRow]:
    """What pinning means for each of `cards`, in their order, but for the inactive ones that need none. Writes nothing.

    `trusts`, by path, must be judged with what git history says (`past.provenance.load_changed`).
    """
    reader = DependencyReader(library)
    return [
        _plan_pin(library, reader, card, trust)
        for card, trust in ((card, trusts[card.path]) for card in cards)
        if trust.state not in INACTIVE or _plan_renewal(library, reader, card)
    ]


def _plan_renewal(library: Library, reader: DependencyReader, card: Card) -> dict[str, FieldValue | None]:
    """The stamps of an older scheme that still hold, by today's."""
    changes: dict[str, FieldValue | None] = {}
    if card.verified_digest.startswith("v1:") and card.has_digest(card.verified_digest):
        changes["verified_digest"] = card.digest
    source = library.find_id(card.translation_of) if card.translation_digest.startswith("v1:") else None
    if source is not None and source.has_digest(card.translation_digest):
        changes["translation_digest"] = source.digest
    if card.depends_digest.startswith("v1:") and STAMP.match(card.depends_digest) and reader.has_stamp(card):
        changes["depends_digest"] = stamp_entries(reader.resolve(card).entries)
    return changes


def _plan_pin(library: Library, reader: DependencyReader, card: Card, trust: Trust) -> PinRow:
    basis = trust.basis if card.verified is not None else ""
    if renewal := _plan_renewal(library, reader, card):
        return PinRow(
            card, trust, "pinned", basis, "its older digest holds, and is written anew", changes=renewal
        )
    if trust.state not in TRUSTED:
        hint = f"Verify it instead: `kb verify {card.id}`."
        return PinRow(card, trust, "untrusted", basis, trust.reasons[0].text, hint)
    if card.verified_digest:
        return PinRow(card, trust, "kept", basis)
    if trust.basis == "date":
        return PinRow(card, trust, "refused", basis, *_explain_unknown(library.config, card))
    return PinRow(card, trust, "pinned", basis, changes={"verified_digest": card.digest})


def _explain_unknown(config: Config, card: Card) -> tuple[str, str]:
    """Why nothing tells whether a card's text is the one that was verified, and the next step."""
    verify = f"Read it and run `kb verify {card.id}`."
    about = f"whether its text changed since {card.verified} is not known"
    head = find_head(config.root)
    if config.git_root is None or not head.sha:
        return f"{about}: {head.why or 'this is not a git repository'}", verify
    if head.shallow:
        return f"{about}: this clone is shallow", f"Get the rest with `git fetch --unshallow`. {verify}"
    return f"{about}: git does not have its past here", f"Commit it, or fetch what this clone lacks. {verify}"


def pin_card(config: Config, card: Card, changes: Mapping[str, FieldValue | None]) -> FileEdit:
    """Write the digests of what stands, and nothing else.

    Raises RefusedError when the file is no longer what `card` holds or cannot be edited cleanly.
    """

    def plan(data: bytes) -> bytes:
        now = read_card(data, card.path, config)
        if now.digest != card.digest or now.verified != card.verified:
            raise RefusedError(f"{card.id} changed meanwhile", "Run it again.")
        return _edit_stamp(config, card, data, changes, "digest")

    return rewrite_card(config, card.path, plan)


def pin_cards(config: Config, rows: Sequence[PinRow]) -> list[PinRow]:
    """Pin every row that says so; a card that cannot be is `refused` in the result, and the others go on."""
    return [_write_pin(config, row) if row.result == "pinned" else row for row in rows]


def _write_pin(config: Config, row: PinRow) -> PinRow:
    try:
        pin_card(config, row.card, row.changes)
    except KbError as error:
        return PinRow(row.card, row.trust, "refused", row.basis, error.message, error.hint)
    return row


def commit_pins(config: Config, rows: Sequence[PinRow], today: date, mechanical: str = "") -> str:
    """One commit of exactly the pinned cards; its ID. It names no verifier: nobody verified. Raises GitError.

    `mechanical` is the commit whose changes the pins pass over.
    """
    paths = [row.card.path for row in rows if row.result == "pinned"]
    subject = f"Pin the verified text of {count_things(len(paths), 'card')}"
    body = "The digest of each text as it stands; dates and verifiers are as they were."
    trailers = [("Pinned-on", today.isoformat())]
    if mechanical:
        body = f"Only {mechanical[:10]} changed their texts since; dates and verifiers are as they were."
        trailers.append(("Mechanical", mechanical))
    return commit_files(config.root, paths, f"{subject}\n\n{body}", trailers)
