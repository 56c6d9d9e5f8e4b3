"""What cards depended on in the past, read from a tree of git instead of from the disk."""

import hashlib
from posixpath import normpath

from kbcli.config import Config
from kbcli.foundation.disk.paths import match_globs
from kbcli.foundation.git.objects import Tree, read_blob
from kbcli.knowledge.cards.library import Library
from kbcli.knowledge.trust.dependencies import MAX_DEPENDENCY_BYTES, DependencyReader


class PastDependencies(DependencyReader):
    """Resolves dependencies in a tree. Links are not followed."""

    def __init__(self, config: Config, tree: Tree) -> None:
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
        names = self._tree.files
        if path in names:
            return [path]
        if below := sorted(name for name in names if path == "." or name.startswith(f"{path}/")):
            return below
        matches = match_globs((value,))
        return sorted(name for name in names if matches(name))

    def _read_digest(self, path: str) -> str | None:
        file = self._tree.files[path]
        if file.is_link:
            return None
        if file.blob not in self._blob_digests:
            data = read_blob(self._tree.git_root, file.blob)
            usable = data is not None and len(data) <= MAX_DEPENDENCY_BYTES
            content = data.replace(b"\r\n", b"\n") if usable and data is not None else None
            self._blob_digests[file.blob] = None if content is None else hashlib.sha256(content).hexdigest()
        return self._blob_digests[file.blob]
