"""One card as it stood on a past day, and its trust then, from git history (`kb show --as-of`)."""

import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from kbcli.config import Config
from kbcli.errors import CardNotFoundError, GitError, UsageError
from kbcli.foundation.git.log import Head, History, Mainline, find_head, read_mainline
from kbcli.foundation.git.objects import Tree, read_blob, read_blobs, read_tree
from kbcli.knowledge.cards.library import Library
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.cards.reader import read_card
from kbcli.knowledge.cards.walk import card_id, select_card_paths
from kbcli.knowledge.past.provenance import find_card_history, find_changed
from kbcli.knowledge.past.walk import PastDependencies, find_moment
from kbcli.knowledge.trust.dependencies import find_suspects, name_dependencies
from kbcli.knowledge.trust.states import Trust, judge_card


@dataclass(frozen=True, slots=True)
class PastCard:
    """A card on a past day: as the commit `sha` (made on `committed`) had it, judged on `day`.

    `path` is where it stood then; `data` are the file's bytes.
    """

    card: Card
    trust: Trust
    day: date
    sha: str
    committed: date
    data: bytes


def find_past_card(config: Config, card: Card, day: date, today: date) -> PastCard:
    """The card as the last commit of the main line up to the end of a UTC day had it, renames followed.

    Today's kb.toml decides what its fields mean. Raises UsageError for a day in the future,
    CardNotFoundError when there was no such card that day, GitError when history does not tell.
    """
    if day > today:
        raise UsageError(f"{day} is in the future", "Give a day that has passed.")
    head = find_head(config.root)
    if config.git_root is None or not head.sha:
        raise GitError(f"the past of {card.id} is not known: {head.why or 'there is no git repository'}")
    mainline = read_mainline(config.root, head.sha)
    position = mainline.find_last(find_moment(day))
    if position is None:
        raise _explain_missing(config, card, day, head, mainline)
    sha = mainline.shas[position]
    history = find_card_history(config, card)
    versions = tuple(
        version
        for version in history.versions.get(card.path, ())
        if mainline.positions.get(version.commit.sha, position + 1) <= position
    )
    # Where the card may have stood then, the likeliest first.
    names = [
        *(version.path for version in versions if version.blob),
        *([] if history.available else [card.path]),
    ]
    tree = read_tree(config.git_root, sha)
    path, blob = _find_in_tree(tree, head.prefix, names)
    if not blob:
        raise _explain_missing(config, card, day, head, mainline)
    data = read_blob(config.root, blob)
    if data is None:
        raise GitError(f"git lacks the text of {card.id} of {day} here", "Fetch it: `git fetch --refetch`.")
    then = read_card(data, path, config)
    known = replace(history, versions={then.path: versions}, known_mainline=mainline)
    trust = _judge(config, then, day, known, tree, head.prefix)
    return PastCard(
        then, trust, day, sha, datetime.fromtimestamp(mainline.seconds[position], UTC).date(), data
    )


def _find_in_tree(tree: Tree, prefix: str, names: Iterable[str]) -> tuple[str, str]:
    """The first of the paths (below the knowledge base) that is there, with its blob, links not followed; else ""."""
    for name in names:
        file = tree.files.get(posixpath.normpath(prefix + name))
        if file is not None and not file.is_link:
            return name, file.blob
    return "", ""


def _explain_missing(config: Config, card: Card, day: date, head: Head, mainline: Mainline) -> Exception:
    """Why there is no card of that day: history is cut off, or it did not exist."""
    first = datetime.fromtimestamp(mainline.seconds[0], UTC).date() if mainline.seconds else None
    if head.shallow and first is not None and day <= first:
        return GitError(
            f"history does not reach back to {day}: this clone is shallow and begins on {first}",
            "Get the rest with `git fetch --unshallow`.",
        )
    versions = [
        version for version in find_card_history(config, card).versions.get(card.path, ()) if version.blob
    ]
    if not versions:
        return CardNotFoundError(
            f"{card.id} has no past: it is not committed yet", f"`kb show {card.id}` shows it."
        )
    born = versions[-1].commit.date
    if born <= day:
        return CardNotFoundError(f"{card.id} was not there on {day}", f"`kb log {card.id}` shows its life.")
    return CardNotFoundError(
        f"{card.id} did not exist on {day}: it was created on {born}", f"Give {born} or a later day."
    )


def _judge(config: Config, card: Card, day: date, history: History, tree: Tree, prefix: str) -> Trust:
    changed = find_changed(Library(config, (card,)), history).get(card.path)
    suspects: Mapping[str, tuple[str, ...]] = {}
    if card.depends_digest or card.translation_digest:
        library = _load_around(config, card, tree, prefix)
        suspects = find_suspects(library, PastDependencies(config, tree).turn_to(library))
    return judge_card(card, day, changed=changed, suspect=suspects.get(card.id, ()))


def _load_around(config: Config, card: Card, tree: Tree, prefix: str) -> Library:
    """The card and, of those that were there then, the ones it names; all of them when a name is nobody's ID."""
    inside = {
        path.removeprefix(prefix): file
        for path, file in tree.files.items()
        if path.startswith(prefix) and not file.is_link
    }
    paths = select_card_paths(config, sorted(inside))
    names = name_dependencies(card)
    by_id = {card_id(path, config): path for path in reversed(paths)}
    wanted = [by_id[name] for name in sorted(names) if name in by_id] if names <= by_id.keys() else paths
    blobs = read_blobs(config.root, {inside[path].blob for path in wanted})
    others = [
        read_card(blobs[inside[path].blob], path, config)
        for path in wanted
        if inside[path].blob in blobs and path != card.path
    ]
    return Library(config, (card, *others))
