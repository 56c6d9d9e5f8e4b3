"""Which card is meant by what a person calls it: an ID, an ending of one, a former ID, or a path."""

import difflib
import os
import re
from collections.abc import Callable, Iterable, Mapping

from kbcli.config import Config
from kbcli.errors import CardNotFoundError, KbError
from kbcli.foundation.disk.paths import compose, fold_name
from kbcli.knowledge.cards.library import explain_submodule, find_submodules, load_card_file
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.cards.walk import card_id, list_card_paths, stat_card_file

_CANDIDATES = 5
_WORDS = re.compile(r"\w+")


def load_card(config: Config, reference: str) -> Card:
    """The card that a reference names. Raises CardNotFoundError, or KbError when it cannot be read."""
    return load_found(config, resolve_reference(config, reference))


def load_found(config: Config, path: str) -> Card:
    """The card of a path. Raises CardNotFoundError where it is gone, or KbError when it cannot be read."""
    entry = stat_card_file(config, path)
    if entry is None:
        raise CardNotFoundError(f"{path} is gone")
    result = load_card_file(config, entry)
    if not isinstance(result, Card):
        raise KbError(f"{result.path}: {result.message}", result.hint)
    return result


def resolve_reference(config: Config, reference: str) -> str:
    """The path, relative to the knowledge base, of the card that a reference names.

    A reference is an ID, an unambiguous ending of one, a former ID, or a path. What the names of
    the files do not tell, former IDs and what translates what, the index does: no card is read.
    Raises CardNotFoundError with the candidates when none or several answer.
    """

    def is_there(path: str) -> bool:
        return stat_card_file(config, path) is not None

    wanted = reference.strip()
    ids = {path: card_id(path, config) for path in sorted(list_card_paths(config))}
    # Git lists a file that was moved away until that is added.
    for path in filter(is_there, _match_exactly(wanted, ids, config)):
        return path
    found = list(filter(is_there, _match_endings(wanted, ids)))
    if wanted and (len(found) != 1 or ("/" in wanted and fold_name(ids[found[0]]) != fold_name(wanted))):
        found = _choose_known(config, wanted, found)
    if len(found) == 1:
        return found[0]
    if found:
        candidates = tuple(ids.get(path, path) for path in found)
        raise CardNotFoundError(
            f"“{reference}” names {len(found)} cards",
            f"Say which: {', '.join(candidates[:_CANDIDATES])}",
            candidates,
        )
    submodules = find_submodules(config)
    for place in (_place(config, wanted), wanted) if submodules else ():
        if where := explain_submodule(config, config.prefix + place, submodules):
            hint = "It is a repository of its own: give its folder to --kb, after `kb init` there."
            raise CardNotFoundError(f"“{reference}” {where}", hint)
    candidates = find_similar_ids(wanted, ids.values())
    hint = (
        f"Nearest: {', '.join(candidates)}"
        if candidates
        else f"Run `kb search {' '.join(_WORDS.findall(wanted))}`."
    )
    raise CardNotFoundError(f"no card is called “{reference}”", hint, candidates)


def _match_exactly(wanted: str, ids: Mapping[str, str], config: Config) -> list[str]:
    by_id = [path for path, ident in ids.items() if ident == wanted]
    if not by_id and wanted not in ids and not wanted.isascii():
        by_id = [path for path, ident in ids.items() if compose(wanted) in (compose(ident), compose(path))]
    if by_id or wanted in ids:
        return by_id or [wanted]
    relative = _place(config, wanted)
    return [relative] if relative in ids else []


def _place(config: Config, wanted: str) -> str:
    """A path from the current folder as one from the knowledge base."""
    return os.path.relpath(os.path.realpath(wanted), config.root).replace(os.sep, "/")


def _match_endings(wanted: str, ids: Mapping[str, str]) -> list[str]:
    """The paths whose ID, else those which themselves, end with what is wanted after a slash."""
    is_meant = _ends_with(wanted.strip("/"))
    return [path for path, ident in ids.items() if is_meant(ident)] or list(filter(is_meant, ids))


def _choose_known(config: Config, wanted: str, found: list[str]) -> list[str]:
    """Those of the found that are meant by what the index knows of them, or the cards that were called so once.

    A source is meant, not its translations; and the card that once had exactly this ID, or whose
    former ID ends so while all others found translate it.
    """
    from kbcli.knowledge.index.port import list_called
    from kbcli.knowledge.index.sync import ask_index

    tail = wanted.strip("/")
    called = ask_index(config, lambda index: list_called(index.reader, tail, card_id(tail, config)))
    records = {record.path: record for record in called}
    former = [record for record in records.values() if any(map(_ends_with(tail), record.former_ids))]
    found = found or [record.path for record in former]
    if len(found) > 1:
        named = {records[path].id for path in found if path in records}
        found = [path for path in found if path not in records or records[path].translation_of not in named]
    if exact := [record.path for record in former if wanted in record.former_ids]:
        return exact[:1]
    if len(former) == 1:
        others = [records[path] for path in found if path != former[0].path and path in records]
        if all(other.translation_of == former[0].id for other in others):
            return [former[0].path]
    return found


def _ends_with(tail: str) -> Callable[[str], bool]:
    folded = "/" + fold_name(tail)
    return lambda name: ("/" + fold_name(name)).endswith(folded)


def find_similar_ids(wanted: str, ids: Iterable[str]) -> tuple[str, ...]:
    """Up to five IDs: those that hold the words of what was wanted, then those that look like it, nearest first."""
    everything = sorted(ids)
    short = {ident.rsplit("/", 1)[-1]: ident for ident in everything}
    words = [word for word in wanted.casefold().replace("-", " ").replace("/", " ").split() if len(word) > 2]
    near = [ident for ident in everything if words and all(word in ident.casefold() for word in words)]
    near += difflib.get_close_matches(wanted, everything, n=_CANDIDATES, cutoff=0.6)
    near += [
        short[name]
        for name in difflib.get_close_matches(wanted.rsplit("/", 1)[-1], short, n=_CANDIDATES, cutoff=0.6)
    ]
    return tuple(dict.fromkeys(near))[:_CANDIDATES]
