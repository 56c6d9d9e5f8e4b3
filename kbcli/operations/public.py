"""The public's knowledge base: what was written for it, stripped, in a folder of its own with an index of its own."""

import os
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path
from threading import Lock
from time import monotonic

from kbcli.config import CONFIG_NAME, Config
from kbcli.errors import KbError, NoKnowledgeBaseError
from kbcli.foundation.disk.files import (
    Stamp,
    create_file,
    find_cache_folder,
    hold_file,
    make_stamp,
    name_place,
    prepare_cache_folder,
    replace_file,
    stamp_file,
)
from kbcli.knowledge.cards.library import HeldLibrary
from kbcli.knowledge.edit.publication import Publication, Publisher
from kbcli.knowledge.index.holding import OLD, HeldIndex
from kbcli.operations.base import Base, judge_cards, wants_history
from kbcli.operations.live import LiveBase
from kbcli.operations.picture import read_picture


class PublicBase(LiveBase):
    """The public part of another base, in step with it: nothing else of that one can be asked for here."""

    def __init__(self, source: LiveBase, *, today: Callable[[], date], say: Callable[[str], None]) -> None:
        """Raises KbError where there is no place for the folder, or the source cannot be read."""
        folder = find_cache_folder("public") / name_place(source.root)
        if not prepare_cache_folder(folder):
            raise KbError(
                f"{folder} is not yours, or cannot be made", "Set XDG_CACHE_HOME to a folder of your own."
            )
        super().__init__(folder, today=today, say=say)
        self._held = HeldIndex(ours=True)
        self._source = source
        self._publishing = Lock()
        self._key: object = None
        self._library = HeldLibrary()
        self._publisher = Publisher()
        self._folder = PublishedFolder(folder)
        self._trouble = ""
        self._looked = 0.0
        self._pictures: dict[str, Stamp | None] = {}
        self._publish()

    @property
    def config(self) -> Config:
        """See Base; whoever asks for it asks the public's cards as the source has them now.

        Raises NoKnowledgeBaseError, which says nothing of the source, where that cannot be read.
        """
        try:
            self._publish()
        except (KbError, OSError) as error:
            trouble = error.message if isinstance(error, KbError) else str(error)
            if trouble != self._trouble:
                self.say(trouble)
            self._trouble = trouble
            raise NoKnowledgeBaseError("this cannot be read at the moment", "Try again later.") from None
        self._trouble = ""
        return super().config

    def act_as(self, actor: str) -> "PublicBase":
        """Itself: nobody changes anything here."""
        del actor
        return self

    def _publish(self) -> None:
        with self._publishing:
            key = (self._source.answer_key(), self._stamp_pictures())
            if key == self._key:
                return
            config = self._source.config
            library = self._library.load(config)
            trusts = judge_cards(library, self._source.today, history=wants_history(config, None))
            publication = self._publisher.publish(library, trusts)
            self.look_again()
            # Before they are read: what changes meanwhile is another key.
            pictures = self._stamp_pictures()
            self._folder.hold(self._source, publication)
            self.look_again()
            self._key = (key[0], pictures)

    def _stamp_pictures(self) -> dict[str, Stamp | None]:
        """The pictures that cards show, there or not, as the disk told them apart half a second ago at most."""
        if monotonic() - self._looked > OLD:
            self._looked = monotonic()
            root = self._source.root
            self._pictures = {path: stamp_file(root, path) for path in self._publisher.list_pictures()}
        return self._pictures

    def look_again(self) -> None:
        """See LiveBase."""
        super().look_again()
        self._looked = 0.0


class PublishedFolder:
    """A folder that holds exactly what is published: what is right already stays."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, tuple[object, Stamp | None]] = {}

    def hold(self, source: Base, publication: Publication) -> None:
        """Make it so; what was written once, and not touched since, is not looked into again."""
        with hold_file(self._path / CONFIG_NAME):
            found = self._list_files()
            wanted: dict[str, object] = dict(publication.texts)
            root = source.root
            wanted |= {path: stamp_file(root, path) for path in publication.pictures}
            for path in found.keys() - wanted.keys():
                self._remove(path)
            known: dict[str, tuple[object, Stamp | None]] = {}
            for path, what in wanted.items():
                known[path] = (what, found.get(path))
                if self._known.get(path) != known[path]:
                    self._write(path, what, source)
                    known[path] = (what, stamp_file(self._path, path))
            self._known = known

    def _list_files(self) -> dict[str, Stamp]:
        found = {}
        for place, _, names in os.walk(self._path):
            folder = os.path.relpath(place, self._path)
            prefix = "" if folder == "." else f"{folder.replace(os.sep, '/')}/"
            for name in names:
                found[f"{prefix}{name}"] = make_stamp(os.lstat(os.path.join(place, name)))
        return found

    def _remove(self, path: str) -> None:
        full = self._path / path
        full.unlink()
        for folder in full.parents:
            if folder == self._path or any(folder.iterdir()):
                break
            folder.rmdir()

    def _write(self, path: str, what: object, source: Base) -> None:
        full = self._path / path
        try:
            data = (
                what.encode("utf-8", "surrogatepass") if isinstance(what, str) else read_picture(source, path)
            )
        except (KbError, OSError, ValueError):  # a picture that is none, or gone by now
            with suppress(FileNotFoundError):
                full.unlink()
            return
        if not full.is_file():
            full.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            create_file(full, data)
        elif full.read_bytes() != data:
            replace_file(full, data)
