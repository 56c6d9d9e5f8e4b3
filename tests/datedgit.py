"""Git at a moment of one's choice, so that what a test makes has the same history on every day.

Starting git takes longer than what tests ask of it: a new repository and its newest commit need none.
"""

import hashlib
import os
import struct
import subprocess
from pathlib import Path


def run_git(folder: Path, *arguments: str, moment: str, check: bool = True) -> str:
    """What git prints, stripped. `moment` is that of authors and committers, as git reads dates; no editor opens."""
    dates = {"GIT_AUTHOR_DATE": moment, "GIT_COMMITTER_DATE": moment}
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env={**os.environ, **dates, "GIT_EDITOR": "true"},
        check=check, capture_output=True, text=True,
    )  # fmt: skip
    return done.stdout.strip()


def make_repository(folder: Path, branch: str = "main") -> None:
    """What `git init` makes in a folder, which is made too."""
    # https://git-scm.com/docs/gitrepository-layout
    for name in ("objects/info", "objects/pack", "refs/heads", "refs/tags"):
        (folder / ".git" / name).mkdir(parents=True)
    (folder / ".git/HEAD").write_text(f"ref: refs/heads/{branch}\n", encoding="ascii")
    (folder / ".git/config").write_text(
        "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n\tlogallrefupdates = true\n"
    )


def refresh_index(folder: Path) -> None:
    """What `git update-index --refresh` does in a copied repository, whose files git knows by other inodes."""
    # https://git-scm.com/docs/index-format, version 2
    index = folder / ".git/index"
    data = bytearray(index.read_bytes()[:-20])
    place = 12
    for _ in range(int.from_bytes(data[8:12], "big")):
        end = data.index(0, place + 62)
        stat = (folder / os.fsdecode(bytes(data[place + 62 : end]))).lstat()
        times = (part for time in (stat.st_ctime_ns, stat.st_mtime_ns) for part in divmod(time, 10**9))
        struct.pack_into(">6L", data, place, *times, stat.st_dev & 0xFFFFFFFF, stat.st_ino & 0xFFFFFFFF)
        place += (end - place) // 8 * 8 + 8
    index.write_bytes(data + hashlib.sha1(data, usedforsecurity=False).digest())


def read_head(folder: Path) -> str:
    """The ID of the commit just made in the repository at a folder."""
    head = (folder / ".git/HEAD").read_text(encoding="ascii").removeprefix("ref: ").strip()
    return (folder / ".git" / head).read_text(encoding="ascii").strip() if "/" in head else head
