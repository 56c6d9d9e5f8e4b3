"""What git knows of the files: who created and changed them when, under which names, and committing.

The only importer of GitPython, and lazily. Paths are relative to the folder asked about, POSIX.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path


@dataclass(frozen=True, slots=True)
class CommitInfo:
    """One commit. `seconds` is when it was authored (Unix time); trailers are (name, value)."""

    sha: str
    author_name: str
    author_email: str
    committer_name: str
    committer_email: str
    seconds: int
    subject: str
    trailers: tuple[tuple[str, str], ...] = ()

    @property
    def date(self) -> date:
        """The UTC day on which it was authored."""
        return datetime.fromtimestamp(self.seconds, UTC).date()


@dataclass(frozen=True, slots=True)
class Version:
    """A file as one commit left it: under which path then, and its blob ("" when it deleted it)."""

    commit: CommitInfo
    path: str
    blob: str


@dataclass(frozen=True)
class History:
    """The versions of every file that exists at HEAD, newest first, renames followed.

    `available` is false where git knows nothing (no git, no repository, no commits), and `why`
    says so. In a `shallow` clone the oldest version of a file is not known to be its first.
    """

    versions: Mapping[str, tuple[Version, ...]] = field(default_factory=dict)
    available: bool = False
    shallow: bool = False
    why: str = ""

    def find_created(self, path: str) -> CommitInfo | None:
        """The commit that first had the file, None when unknown (also: in a shallow clone)."""
        raise NotImplementedError

    def find_changed(self, path: str) -> CommitInfo | None:
        """The commit that last changed the file, None when unknown."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Identity:
    """Who git says the user is; either may be empty."""

    name: str = ""
    email: str = ""

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>" if self.name and self.email else self.email or self.name


def load_history(folder: Path) -> History:
    """The history of all files below `folder`, from one `git log`. Never raises: see `History.why`."""
    raise NotImplementedError


def find_versions(folder: Path, path: str) -> History:
    """The history of one file only, renames followed, also from outside `folder`. Never raises."""
    raise NotImplementedError


def read_blob(folder: Path, blob: str) -> bytes | None:
    """The content of a blob, None when the repository does not have it."""
    raise NotImplementedError


def read_blobs(folder: Path, blobs: Iterable[str]) -> dict[str, bytes]:
    """The contents of many blobs through one process; those that are missing are left out."""
    raise NotImplementedError


def find_identity(folder: Path) -> Identity:
    """The user's name and email: GIT_AUTHOR_NAME and _EMAIL, else user.name and user.email."""
    raise NotImplementedError


def commit_files(folder: Path, paths: Sequence[str], message: str, trailers: Sequence[tuple[str, str]] = ()) -> str:
    """Commit exactly these files (new, changed or gone) whatever else is staged; returns the commit's ID.

    It is the user's own commit: their hooks and signing apply. Raises GitError with git's words.
    """
    raise NotImplementedError
