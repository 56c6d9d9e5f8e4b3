"""Which servers did not answer a moment ago, known to all processes of a user: one that hangs is waited for once."""

import time
from contextlib import suppress
from hashlib import blake2b

from kbcli.foundation.disk.files import CacheFile, find_cache_folder
from kbcli.foundation.opensearch.access import Node

FAILURE_SECONDS = 30.0
"""For how long a server that did not answer is asked after the others."""

_MOST_BYTES = 100


def note_failure(node: Node) -> None:
    """Remember that a server did not answer just now."""
    kept = _find_file(node)
    # Reading makes the folder.
    kept.read()
    kept.write(str(time.time()).encode())


def find_failure(node: Node) -> float | None:
    """How many seconds ago a server did not answer, None where that is no matter any more."""
    with suppress(ValueError):
        ago = time.time() - float(_find_file(node).read() or b"0")
        if 0 <= ago < FAILURE_SECONDS:
            return ago
    return None


def _find_file(node: Node) -> CacheFile:
    name = blake2b(f"{node.host} {node.port}".encode(), digest_size=8).hexdigest()
    return CacheFile(find_cache_folder("engine"), f"down-{name}", _MOST_BYTES)
