"""The public's knowledge base: what was written for it, stripped, in a folder of its own with an index of its own."""

import os
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from pathlib import Path
from threading import Lock

from kbcli.config import Config
from kbcli.errors import KbError
from kbcli.foundation.disk.files import (
    create_file,
    find_cache_folder,
    name_place,
    prepare_cache_folder,
    replace_file,
)
from kbcli.foundation.typed import TYPE_CHECKING
from kbcli.knowledge.cards.library import load_library
from kbcli.knowledge.edit.publication import Publication, publish_library
from kbcli.operations.base import Base, Progress, judge_cards, wants_history
from kbcli.operations.live import LiveBase
from kbcli.operations.picture import read_picture

if TYPE_CHECKING:
    from typing import TypeVar

    from kbcli.foundation.git.worktree import FreshnessCheck
    from kbcli.knowledge.index.sync import OpenIndex

    T = TypeVar("T")


class PublicBase(LiveBase):
    """The public part of another base, in step with it: nothing else of that one can be asked for here."""

    def __init__(self, source: LiveBase, *, today: Callable[[], date], say: Callable[[str], None]) -> None:
        """Raises KbError where there is no place for the folder."""
        folder = find_cache_folder("public") / name_place(source.root)
        if not prepare_cache_folder(folder):
            raise KbError(
                f"{folder} is not yours, or cannot be made", "Set XDG_CACHE_HOME to a folder of your own."
            )
        super().__init__(folder, today=today, say=say)
        self._source = source
        self._publishing = Lock()
        self._key: object = None
        self._publish()

    def ask_index(
        self,
        config: Config,
        question: "Callable[[OpenIndex], T]",
        *,
        progress: Progress | None = None,
        check: "FreshnessCheck | None" = None,
        eager: bool = False,
    ) -> "T":
        """See Base; the cards are those that the source has for the public now."""
        del config  # as it is after publishing
        self._publish()
        return super().ask_index(self.config, question, progress=progress, check=check, eager=eager)

    def _publish(self) -> None:
        with self._publishing:
            key = self._source.answer_key()
            if key == self._key:
                return
            config = self._source.config
            library = load_library(config)
            trusts = judge_cards(library, self._source.today, history=wants_history(config, None))
            write_publication(self._source, self.root, publish_library(library, trusts))
            self._key = key
            self.look_again()


def write_publication(source: Base, folder: Path, publication: Publication) -> None:
    """Make a folder hold exactly what is published; files that are right already stay."""
    wanted = {path: text.encode("utf-8", "surrogatepass") for path, text in publication.texts.items()}
    for path in publication.pictures:
        with suppress(KbError, OSError, ValueError):
            wanted[path] = read_picture(source, path)
    for place, _, names in os.walk(folder):
        for name in names:
            path = os.path.relpath(os.path.join(place, name), folder).replace(os.sep, "/")
            if path not in wanted:
                os.unlink(folder / path)
    for path, data in wanted.items():
        full = folder / path
        if not full.is_file():
            full.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            create_file(full, data)
        elif full.read_bytes() != data:
            replace_file(full, data)
