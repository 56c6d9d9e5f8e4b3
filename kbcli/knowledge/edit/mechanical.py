"""Restamping the cards that one commit touched without changing what they say (`kb verify --mechanical`)."""

from collections.abc import Iterator, Mapping, Sequence

from kbcli.config import Config
from kbcli.errors import GitError, UsageError
from kbcli.foundation.git.log import Changes, History, load_history
from kbcli.foundation.git.objects import read_blobs
from kbcli.foundation.git.revisions import find_merge_base, read_commit, resolve_commit
from kbcli.knowledge.cards.header.document import FieldValue
from kbcli.knowledge.cards.library import Library
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.cards.reader import read_card
from kbcli.knowledge.edit.verification import PinRow
from kbcli.knowledge.trust.dependencies import (
    CARD_PREFIX,
    STAMP,
    DependencyReader,
    digest_content,
    stamp_entries,
)
from kbcli.knowledge.trust.states import Trust


def plan_restamps(
    library: Library, cards: Sequence[Card], trusts: Mapping[str, Trust], revision: str
) -> tuple[str, list[PinRow]]:
    """The commit that `revision` names, and what it means for each of `cards` whose text it changed. Writes nothing.

    A card is `pinned` when before the commit its text was the verified one, and after it is what
    it is today, or when what it depends on or translates changed by the commit only; `kept` when its stamp is of
    today's text. Raises GitError, and UsageError for a commit that HEAD does not have or that changed nothing.
    """
    config = library.config
    sha = resolve_commit(config.root, revision)
    history = load_history(config.root)
    changes = _read_changes(config, history, sha, revision)
    chosen = {card.path for card in cards}
    rows: dict[str, PinRow] = {}
    befores: dict[str, Card] = {}
    for card, before, after in _read_sides(library, history, sha):
        if after.digest == card.digest:
            befores[card.path] = before
        if card.path in chosen:
            rows[card.path] = _plan(card, trusts[card.path], before, after)
    followed = _Followed(library, befores, _read_files(config, changes))
    for card in cards:
        row = rows.get(card.path)
        if (row is None or row.result != "untrusted") and (stamps := followed.list_stamps(card)):
            why = row.text if row is not None and row.changes else "only the commit changed what it rests on"
            stamps = {**(row.changes if row is not None else {}), **stamps}
            rows[card.path] = PinRow(card, trusts[card.path], "pinned", "digest", why, changes=stamps)
    return sha, [rows[card.path] for card in cards if card.path in rows]


def _read_sides(library: Library, history: History, sha: str) -> Iterator[tuple[Card, Card, Card]]:
    """Each card whose text a commit changed, as it is today, and was before and after the commit."""
    config = library.config
    steps = [
        (card, version)
        for card in library.cards
        for version in history.versions.get(card.path, ())
        if version.commit.sha == sha
    ]
    blobs = read_blobs(
        config.root, {blob for _, version in steps for blob in (version.blob, version.old_blob) if blob}
    )
    for card, version in steps:
        before = _read(config, blobs, version.old_blob, version.old_path or version.path)
        after = _read(config, blobs, version.blob, version.path)
        if before is not None and after is not None and before.digest != after.digest:
            yield card, before, after


class _Followed:
    """Finds the stamps of what cards rest on that only the commit made untrue.

    `befores` are the cards, by path of now, and `files` the digests of the files, by path from the git root, that
    were other ones before the commit, and are today what it made of them.
    """

    def __init__(
        self, library: Library, befores: Mapping[str, Card], files: Mapping[str, tuple[str, str]]
    ) -> None:
        self._library, self._befores, self._files = library, befores, files
        self._reader = DependencyReader(library)

    def list_stamps(self, card: Card) -> dict[str, FieldValue | None]:
        """The stamps of a card to write anew."""
        stamps: dict[str, FieldValue | None] = {}
        source = self._library.find_id(card.translation_of) if card.translation_digest else None
        before = self._befores.get(source.path) if source is not None else None
        if source is not None and before is not None and before.has_digest(card.translation_digest):
            stamps["translation_digest"] = source.digest
        if STAMP.match(card.depends_digest) and not self._reader.has_stamp(card):
            scheme = card.depends_digest[:2]
            entries = self._reader.resolve(card, scheme).entries
            then = tuple((name, self._find_then(name, digest, scheme)) for name, digest in entries)
            if stamp_entries(then, scheme).partition(".")[0] == card.depends_digest.partition(".")[0]:
                stamps["depends_digest"] = stamp_entries(self._reader.resolve(card).entries)
        return stamps

    def _find_then(self, name: str, digest: str, scheme: str) -> str:
        """The digest of something that a card depends on, before the commit."""
        if name.startswith(CARD_PREFIX):
            other = self._library.find_id(name.removeprefix(CARD_PREFIX).strip())
            before = self._befores.get(other.path) if other is not None else None
            return digest if before is None else before.digest_v1 if scheme == "v1" else before.digest
        then, after = self._files.get(name, (digest, digest))
        return then if after == digest else digest


def _read_files(config: Config, changes: Changes) -> dict[str, tuple[str, str]]:
    """By path from the git root, the digests of the files that a commit changed, before and after."""
    changes = tuple(one for one in changes if one.blob and one.old_blob and not one.old_path)
    blobs = read_blobs(config.root, {blob for one in changes for blob in (one.blob, one.old_blob)})
    return {
        one.path: (digest_content(blobs[one.old_blob]), digest_content(blobs[one.blob]))
        for one in changes
        if one.blob in blobs and one.old_blob in blobs
    }


def _read_changes(config: Config, history: History, sha: str, revision: str) -> Changes:
    """What a commit changed in the whole repository. Raises GitError and UsageError where it is of no use here."""
    if not history.available:
        raise GitError(history.why, "Only git knows what a commit changed.")
    if sha in history.boundary:
        raise GitError(
            f"this clone is shallow, and ends at {revision}", "Get the rest with `git fetch --unshallow`."
        )
    changes = read_commit(config.root, sha)
    if not changes or find_merge_base(config.root, sha) != sha:
        raise UsageError(f"{revision} changed no file that HEAD has", "Name a commit of this branch.")
    return changes


def _read(config: Config, blobs: Mapping[str, bytes], blob: str, path: str) -> Card | None:
    """The card that a blob was; None for none. Raises GitError where the clone lacks it."""
    if blob and blob not in blobs:
        raise GitError("this clone lacks what the commit changed", "Fetch it: `git fetch --refetch`.")
    return read_card(blobs[blob], path, config) if blob else None


def _plan(card: Card, trust: Trust, before: Card, after: Card) -> PinRow:
    verify = f"Read it and run `kb verify {card.id}`."
    if not card.verified_digest:
        hint = "Name the commit in .git-blame-ignore-revs, which history is judged by."
        why = "it has no digest" if card.verified is not None else trust.reasons[0].text
        return PinRow(card, trust, "untrusted", "", why, hint if card.verified is not None else verify)
    if card.has_digest(card.verified_digest):
        return PinRow(card, trust, "kept", "digest")
    if not before.has_digest(card.verified_digest):
        return PinRow(
            card, trust, "untrusted", "digest", "before the commit its text was not the verified one", verify
        )
    if after.digest != card.digest:
        return PinRow(card, trust, "untrusted", "digest", "its text changed again after the commit", verify)
    changes: dict[str, FieldValue | None] = {"verified_digest": card.digest}
    return PinRow(card, trust, "pinned", "digest", "only the commit changed its text", changes=changes)
