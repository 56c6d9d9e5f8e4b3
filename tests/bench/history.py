"""A past for a knowledge base: years of commits that touch a few hundred cards each."""

import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

COMMITS = 40
FIRST = date(2024, 11, 25)
LAST = date(2026, 11, 16)
_VERIFIED = re.compile(rb"^verified: .*$", re.MULTILINE)


def make_history(base: Path, commits: int = COMMITS) -> None:
    """Give a base of one commit, which becomes the last one, a past of some years.

    The first commit has every card. Each later one touches a card in forty: two in three of those
    get another date only, the third another text too. The files stay as they are.
    """
    process = subprocess.Popen(["git", "fast-import", "--quiet"], cwd=base, stdin=subprocess.PIPE)
    assert process.stdin is not None
    with process.stdin as stream:
        for piece in _write_stream(base, commits):
            stream.write(piece)
    if process.wait() != 0:
        raise SystemExit("git fast-import failed")
    subprocess.run(["git", "symbolic-ref", "HEAD", "refs/heads/past"], cwd=base, check=True)
    left = subprocess.run(["git", "status", "--porcelain"], cwd=base, check=True, capture_output=True).stdout
    if left:
        raise SystemExit("the past of the bench does not end in its present")


def _write_stream(base: Path, commits: int) -> Iterator[bytes]:
    """The commits as git fast-import reads them, oldest first."""
    paths = [path for path in sorted(base.rglob("*")) if path.is_file() and ".git" not in path.parts]
    for turn in range(commits):
        day = FIRST + (LAST - FIRST) * turn // max(commits - 1, 1)
        seconds = int(datetime.combine(day, time(9), UTC).timestamp())
        who = b"Writer %d <writer%d@example.org> %d +0000\n" % (turn % 7, turn % 7, seconds)
        yield b"commit refs/heads/past\nauthor %bcommitter %bdata 6\nReview\n" % (who, who)
        for number, path in enumerate(paths):
            last = number * 7 % commits
            if turn in (0, last):
                data = path.read_bytes()
                data = data if turn == last else _make_older(data, day, other_text=number % 3 == 0)
                name = path.relative_to(base).as_posix().encode()
                yield b"M 100644 inline %b\ndata %d\n%b\n" % (name, len(data), data)
    yield b"done\n"


def _make_older(data: bytes, day: date, *, other_text: bool) -> bytes:
    """A card as it was verified some days before a day, and what it said then."""
    data = _VERIFIED.sub(b"verified: %b" % (day - timedelta(days=3)).isoformat().encode(), data, count=1)
    return data + b"\nThis sentence was taken out later.\n" if other_text else data
