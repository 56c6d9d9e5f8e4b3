"""What stands in files, told by short digests: by kb's own, and by the ID that git gives to such a blob."""

import hashlib

DIGEST_SIZE = 16


def digest_content(data: bytes) -> bytes:
    """The digest of a file's bytes, as the index and the caches know it: BLAKE2b of 16 bytes."""
    return hashlib.blake2b(data, digest_size=DIGEST_SIZE).digest()


class FileContents:
    """The digests of files by path, filled as they are read. `blobs` are those of a SHA-1 repository."""

    def __init__(self) -> None:
        self.digests: dict[str, bytes] = {}
        self.blobs: dict[str, str] = {}

    def note(self, path: str, data: bytes) -> None:
        """Take note of what was read from a file."""
        self.digests[path] = digest_content(data)
        self.blobs[path] = hashlib.sha1(b"blob %d\0%b" % (len(data), data), usedforsecurity=False).hexdigest()
