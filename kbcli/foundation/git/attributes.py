"""How git is to merge a file, as `.gitattributes` says."""

from pathlib import Path

from kbcli.errors import RefusedError
from kbcli.foundation.disk.atomic import create_file, replace_file
from kbcli.foundation.git.process import run_git

ATTRIBUTES_NAME = ".gitattributes"


def add_merge_driver(folder: Path, name: str, driver: str) -> str:
    """Name the merge driver of a file in `folder`, in the `.gitattributes` beside it; the line that was added.

    "" where the repository says already how to merge the file, whatever it says. The rest of
    `.gitattributes` stays byte for byte. Raises GitError outside of git, RefusedError for a
    `.gitattributes` that is no regular file (git reads no link there) or no text, OSError when
    the disk refuses.
    """
    if find_merge_driver(folder, name) != "unspecified":
        return ""
    path = folder / ATTRIBUTES_NAME
    line = f"{name} merge={driver}"
    hint = f"Add the line “{line}” to it."
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise RefusedError("it is not a regular file", hint)
    if not path.exists():
        create_file(path, f"{line}\n".encode())
        return line
    before = path.read_bytes()
    if b"\0" in before:
        raise RefusedError("it is not a text that git reads", hint)
    newline = b"\r\n" if b"\r\n" in before else b"\n"
    start = newline if before and not before.endswith(b"\n") else b""
    replace_file(path, before + start + line.encode() + newline, expected=before)
    return line


def find_merge_driver(folder: Path, name: str) -> str:
    """What the repository says of merging a file: `union`, `unset` …, `unspecified` when nothing. Raises GitError.

    The user's own attributes do not count: nobody else has them.
    """
    arguments = ("-c", "core.attributesFile=/dev/null", "check-attr", "-z", "merge", "--", name)
    return run_git(folder, *arguments).split(b"\0")[2].decode("utf-8", "replace")
