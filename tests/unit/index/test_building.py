"""Two processes build what one builds, whatever happens to the second one."""

import marshal
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from trials import keep_first

from kbcli.config import Config
from kbcli.knowledge.index.sync import OpenIndex
from kbcli.knowledge.index.whoosh.store import find_index_folder

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

# Builds the cards of a folder by one process and by two; whether both give the same, byte for byte.
# `trouble` runs in the second process for each card, with what was done there before it.
COMPARE = """
import os, signal, sys
from pathlib import Path
import kbcli.knowledge.index.building as building
from kbcli.config import load_config
from kbcli.knowledge.cards.walk import list_card_paths

building.TWO_PROCESSES_BYTES = 1
config = load_config(Path(sys.argv[1]))
paths = [*sorted(list_card_paths(config)), "missing.md"]
first = os.getpid()
seen = []

def build(two):
    building.has_second_core = lambda: two
    notes, segments = [], []
    builder = building.SegmentBuilder()
    note = lambda path, reading: notes.append((path, reading and (reading.digest, (reading.stamp, reading.racy))))
    seen.clear()
    added = building.add_cards(config, paths, builder, note, segments.append, lambda *counts: seen.append(counts))
    segments.append(builder.finish())
    return added, notes, [(dict(data.files), *data[1:]) for data in segments]

def make_trouble(trouble):
    done = []
    read = building.read_file
    def read_file(config, path):
        if os.getpid() != first:
            done.append(path)
            trouble(len(done))
        return read(config, path)
    building.read_file = read_file

def count_children():
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return 0
    return 1

alone = build(False)
"""


@contextmanager
def work_here(work: Callable[[], Any]) -> Iterator[Callable[[], Any]]:
    """A second process that is this one."""
    yield lambda: marshal.loads(marshal.dumps(work(), 2))


@pytest.fixture
def folder(make_config: Callable[..., Config]) -> Path:
    """Sixty cards in several languages, one of which cannot be read."""
    texts = ("plain words and user_id", "Größe der Straße", "日本語のカード", "часто и редко")
    files = {
        f"c{number:02d}.md": f"---\ntitle: Card {number}\ntags: [t{number % 3}]\n---\n"
        + f"{texts[number % 4]} common rare{number} " * (1 + number % 5)
        for number in range(60)
    }
    root = make_config(files).root
    (root / "c30.md").write_bytes(b"x" * 6_000_000)
    return root


