"""Many readers and writers at once, and writers that are killed: never a wrong answer, never a lost card."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from kbcli.config import Config
from kbcli.errors import KbError
from kbcli.knowledge.index.sync import OpenIndex, open_local_index, rebuild_index
from kbcli.knowledge.index.whoosh.committing import LOCK_NAME, hold_lock
from kbcli.knowledge.index.whoosh.store import find_index_folder

Expect = Callable[..., OpenIndex]
FILES = {f"c{number}.md": f"# C {number}\n\nText everywhere number{number}\n" for number in range(60)}

WRITER = """
import sys
from pathlib import Path
from kbcli.config import load_config
from kbcli.foundation.disk.files import replace_file
from kbcli.foundation.git.worktree import find_git_root
from kbcli.knowledge.index.sync import ask_index, open_local_index, rebuild_index
root = Path(sys.argv[1])
config = load_config(root, find_git_root(root))
name, rounds = sys.argv[2], int(sys.argv[3])
print("ready", flush=True)
for number in range(rounds):
    if name == "search":
        def question(index):
            reader = index.reader
            return {reader.record(n).path for n in reader.postings("body", "everywher")[0]}, reader.doc_count, index.is_stale
        found, count, stale = ask_index(config, question)
        kept = {f"c{place}.md" for place in range(60)}
        assert kept <= found, sorted(kept - found)
        assert len(found) == count, (len(found), count)
    else:
        # At once: between being made and being filled it would be a card without the word.
        replace_file(root / f"{name}-{number}.md", f"# New\\n\\neverywhere {name}\\n".encode())
        if number % 4 == 3:
            (root / f"{name}-{number - 1}.md").unlink()
        index = open_local_index(config)
        assert index.is_stale or index.reader.number_of(f"{name}-{number}.md") is not None
        if number == rounds // 2 and name == "writer0":
            rebuild_index(config)
print("done")
"""


@pytest.fixture(params=["git", "plain"])
def config(request: pytest.FixtureRequest, make_config: Callable[..., Config]) -> Config:
    """Cards in a git repository, and without one."""
    return make_config(FILES, git=request.param == "git")


def kill_after(process: "subprocess.Popen[str]", seconds: float) -> None:
    """Let a process work for so long, counted from when it has begun, and kill it."""
    assert process.stdout is not None
    process.stdout.readline()
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.communicate()


def start(config: Config, name: str, rounds: int) -> "subprocess.Popen[str]":
    """Start a process that searches or writes so many times."""
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(config.root), name, str(rounds)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def run_together(config: Config, searches: int, writers: int, rounds: int) -> None:
    """Run them at once and expect every one to end well."""
    processes = [start(config, "search", rounds) for _ in range(searches)]
    processes += [start(config, f"writer{number}", rounds) for number in range(writers)]
    for process in processes:
        out, err = process.communicate(timeout=120)
        assert (process.returncode, out, err) == (0, "ready\ndone\n", "")


GIT_ALONE = pytest.mark.parametrize(
    "config", ["git", pytest.param("plain", marks=pytest.mark.stress)], indirect=True
)


@GIT_ALONE
@pytest.mark.short
def test_readers_and_writers_at_once(config: Config, expect_in_step: Expect) -> None:
    """From no index at all: no traceback, no wrong answer, and every card is there at the end."""
    run_together(config, 3, 2, 8)
    expect_in_step(config)


@pytest.mark.stress
def test_twenty_searches_and_five_writers(config: Config, expect_in_step: Expect) -> None:
    """The same, as a busy team would."""
    run_together(config, 20, 5, 40)
    expect_in_step(config)


def test_taken_lock_means_the_last_state(config: Config, expect_in_step: Expect) -> None:
    """While somebody writes, a search answers at once from what was there, and says so."""
    open_local_index(config)
    (config.root / "c1.md").write_text("# Changed\n")
    with hold_lock(find_index_folder(config.root), 1) as held:
        assert held
        begin = time.monotonic()
        index = open_local_index(config)
        assert time.monotonic() - begin < 1
        assert (index.is_stale, index.built, index.reader.doc_count) == (True, 0, 60)
    index = expect_in_step(config)
    assert (index.is_stale, index.built) == (False, 1)


def test_taken_lock_does_not_matter_when_nothing_changed(config: Config) -> None:
    """An index in step is not stale because somebody holds the lock."""
    open_local_index(config)
    with hold_lock(find_index_folder(config.root), 1):
        assert not open_local_index(config).is_stale


def test_writer_that_came_second_looks_again(
    config: Config, expect_in_step: Expect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between looking and getting the lock somebody else wrote: both changes are kept, none is lost or doubled."""
    open_local_index(config)
    (config.root / "c1.md").write_text("# Mine\n")
    calls = []

    def hold_lock_late(folder: Path, timeout: float) -> AbstractContextManager[bool]:
        calls.append(1)
        if len(calls) == 1:
            (config.root / "c2.md").write_text("# Theirs\n")
            open_local_index(config)
        return hold_lock(folder, timeout)

    monkeypatch.setattr("kbcli.knowledge.index.updating.hold_lock", hold_lock_late)
    expect_in_step(config)
    assert len(calls) >= 2


