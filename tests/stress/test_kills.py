"""Killed or interrupted at any moment: a file is the old one or the new one, and the next command works."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs signals")

# Runs one command line in a child for each moment: before the first thing that it does to the disk
# below a folder, before the second … until one is let finish. `kill` ends it there as SIGKILL does,
# `int` as Ctrl-C. Prints how many moments there were. Each child works on a copy of the base.
AT_EVERY_MOMENT = """
import os, shutil, signal, sys
from pathlib import Path
template, target, kind, *arguments = sys.argv[1:]
import kbcli.doors.cli.app, kbcli.knowledge.edit.moving, kbcli.knowledge.edit.verification, kbcli.knowledge.edit.creation, kbcli.knowledge.cards.library, tempfile, difflib
from kbcli.__main__ import main
EVENTS = {"os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "tempfile.mkstemp", "tempfile.mkdtemp"}
def watch(moment, root):
    left = [moment]
    def hook(event, args):
        if event in EVENTS or (event == "open" and isinstance(args[0], str) and args[2] & (os.O_WRONLY | os.O_RDWR)):
            if any(isinstance(item, (str, os.PathLike)) and os.fspath(item).startswith(root) for item in args):
                left[0] -= 1
                if left[0] == 0:
                    if kind == "kill":
                        os.kill(os.getpid(), signal.SIGKILL)
                    raise KeyboardInterrupt
    sys.addaudithook(hook)
moment = 0
while True:
    moment += 1
    root = f"{target}/{moment}"
    shutil.copytree(template, root, symlinks=True)
    child = os.fork()
    if not child:
        os.chdir(root)
        watch(moment, root + "/")
        sys.stdin = open(os.devnull)
        sys.stdout = sys.stderr = open(f"{root}.out", "w")
        code = main(["--today", "2026-11-21", *arguments])
        sys.stdout.flush()
        os._exit(code)
    _, status = os.waitpid(child, 0)
    print(os.waitstatus_to_exitcode(status), flush=True)
    if os.waitstatus_to_exitcode(status) == 0:
        break
    if moment > 200:
        raise SystemExit("it never ends")
"""
CHANGES: dict[str, list[str]] = {
    "verify": ["verify", "api/quotas", "billing/refund", "--yes", "--by", "me"],
    "edit": ["edit", "api/quotas", "--title", "Other", "--tag", "+new"],
    "flag": ["flag", "api/quotas", "--reason", "wrong"],
    "mv": ["mv", "api/quotas", "limits/deep/quotas"],
    "new": ["new", "New card", "--folder", "fresh/folder", "--no-edit"],
    "baseline": ["check", "--update-baseline"],
}


def read_cards(root: Path) -> dict[str, bytes]:
    """The files of a base that are no leftovers of a killed write, by path."""
    found = {
        path.relative_to(root).as_posix(): path
        for path in root.rglob("*")
        if path.is_file() and ".git" not in path.parts
    }
    return {name: path.read_bytes() for name, path in found.items() if not path.name.endswith(".kb-tmp")}


def run_at_every_moment(
    kb_root: Path, folder: Path, kind: str, arguments: list[str]
) -> list[tuple[int, dict[str, bytes], str]]:
    """Exit status, files and words of a command stopped at each moment, the last time not at all."""
    folder.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", AT_EVERY_MOMENT, kb_root, folder, kind, *arguments],
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    codes = [int(line) for line in done.stdout.split()]
    return [
        (code, read_cards(folder / str(number)), Path(f"{folder / str(number)}.out").read_text())
        for number, code in enumerate(codes, 1)
    ]


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        pytest.param(change, kind, marks=() if (change, kind) == ("mv", "kill") else pytest.mark.stress)
        for change in CHANGES
        for kind in ("kill", "int")
    ],
)
def test_a_change_stopped_at_any_moment(
    kb_root: Path, tmp_path: Path, run_kb: Callable[..., Any], change: str, kind: str
) -> None:
    """SIGKILL or Ctrl-C before any single step on the disk: every file is the old one or the new one, whole."""
    before = read_cards(kb_root)
    runs = run_at_every_moment(kb_root, tmp_path / "runs", kind, CHANGES[change])
    assert len(runs) > 3
    after = runs[-1][1]
    assert after != before
    for number, (code, files, words) in enumerate(runs[:-1], 1):
        assert code in ((-signal.SIGKILL,) if kind == "kill" else (130, 3)), (number, words)
        assert "Traceback" not in words
        for name in before.keys() | after.keys() | files.keys():
            assert files.get(name) in (before.get(name), after.get(name)), (number, name)
        if change == "mv":
            assert {"api/quotas.md", "limits/deep/quotas.md"} & files.keys()
        if kind == "int":
            # Only where it was the removal itself that was interrupted does a hidden file stay.
            assert len(list((tmp_path / "runs" / str(number)).rglob("*.kb-tmp"))) <= 1
            # The line for git comes after the baseline that it is about, and the next update adds it.
            aside = {".gitattributes"}
            assert files.keys() - aside in (before.keys(), after.keys() - aside), number
    if change == "mv":
        expect_recovery(tmp_path / "runs", len(runs) - 1, after, run_kb)


def expect_recovery(folder: Path, count: int, after: dict[str, bytes], run_kb: Callable[..., Any]) -> None:
    """After a move that was stopped, the same move run again ends where it should have."""
    for number in range(1, count + 1):
        root = folder / str(number)
        done = run_kb("mv", "api/quotas", "limits/deep/quotas", cwd=root)
        done = run_kb("mv", "quotas", "limits/deep/quotas", cwd=root) if done.code else done
        files = read_cards(root)
        assert files.keys() == after.keys(), (number, done, sorted(files))
        assert files["api/too-many-requests.md"] == after["api/too-many-requests.md"]
        assert run_kb("search", "quota", cwd=root).code == 0


# The same for `kb search`, whose index lies in a cache of each copy's own. With "update" there is an
# index already and one card is changed. After each kill another search, in a child of its own, is
# let finish; its status and words are kept for the test. Only every `step`th moment is tried.
SEARCH_AT_EVERY_MOMENT = """
import os, shutil, signal, sys
template, target, kind, step = sys.argv[1:]
import kbcli.doors.cli.app, kbcli.knowledge.index.updating, kbcli.knowledge.search.engine, kbcli.render.hits, filelock, shutil, whoosh.fields
from kbcli.__main__ import main
EVENTS = {"os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "shutil.rmtree"}
def watch(moment, cache):
    left = [moment]
    def hook(event, args):
        if event in EVENTS or (event == "open" and isinstance(args[0], str) and args[2] & (os.O_WRONLY | os.O_RDWR)):
            if any(isinstance(item, (str, os.PathLike)) and os.fspath(item).startswith(cache) for item in args):
                left[0] -= 1
                if left[0] == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(hook)
def search(word, out, moment=0):
    child = os.fork()
    if not child:
        os.chdir(root)
        os.environ["XDG_CACHE_HOME"] = f"{root}.cache"
        sys.stdout = sys.stderr = open(out, "w")
        if moment:
            watch(moment, f"{root}.cache")
        code = main(["--today", "2026-11-21", "search", word, "--format", "plain"])
        sys.stdout.flush()
        os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
moment, killed = 1, 0
while True:
    root = f"{target}/{moment}"
    shutil.copytree(template, root, symlinks=True)
    if kind == "update":
        assert search("refund", os.devnull) == 0
        os.remove(f"{root}/api/quotas.md")
    with open(f"{root}/billing/refund.md", "a") as stream:
        stream.write("solitary")
    killed = search("solitary", os.devnull, moment)
    print(moment, killed, search("solitary", f"{root}.out"), search("quota", f"{root}.quota"), flush=True)
    if killed == 0:
        break
    moment += int(step)
"""


@pytest.mark.parametrize("step", [11, pytest.param(1, marks=pytest.mark.stress)], ids=["some", "all"])
@pytest.mark.parametrize("kind", ["build", "update"])
def test_a_search_stopped_at_any_moment(kb_root: Path, tmp_path: Path, kind: str, step: int) -> None:
    """SIGKILL before any single step on the disk of building and updating the index: the next search answers rightly."""
    (tmp_path / "runs").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", SEARCH_AT_EVERY_MOMENT, kb_root, tmp_path / "runs", kind, str(step)],
        check=True, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    rows = [tuple(map(int, line.split())) for line in done.stdout.splitlines()]
    assert len(rows) > 15 // step
    for moment, killed, code, _ in rows:
        assert killed == (0 if moment == rows[-1][0] else -signal.SIGKILL)
        words = (tmp_path / "runs" / f"{moment}.out").read_text()
        found = [line.partition("\t")[0] for line in words.splitlines() if not line.startswith("kb: ")]
        assert (code, found) == (0, ["billing/refund"]), (moment, words)
        quota = (tmp_path / "runs" / f"{moment}.quota").read_text()
        assert "Traceback" not in quota
        assert ("api/quotas" in quota) == (kind == "build"), (moment, quota)


def start(root: Path, *arguments: str) -> "subprocess.Popen[str]":
    """Start kb there, in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "kbcli", "--today", "2026-11-21", *arguments], cwd=root,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip


def grow(root: Path, count: int) -> None:
    """Add cards, so that building takes a while, and is shared by two processes where there are two cores."""
    for number in range(count):
        (root / f"card-{number}.md").write_text(
            f"---\ntitle: Card {number}\n---\n" + f"every word{number} counts " * 60 + "\n"
        )


def expect_no_process(group: int) -> None:
    """Nothing of a process group goes on working."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        time.sleep(0.02)
    raise AssertionError("a process outlived the one that was killed")


def measure(root: Path, *arguments: str) -> float:
    """How long kb takes there, in seconds."""
    begin = time.monotonic()
    start(root, *arguments).communicate()
    return time.monotonic() - begin


@pytest.mark.stress
def test_killed_searches(kb_root: Path, isolated_environment: Path) -> None:
    """`kb search` killed 200 times, at random moments of building and updating: the next one answers rightly."""
    chance = random.Random(200)
    grow(kb_root, 400)
    whole = measure(kb_root, "search", "every")
    killed = 0
    for number in range(200):
        if number % 3 == 0:
            shutil.rmtree(isolated_environment / ".cache", ignore_errors=True)
        changed = kb_root / f"card-{number % 400}.md"
        changed.write_text(f"---\ntitle: Changed {number}\n---\nsolitary{number}\n")
        process = start(kb_root, "search", "every")
        time.sleep(chance.uniform(0.3, 1.0) * whole)
        process.kill()
        process.communicate()
        killed += process.returncode == -signal.SIGKILL
        done = subprocess.run(
            [sys.executable, "-m", "kbcli", "search", f"solitary{number}", "--format", "plain"],
            cwd=kb_root,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done
        assert changed.stem in done.stdout
        assert "Traceback" not in done.stderr
        expect_no_process(process.pid)
    assert killed > 100


@pytest.mark.parametrize("times", [2, pytest.param(150, marks=pytest.mark.stress)])
def test_interrupted_commands(kb_root: Path, isolated_environment: Path, times: int) -> None:
    """Ctrl-C at any moment after kb has begun: 130 and no traceback, or the work was done already."""
    chance = random.Random(times)
    grow(kb_root, 300)
    lines = (
        ["search", "every"],
        ["check"],
        ["verify", "api/quotas", "--yes"],
        ["mv", "billing/refund", "billing/other"],
        ["report"],
        ["duplicates"],
    )
    for number in range(times):
        line = lines[number % len(lines)]
        if line[0] == "search":
            shutil.rmtree(isolated_environment / ".cache", ignore_errors=True)
        root = kb_root.parent / "copy"
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(kb_root, root)
        before = read_cards(root)
        process = start(root, *line)
        time.sleep(chance.uniform(0.12, 0.6))
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=30)
        # Before Python has set itself up, and once kb has answered and ended, the signal ends it.
        is_outside = process.returncode == -signal.SIGINT and (out or not err)
        assert process.returncode in (0, 1, 130) or is_outside, (line, process.returncode, err)
        assert "Traceback" not in err, (line, err)
        files = read_cards(root)
        assert len(files) == len(before)
        changed = [name for name in before if files.get(name) != before[name]]
        assert len(changed) <= 1, (line, changed)
