"""What became of the cards since a day, and what one person did to them: texts apart from stamps, from git."""

import re
from collections.abc import Iterable, Iterator
from datetime import date

from kbcli.config import Config
from kbcli.foundation.git.log import CommitInfo, Version, find_head, read_commits_since
from kbcli.foundation.git.objects import read_blobs
from kbcli.foundation.git.revisions import find_commit_before, read_difference
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.cards.reader import read_card
from kbcli.knowledge.cards.walk import card_id, select_card_paths
from kbcli.knowledge.past.life import TextChange, measure_change
from kbcli.knowledge.past.people import IdentityBook
from kbcli.knowledge.past.walk import find_moment

# Those of which a change alone makes a verification stand first.
_STAMPS = ("verified", "verified_digest", "verified_by", "translation_digest", "depends_digest")
CHANGE_KINDS = ("new", "text", "verified", "flagged", "moved", "fields", "removed")


class CardChange(NamedTuple):
    """What became of one card: one of CHANGE_KINDS.

    `words` came and went where the text changed or is new; `card` is what it then was. A stamp is told without reading
    the card, and without its title.
    """

    kind: str
    id: str
    title: str
    words: TextChange | None = None
    card: Card | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Its ID, and those it once had."""
        return (self.id, *(self.card.former_ids if self.card is not None else ()))

    @property
    def size(self) -> int:
        """How many words came and went."""
        return 0 if self.words is None else self.words.added + self.words.removed


def list_changes(config: Config, since: date) -> tuple[CardChange, ...]:
    """How the cards at HEAD differ from those that the main line had at the end of a UTC day, by kind and ID.

    Where there was no commit yet, every card is new. Empty without git. Raises GitError.
    """
    head = find_head(config.root)
    if not head.sha:
        return ()
    before = find_commit_before(config.root, head.sha, find_moment(since))
    return _sort(_tell_changes(config, read_difference(config.root, head, before)))


def select_texts(changes: Iterable[CardChange]) -> tuple[CardChange, ...]:
    """Of changes those in which a text came, went or became another, the largest first: no stamp, flag or field."""
    kinds = ("new", "text", "moved", "removed")
    return tuple(sorted((one for one in changes if one.kind in kinds), key=lambda one: -one.size))


def list_contributions(config: Config, who: Iterable[str], first: date, last: date) -> tuple[CardChange, ...]:
    """What a person (under any of these names) committed to the cards from a day to another, each kind of a card once.

    Authors and co-authors count, merges do not. Empty without git. Raises GitError.
    """
    head, names = find_head(config.root), [name for name in who if name]
    if not head.sha:
        return ()
    start, end = find_moment(first) - 86399, find_moment(last)
    commits = [
        changes
        for changes in read_commits_since(config.root, head, start)
        if changes[0].commit.parents < 2 and start <= changes[0].commit.seconds <= end
    ]
    infos: list[CommitInfo] = [changes[0].commit for changes in commits]
    book = IdentityBook(config, infos, names, config.root)
    keys = frozenset[str]().union(*map(book.read_claim, names))
    own = [version for changes in commits if _is_by(book, changes[0].commit, keys) for version in changes]
    found = {(change.kind, change.id): change for change in _tell_changes(config, own)}
    return _sort(found.values())


def _is_by(book: IdentityBook, commit: CommitInfo, keys: frozenset[str]) -> bool:
    return any(keys & editor for editor in book.list_editors(commit))


def _sort(changes: Iterable[CardChange]) -> tuple[CardChange, ...]:
    return tuple(sorted(changes, key=lambda one: (CHANGE_KINDS.index(one.kind), one.id)))


def _tell_changes(config: Config, versions: Iterable[Version]) -> Iterator[CardChange]:
    listed = list(versions)
    paths = frozenset(select_card_paths(config, [version.path for version in listed]))
    wanted = [version for version in listed if version.path in paths]
    blobs = read_blobs(
        config.root, {blob for version in wanted for blob in (version.blob, version.old_blob) if blob}
    )
    stamps = _find_stamps(config)
    for version in wanted:
        before = after = None
        old, new = blobs.get(version.old_blob or ""), blobs.get(version.blob or "")
        if not version.old_path and old is not None and new is not None and _is_stamped(old, new, stamps):
            yield CardChange("verified", card_id(version.path, config), "")
            continue
        if version.old_blob in blobs:
            before = read_card(blobs[version.old_blob], version.old_path or version.path, config)
        if version.blob in blobs:
            after = read_card(blobs[version.blob], version.path, config)
        yield from _tell_change(before, after)


def _find_stamps(config: Config) -> re.Pattern[bytes]:
    """The lines of a front matter that a verification writes."""
    names = "|".join(re.escape(config.field_name(name)) for name in _STAMPS)
    first = "|".join(re.escape(config.field_name(name)) for name in _STAMPS[:2])
    return re.compile(rf"(?m)^(?:(?P<first>{first})|{names})[ \t]*:[ \t]*[^\s|>\[{{&][^\n]*\n".encode())


def _is_stamped(before: bytes, after: bytes, stamps: re.Pattern[bytes]) -> bool:
    """Whether two versions of a file differ in their verification alone, as far as can be seen without reading it as YAML."""
    ends = [data.find(b"\n---", 3) if data.startswith(b"---") else -1 for data in (before, after)]
    if -1 in ends or before[ends[0] :] != after[ends[1] :]:
        return False
    heads = [data[:end] + b"\n" for data, end in zip((before, after), ends, strict=True)]
    verified = [[line[0] for line in stamps.finditer(head) if line["first"]] for head in heads]
    return verified[0] != verified[1] and stamps.sub(b"", heads[0]) == stamps.sub(b"", heads[1])


def _compare_texts(before: Card, after: Card) -> TextChange | None:
    """The words that came and went; None where the text means the same. Words tell at once what a digest tells slowly."""
    if before.text == after.text:
        return None
    words = measure_change(before.text, after.text)
    return words if words.added or words.removed or before.digest != after.digest else None


def _tell_change(before: Card | None, after: Card | None) -> Iterator[CardChange]:
    """What one change of a file means: its text first, else the stamp, else where it lies or a field."""
    if after is None:
        if before is not None:
            yield CardChange("removed", before.id, before.title)
    elif before is None:
        yield CardChange("new", after.id, after.title, measure_change("", after.body), after)
    elif (words := _compare_texts(before, after)) is not None:
        yield CardChange("text", after.id, after.title, words, after)
        if after.flagged is not None and after.flagged != before.flagged:
            yield CardChange("flagged", after.id, after.title)
    elif after.flagged is not None and after.flagged != before.flagged:
        yield CardChange("flagged", after.id, after.title)
    elif (before.verified, before.verified_digest) != (after.verified, after.verified_digest):
        yield CardChange("verified", after.id, after.title)
    else:
        yield CardChange("moved" if before.path != after.path else "fields", after.id, after.title)