def test_rebuilding_waits_for_the_lock_and_gives_up(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """An explicit rebuild does not wait for ever, and says what to do."""
    open_local_index(config)
    monkeypatch.setattr("kbcli.knowledge.index.updating.WRITER_TIMEOUT", 0.1)
    with hold_lock(find_index_folder(config.root), 1), pytest.raises(KbError, match="another kb"):
        rebuild_index(config)
    assert rebuild_index(config).built == 60


def test_first_build_behind_a_lock_that_stays(
    config: Config, expect_in_step: Expect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With nothing to answer from and no lock to be had, the answer comes from memory."""
    monkeypatch.setattr("kbcli.knowledge.index.updating.WRITER_TIMEOUT", 0.1)
    folder = find_index_folder(config.root)
    folder.mkdir(mode=0o700, parents=True)
    with hold_lock(folder, 1):
        assert "still building" in expect_in_step(config).temporary


def test_open_reader_survives_writers(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader goes on answering from its own state while others replace, sweep and rebuild."""
    index = open_local_index(config)
    before = list(index.reader.terms("body"))
    for number in range(4):
        (config.root / f"c{number}.md").write_text("# Changed\n\ncompletely different\n")
        open_local_index(config)
    rebuild_index(config)
    assert list(index.reader.terms("body")) == before
    assert {index.reader.record(number).path for number in index.reader.numbers()} == set(FILES)


def test_whoosh_and_kb_exclude_each_other(config: Config) -> None:
    """The lock is the one that Whoosh's own writer takes."""
    from whoosh.index import LockError, open_dir

    open_local_index(config)
    folder = find_index_folder(config.root)
    with hold_lock(folder, 1), pytest.raises(LockError):
        open_dir(folder).writer()
    assert (folder / LOCK_NAME).exists()


def kill_writers(config: Config, expect_in_step: Expect, kills: int) -> None:
    """Kill a writing process at random moments; each time the index must be usable and right."""
    chance = random.Random(3)
    open_local_index(config)
    for number in range(kills):
        process = start(config, f"writer{number % 2}", 1000)
        kill_after(process, chance.random() * 0.1)
        assert process.returncode == -signal.SIGKILL
        if number % 3 == 0:
            for path in config.root.glob("writer*.md"):
                path.unlink()
        expect_in_step(config)
    (config.root / "c1.md").write_text("# Last\n")
    expect_in_step(config)
    kept = [path for path in find_index_folder(config.root).iterdir() if path.suffix == ".trm"]
    assert len(kept) <= 2 * 13


@GIT_ALONE
@pytest.mark.short
def test_killed_writers_do_no_harm(config: Config, expect_in_step: Expect) -> None:
    """SIGKILL at random moments of writing; what is left behind is swept."""
    kill_writers(config, expect_in_step, 4)


@pytest.mark.stress
def test_two_hundred_killed_writers(config: Config, expect_in_step: Expect) -> None:
    """The same, longer."""
    kill_writers(config, expect_in_step, 200)


@pytest.mark.short
def test_killed_first_build(make_config: Callable[..., Config], expect_in_step: Expect) -> None:
    """Killed while building the first index of many cards: the next command builds it."""
    config = make_config(FILES)
    for step in range(3):
        kill_after(start(config, "search", 1), 0.02 * step)
    assert expect_in_step(config).reader.doc_count == 60


def test_leftovers_are_swept(config: Config, tmp_path: Path) -> None:
    """Files that no state refers to go with the next commit."""
    open_local_index(config)
    folder = find_index_folder(config.root)
    for name in ("MAIN_0123456789abcdef.trm", "manifest.json.0000", "_MAIN_99.toc"):
        (folder / name).write_text("left by a killed writer")
    (config.root / "c1.md").write_text("# Changed\n")
    open_local_index(config)
    assert not {"MAIN_0123456789abcdef.trm", "manifest.json.0000", "_MAIN_99.toc"} & set(os.listdir(folder))