def run(folder: Path, *lines: str) -> str:
    """What lines of Python print after COMPARE."""
    done = subprocess.run(
        [sys.executable, "-c", "\n".join([COMPARE, *lines]), folder],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@needs_fork
def test_two_processes_build_the_same_index(folder: Path) -> None:
    """The files of the index, and what was noted of each card, are the same to the last byte."""
    assert run(folder, "print(build(True) == alone, count_children(), alone[0])") == "True 0 59\n"


@needs_fork
def test_progress_counts_the_cards_of_both(folder: Path) -> None:
    """The count never falls, and ends with all cards."""
    out = run(
        folder,
        "build(True)",
        "done = [count for count, _ in seen]",
        "print(done == sorted(done), done[-1], {total for _, total in seen})",
    )
    is_sorted, last, total = out.split()
    assert is_sorted == "True"
    assert last == "61"
    assert total == "{61}"


@needs_fork
@pytest.mark.parametrize(
    "trouble",
    keep_first(
        (
            "os.kill(os.getpid(), signal.SIGKILL) if done == 20 else None",
            "os.kill(os.getpid(), signal.SIGKILL) if done == 1 else None",
            "os._exit(0) if done == 20 else None",
            "1 / 0 if done == 25 else None",
        )
    ),
)
def test_a_second_process_that_dies_is_replaced(folder: Path, trouble: str) -> None:
    """Killed, gone or failed on its way: the index is the same, and every card is noted once."""
    out = run(
        folder, f"make_trouble(lambda done: {trouble})", "print(build(True) == alone, count_children())"
    )
    assert out == "True 0\n"


@needs_fork
def test_no_process_to_be_had(folder: Path) -> None:
    """Where the system gives no second process, or no pipe from it, one builds the index."""
    out = run(
        folder,
        "def refuse(*_, **__): raise OSError",
        "os.fork = refuse",
        "print(build(True) == alone)",
        "os.pipe = refuse",
        "print(build(True) == alone)",
    )
    assert out == "True\nTrue\n"


@needs_fork
@pytest.mark.short
@pytest.mark.parametrize("moment", [1, 20, 999])
def test_an_interrupt_leaves_no_second_process(folder: Path, moment: int) -> None:
    """Ctrl-C while both work, or while the first, with half of the 61 done, waits for the second: none is left."""
    out = run(
        folder,
        "import time",
        "make_trouble(lambda done: time.sleep(60) if done == 29 else None)",
        "building.has_second_core = lambda: True",
        "signal.signal(signal.SIGALRM, signal.default_int_handler)",
        "signal.alarm(2)",
        "calls = []",
        "def interrupt(*counts):",
        "    calls.append(counts)",
        f"    if len(calls) == {moment}: raise KeyboardInterrupt",
        "try:",
        "    building.add_cards(config, paths, building.SegmentBuilder(), lambda *_: None, print, interrupt)",
        "except KeyboardInterrupt:",
        "    print('interrupted', count_children())",
    )
    assert out == "interrupted 0\n"


@needs_fork
def test_a_second_process_does_not_outlive_the_first(folder: Path, tmp_path: Path) -> None:
    """SIGKILL of the first: the second one ends by itself, and has kept neither lock nor output."""
    script = [
        COMPARE,
        "import time",
        f"name = {str(tmp_path / 'second')!r}",
        "make_trouble(lambda done: (open(name, 'w').write(str(os.getpid())), time.sleep(0.1)))",
        "building.has_second_core = lambda: True",
        "building.add_cards(config, paths * 4, building.SegmentBuilder(), lambda *_: time.sleep(0.02), print)",
    ]
    with subprocess.Popen(
        [sys.executable, "-c", "\n".join(script), folder], stdout=subprocess.PIPE
    ) as process:
        deadline = time.monotonic() + 20
        while not (tmp_path / "second").exists() or not (tmp_path / "second").read_text():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.kill()
        began = time.monotonic()
        assert process.stdout is not None
        assert process.stdout.read() == b""
        assert time.monotonic() - began < 1, "the pipe was kept open"
    second = int((tmp_path / "second").read_text())
    while is_running(second):
        assert time.monotonic() < began + 20
        time.sleep(0.01)


def is_running(process: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    except OSError:
        return False
    return state != "Z"


def test_full_builders_of_both_make_segments(
    make_config: Callable[..., Config],
    expect_in_step: Callable[..., OpenIndex],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With more cards than fit into memory at once, both make segments, and nothing is lost."""
    monkeypatch.setattr("kbcli.knowledge.index.building.start_second", work_here)
    monkeypatch.setattr("kbcli.knowledge.index.building.has_second_core", lambda: True)
    monkeypatch.setattr("kbcli.knowledge.index.building.TWO_PROCESSES_BYTES", 1)
    monkeypatch.setattr("kbcli.knowledge.index.whoosh.segment_writer._TERMS_AT_ONCE", 5)
    monkeypatch.setattr("kbcli.knowledge.index.building.MAX_POSTINGS", 200)
    config = make_config({f"c{number}.md": f"# C {number}\n\nword{number} same\n" for number in range(40)})
    assert len(expect_in_step(config).reader.segments) > 2


@needs_fork
@pytest.mark.skipif(
    not Path(f"/proc/self/task/{os.getpid()}/children").exists(), reason="looks for children in /proc"
)
@pytest.mark.parametrize("kind", ["interrupt", "kill"])
@pytest.mark.parametrize(
    "times", [pytest.param(1, marks=pytest.mark.short), pytest.param(60, marks=pytest.mark.stress)]
)
def test_kb_stopped_while_two_processes_build(
    make_config: Callable[..., Config], isolated_environment: Path, kind: str, times: int
) -> None:
    """Ctrl-C in a terminal, which all of its processes get, or SIGKILL: no process left, no half index, kb works on."""
    if len(os.sched_getaffinity(0)) < 2:
        pytest.skip("needs two cores")
    chance = random.Random(times)
    texts = {f"c{number}.md": f"# C {number}\n\n" + f"w{number} same " * 900 for number in range(300)}
    config = make_config(texts)
    for _ in range(times):
        command = [sys.executable, "-m", "kbcli", "--kb", str(config.root), "search", "w7"]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
        )
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        deadline = time.monotonic() + 20
        while not any(is_kb(child) for child in children.read_text().split()):
            assert time.monotonic() < deadline
        time.sleep(chance.uniform(0, 0.3) if times > 1 else 0)
        if kind == "interrupt":
            os.killpg(process.pid, signal.SIGINT)
        else:
            process.kill()
        _, errors = process.communicate(timeout=20)
        # Python itself ends by the signal when that came within some imports, or at the very end.
        assert process.returncode in (0, 130, -signal.SIGINT, -signal.SIGKILL)
        assert not errors
        while is_group_running(process.pid):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert (process.returncode == 0) == (
            find_index_folder(config.root) / "manifest.json"
        ).exists() or times > 1
        done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
        assert done.stdout
        assert not done.stderr
        shutil.rmtree(find_index_folder(config.root))


def is_group_running(group: int) -> bool:
    """Whether a process of a group is there."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def is_kb(process: str) -> bool:
    """Whether a child is a fork of kb, and not git."""
    try:
        return b"kbcli" in Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return False
