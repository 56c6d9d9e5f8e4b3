"""An index damaged between two searches, all real processes: each search answers as if nothing had been."""

import os
import pickle
import random
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from kbprocess import run_kb_process

from kbcli.knowledge.index.whoosh.store import find_index_folder

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs POSIX files")


class Mark:
    """Leaves a mark when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (os.mkdir, (str(self.path),))


def run(root: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run kb there."""
    return run_kb_process("--today", "2026-11-21", *arguments, cwd=root)


def list_files(root: Path) -> list[Path]:
    """The files of the index, those that are only for Whoosh too, but for the lock."""
    return [path for path in sorted(find_index_folder(root).iterdir()) if "LOCK" not in path.name]


def spoil(path: Path, kind: str, chance: random.Random, mark: Path) -> None:
    """Damage one file."""
    data = bytearray(path.read_bytes())
    if kind == "flip":
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    elif kind == "cut":
        del data[chance.randrange(len(data)) :]
    elif kind == "zeros":
        start = chance.randrange(len(data))
        data[start : start + 4096] = bytes(min(4096, len(data) - start))
    elif kind == "pickle":
        bomb = pickle.dumps(Mark(mark), chance.randrange(6))
        data[:] = bomb.ljust(len(data) if chance.random() < 0.5 else 0, b"\0")
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("kind", "times"),
    [
        ("flip", 1),
        *(
            pytest.param(kind, times, marks=pytest.mark.stress)
            for kind, times in {"flip": 200, "cut": 100, "zeros": 60, "pickle": 60}.items()
        ),
    ],
)
def test_damage_between_two_searches(
    kb_root: Path, git_commit: Callable[..., str], tmp_path: Path, kind: str, times: int
) -> None:
    """A bit flipped, a file cut, overwritten or replaced by a pickle: the same answer, and nothing is run."""
    for number in range(60):
        words = " ".join(f"word{place}" for place in range(number, number + 40))
        (kb_root / f"card-{number}.md").write_text(f"---\ntitle: Card {number}\n---\n{words} everywhere\n")
    git_commit(kb_root)
    line = ("search", "everywhere", "word50", "--limit", "99", "--format", "json")
    whole = run(kb_root, *line)
    assert whole.stdout.count('"score"') == 60
    chance, mark = random.Random(times), tmp_path / "ran"
    told = 0
    for number in range(times):
        files = [path for path in list_files(kb_root) if path.stat().st_size]
        # The first times the files that are read by every search.
        spoil(
            chance.choice(files) if number else find_index_folder(kb_root) / "manifest.json",
            kind,
            chance,
            mark,
        )
        done = run(kb_root, *line)
        assert (done.returncode, done.stdout) == (0, whole.stdout), (number, done.stderr)
        notices = [text for text in done.stderr.splitlines() if "--today" not in text]
        assert len(notices) <= 1, notices
        told += bool(notices)
        if number % 10 == 9:
            word = chr(97 + number // 10) * 9
            (kb_root / "changed.md").write_text(f"# Changed\n\n{word}\n")
            assert run(kb_root, "search", word, "--format", "plain").stdout.startswith("changed\t")
            (kb_root / "changed.md").unlink()
            assert run(kb_root, "doctor").returncode in (0, 1)
        if number % 20 == 19:
            assert run(kb_root, "index", "--rebuild").returncode == 0
    assert told
    assert not mark.exists()
