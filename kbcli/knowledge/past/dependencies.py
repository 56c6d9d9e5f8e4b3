"""What cards depended on in the past, read from a tree of git instead of from the disk."""

import hashlib
from collections.abc import Mapping
from posixpath import normpath

from kbcli.config import Config
from kbcli.foundation.disk.globs import match_globs
from kbcli.foundation.git.log import read_blob
from kbcli.foundation.git.timeline import LINK_MODE
from kbcli.knowledge.cards.library import Library
from kbcli.knowledge.trust.dependencies import MAX_DEPENDENCY_BYTES, DependencyReader


class PastDependencies(DependencyReader):
    """Resolves dependencies in a tree: path from the git root to blob and mode. Links are not followed."""

    def __init__(self, config: Config, tree: Mapping[str, tuple[str, str]]) -> None:
        super().__init__(Library(config, ()))
        self._tree = tree
        self._blob_digests: dict[str, str | None] = {}

    def turn_to(self, library: Library) -> "PastDependencies":
        """Look from now on at the tree as it stands, and at these cards."""
        self._library = library
        self._resolved.clear()
        self._digests.clear()
        return self

    def _find_files(self, value: str) -> list[str]:
        path = normpath(value)
        if path in self._tree:
            return [path]
        if below := sorted(name for name in self._tree if path == "." or name.startswith(f"{path}/")):
            return below
        matches = match_globs((value,))
        return sorted(name for name in self._tree if matches(name))

    def _read_digest(self, path: str) -> str | None:
        blob, mode = self._tree[path]
        if mode == LINK_MODE:
            return None
        if blob not in self._blob_digests:
            data = read_blob(self._library.config.root, blob)
            usable = data is not None and len(data) <= MAX_DEPENDENCY_BYTES
            self._blob_digests[blob] = (
                hashlib.sha256(data.replace(b"\r\n", b"\n")).hexdigest()
                if usable and data is not None
                else None
            )
        return self._blob_digests[blob]
