"""Export site: which cards a site of pages is made of, and its files on disk. How a page looks is render's."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from kbcli.config import Config
from kbcli.errors import KbError, RefusedError, UsageError
from kbcli.foundation.disk.files import create_file, hold_file, replace_file
from kbcli.foundation.disk.paths import is_inside
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.cards.library import load_library
from kbcli.knowledge.edit.publication import Publisher
from kbcli.knowledge.search.offline import OfflineIndex, index_offline
from kbcli.knowledge.trust.states import INACTIVE
from kbcli.operations.base import Base, JudgedCard, judge_cards, wants_history
from kbcli.operations.picture import read_picture
from kbcli.operations.public import PublishedFolder

MANIFEST = "kb-site.json"
"""The file by which kb knows a folder as a site of its own, and what of it kb wrote."""

_MAKER = "kb export site"
_LONGEST_NAME = 255
"""Bytes of the name of a file, on the file systems that there are."""


class Site(NamedTuple):
    """What a site is made of: the base that its cards are of (stripped, for the public), the cards by ID, the words to search by.

    `names` maps each path without ending, and each former ID, to the ID of a card; `endings` are those of cards.
    """

    base: Base
    title: str
    is_public: bool
    cards: tuple[JudgedCard, ...]
    names: Mapping[str, str]
    words: OfflineIndex
    endings: tuple[str, ...]

    def find_card(self, path: str) -> str | None:
        """The ID of the card that a path, or an ID in its place, names; None where it is not of the site."""
        tried = (*(path.removesuffix(end) for end in self.endings), path, f"{path}/index")
        return next((self.names[name] for name in tried if name in self.names), None)


class WrittenSite(NamedTuple):
    """Where a site is now: how many cards, files and bytes it has, how many files were written and removed."""

    folder: str
    cards: int
    files: int
    size: int
    written: int
    removed: int


def check_address(address: str) -> str:
    """The address of a site, with a slash at its end; "" for none. Raises UsageError for what is none."""
    from urllib.parse import urlsplit

    if not address:
        return ""
    try:
        parts = urlsplit(address)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.query or parts.fragment:
        raise UsageError(f"“{address}” is no address of a site", "Give one such as https://help.example.org")
    return address.rstrip("/") + "/"


@contextmanager
def open_site(kb: Base, *, public: bool = False) -> Iterator[Site]:
    """The active cards of a base; those for the `public` from a base of their own, which is gone afterwards.

    For the public nothing of another card, and nothing internal of its own, is read into the site.
    """
    if not public:
        yield _gather(kb, kb.config, history=wants_history(kb.config, None))
        return
    config = kb.config
    library = load_library(config)
    publication = Publisher().publish(
        library, judge_cards(library, kb.today, history=wants_history(config, None))
    )
    with TemporaryDirectory(prefix="kb-site-") as folder:
        PublishedFolder(Path(folder)).hold(kb, publication)
        base = Base(folder, today=lambda: kb.today)
        yield _gather(base, base.config, public=True)._replace(is_public=True)


def _gather(kb: Base, config: Config, *, history: bool = False, public: bool = False) -> Site:
    library, today = load_library(config), kb.today
    trusts = judge_cards(library, today, history=history)
    cards = sorted(
        (card for card in library.cards if trusts[card.path].state not in INACTIVE), key=lambda card: card.id
    )
    names = {former: card.id for card in cards for former in card.former_ids}
    names |= {card.id: card.id for card in cards}
    judged = tuple(JudgedCard(card, trusts[card.path], today) for card in cards)
    title = config.title or ("Help" if public else "Knowledge base")
    return Site(kb, title, public, judged, names, index_offline(cards), config.extensions)


def write_site(site: Site, folder: str, files: Mapping[str, bytes], pictures: Sequence[str]) -> WrittenSite:
    """Make a folder hold these files, and the pictures (paths of the base) below `picture/`; what is right already stays.

    Of other files only those go that kb wrote before. Raises RefusedError for a folder with files of somebody else.
    """
    place = Path(folder)
    wanted = dict(files)
    for path in pictures:
        with suppress(KbError, OSError, ValueError):
            wanted[f"picture/{path}"] = read_picture(site.base, path)
    known = _read_manifest(place)
    _check_places(place, {*wanted, MANIFEST}, {*known, MANIFEST})
    place.mkdir(parents=True, exist_ok=True)
    with hold_file(place / MANIFEST):
        # What is about to be written is kb's from now on, whatever ends it halfway.
        _write(place / MANIFEST, _make_manifest({*known, *wanted}))
        written = sum(_write(place / path, data) for path, data in wanted.items())
        removed = sum(_remove(place, path) for path in sorted(known - set(wanted)))
        _write(place / MANIFEST, _make_manifest(wanted))
    size = sum(map(len, wanted.values()))
    return WrittenSite(folder, len(site.cards), len(wanted), size, written, removed)


def _read_manifest(place: Path) -> set[str]:
    """The files of a folder that kb wrote; none where it is empty or not there. Raises RefusedError where it is not kb's."""
    try:
        if not os.listdir(place):
            return set()
        said = json.loads((place / MANIFEST).read_bytes())
        if said["made_by"] == _MAKER:
            return {path for path in said["files"] if isinstance(path, str)}
    except FileNotFoundError:
        if not place.exists():
            return set()
    except NotADirectoryError:
        pass
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    raise RefusedError(f"{place} is no site of kb's, and not empty", "Name a new folder.")


def _check_places(place: Path, wanted: set[str], known: set[str]) -> None:
    hint = "Give the card another ID: kb mv."
    for path in sorted(wanted):
        full = place / path
        if blocked := next((str(one) for one in PurePosixPath(path).parents if str(one) in wanted), ""):
            raise RefusedError(
                f"the site has a page {blocked}, and wants a folder of that name for {path}", hint
            )
        if any(len(os.fsencode(part)) > _LONGEST_NAME for part in path.split("/")):
            raise RefusedError(f"the name of a file would be too long: {path}", hint)
        if not is_inside(full, place) or full.is_symlink():
            raise RefusedError(f"{full} leads out of the site", "Remove the link, or name a new folder.")
        if path not in known and full.exists():
            raise RefusedError(f"{full} was not written by kb", "Move it, or name a new folder.")


def _make_manifest(paths: Mapping[str, bytes] | set[str]) -> bytes:
    return (json.dumps({"made_by": _MAKER, "files": sorted(paths)}, indent=1) + "\n").encode()


def _write(full: Path, data: bytes) -> bool:
    if not full.exists():
        create_file(full, data)
        return True
    if full.read_bytes() == data:
        return False
    replace_file(full, data)
    return True


def _remove(place: Path, path: str) -> bool:
    """Remove a file that kb wrote, and folders that are empty then; nothing that a manifest names outside the site."""
    full = place / path
    if not is_inside(full.parent, place) or not path or ".." in path.split("/") or not full.is_file():
        return False
    full.unlink()
    for parent in full.parents:
        if parent == place:
            break
        with suppress(OSError):
            parent.rmdir()
    return True
