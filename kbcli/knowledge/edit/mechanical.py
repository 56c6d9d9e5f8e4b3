"""Restamping the cards whose verified text one commit changed without changing what it says (`kb verify --mechanical`)."""

from collections.abc import Mapping, Sequence

from kbcli.config import Config
from kbcli.errors import GitError, UsageError
from kbcli.foundation.git.log import History, load_history
from kbcli.foundation.git.objects import read_blobs
from kbcli.foundation.git.revisions import resolve_commit
from kbcli.knowledge.cards.header.edit import FieldValue
from kbcli.knowledge.cards.library import Library
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.cards.reader import read_card
from kbcli.knowledge.edit.verification import PinRow
from kbcli.knowledge.trust.states import Trust


def plan_restamps(
    library: Library, cards: Sequence[Card], trusts: Mapping[str, Trust], revision: str
) -> tuple[str, list[PinRow]]:
    """The commit that `revision` names, and what it means for each of `cards` whose text it changed. Writes nothing.

    A card is `pinned` when before the commit its text was the verified one, and after it is what
    it is today; `kept` when its stamp is of today's text. Raises GitError, and UsageError for a
    commit that HEAD does not have.
    """
    config = library.config
    sha = resolve_commit(config.root, revision)
    history = load_history(config.root)
    _refuse(history, sha, revision)
    steps = [
        (card, version)
        for card in cards
        for version in history.versions.get(card.path, ())
        if version.commit.sha == sha
    ]
    blobs = read_blobs(
        config.root, {blob for _, version in steps for blob in (version.blob, version.old_blob) if blob}
    )
    rows: list[PinRow] = []
    befores: dict[str, Card] = {}
    for card, version in steps:
        before = _read(config, blobs, version.old_blob, version.old_path or version.path)
        after = _read(config, blobs, version.blob, version.path)
        if before is not None and after is not None and before.digest != after.digest:
            befores[card.path] = before
            rows.append(_plan(card, trusts[card.path], before, after))
    _follow_sources(library, rows, befores)
    return sha, rows


def _follow_sources(library: Library, rows: Sequence[PinRow], befores: Mapping[str, Card]) -> None:
    """Add to the changes of translations the stamp of a source that is restamped with them."""
    pinned = {row.card.path for row in rows if row.result == "pinned"}
    for row in rows:
        source = library.find_id(row.card.translation_of) if row.card.translation_of else None
        is_old = source is not None and befores.get(source.path, source).has_digest(
            row.card.translation_digest
        )
        if row.result == "pinned" and source is not None and source.path in pinned and is_old:
            row.changes["translation_digest"] = source.digest


def _refuse(history: History, sha: str, revision: str) -> None:
    if not history.available:
        raise GitError(history.why, "Only git knows what a commit changed.")
    if sha in history.boundary:
        raise GitError(
            f"this clone is shallow, and ends at {revision}", "Get the rest with `git fetch --unshallow`."
        )
    found = (version.commit.sha for versions in history.versions.values() for version in versions)
    if sha not in found:
        raise UsageError(
            f"{revision} changed no file here that HEAD still has", "Name a commit of this branch."
        )


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
