"""The archive of tickets under kill -9, Ctrl-C, a full disk and two imports at once: always whole, and the next run goes on."""

import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from ticketexport import make_ticket, write_export

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs signals")

KB = (sys.executable, "-m", "kbcli", "--today", "2026-11-21", "tickets")
WORDS = ("webhook", "invoice", "password", "export", "limit", "device", "refund", "quota")


def make_export(path: Path, number: int) -> Path:
    """An export of so many tickets; each third is of customer 666 and says flumadiddle."""
    tickets = []
    for count in range(number):
        asked = f"{WORDS[count % 8]} {WORDS[count // 8 % 8]} broke in case {count}"
        asked += " flumadiddle" if count % 3 == 0 else ""
        tickets.append(make_ticket(count + 1, asked, "Wait.", requester_id=666 if count % 3 == 0 else 501))
    return write_export(path, *tickets)


def ask(root: Path, *arguments: str) -> dict:
    """What a command says as JSON."""
    done = subprocess.run(
        [*KB, *arguments, "--format", "json"], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.returncode in (0, 1), done.stderr
    return json.loads(done.stdout)["data"]


def look(root: Path) -> dict | None:
    """The status, None where no archive was begun yet."""
    done = subprocess.run(
        [*KB, "status", "--format", "json"], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0 or "there is no ticket archive" in done.stderr, done.stderr
    return json.loads(done.stdout)["data"]


def kill_at_random(root: Path, *arguments: str, after: float) -> bool:
    """Start a command and kill it; whether it had ended by itself."""
    process = subprocess.Popen(
        [*KB, *arguments], cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    time.sleep(after)
    has_ended = process.poll() is not None
    process.kill()
    process.wait()
    return has_ended


def check_killed(root: Path, archive: Path, times: int, number: int) -> None:
    """Kill imports and erasures so many times; every state is whole, and the end is that of a run nobody disturbed."""
    export = make_export(root.parent / "e.ndjson", number)
    chance = random.Random(13)
    for _ in range(times):
        if kill_at_random(root, "import", str(export), after=chance.uniform(0.05, 2.0)):
            shutil.rmtree(archive, ignore_errors=True)
        elif (status := look(root)) is not None:
            assert not status["damaged"] or "index" in status["damaged"]
    said = ask(root, "import", str(export))
    assert (said["held"], ask(root, "status")["unindexed"]) == (number, 0)
    assert len(ask(root, "search", "flumadiddle", "-n", "10")["tickets"]) > 0
    kill_at_random(root, "forget", "--customer", "666", "--yes", after=chance.uniform(0.3, 1.0))
    # What the killed one had done already is nothing to do any more.
    assert ask(root, "forget", "--customer", "666", "--yes")["tickets"] in (0, (number + 2) // 3)
    assert ask(root, "status")["erased"] == (number + 2) // 3
    held = [path for path in archive.rglob("*") if path.is_file() and b"lumadid" in path.read_bytes()]
    assert (held, ask(root, "status")["damaged"]) == ([], None)


@pytest.mark.short
def test_a_few_killed_imports(kb_root: Path, isolated_environment: Path) -> None:
    """Six kills of an import of 600 tickets, one of an erasure: nothing is lost, and nothing that was erased is left."""
    check_killed(kb_root, isolated_environment / ".data", 6, 600)


@pytest.mark.stress
def test_two_hundred_killed_imports(kb_root: Path, isolated_environment: Path) -> None:
    """The same 200 times with 2,000 tickets."""
    check_killed(kb_root, isolated_environment / ".data", 200, 2000)


@pytest.mark.short
def test_two_imports_at_once_and_a_stopped_one(tmp_path: Path, kb_root: Path) -> None:
    """One of two imports is refused and says why, or waits; Ctrl-C ends with 130, and what was written is whole."""
    export = make_export(tmp_path / "e.ndjson", 3000)
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    both = [subprocess.Popen([*KB, "import", str(export)], cwd=kb_root, **pipes) for _ in range(2)]
    said = [(*process.communicate(), process.returncode) for process in both]
    assert sorted(code for *_, code in said) in ([0, 3], [0, 0])
    assert all(code == 0 or "another kb is writing" in err for _, err, code in said)
    assert ask(kb_root, "status")["tickets"] == 3000
    later = make_export(tmp_path / "later.ndjson", 9000)
    stopped = subprocess.Popen([*KB, "import", str(later)], cwd=kb_root, **pipes)
    deadline = time.monotonic() + 60
    while (
        ask(kb_root, "status")["tickets"] == 3000 and time.monotonic() < deadline and stopped.poll() is None
    ):
        time.sleep(0.05)
    stopped.send_signal(signal.SIGINT)
    out, err = stopped.communicate()
    assert (stopped.returncode, "goes on from there" in err) == (130, True), (out, err)
    assert 3000 < ask(kb_root, "status")["tickets"] < 9000
    assert ask(kb_root, "import", str(later))["held"] == 9000


@pytest.mark.short
def test_a_disk_that_fills_up(tmp_path: Path, kb_root: Path) -> None:
    """An import that may not write on is an error with exit 3, never a traceback; with room again it goes on."""
    export = make_export(tmp_path / "e.ndjson", 3000)
    assert ask(kb_root, "import", str(make_export(tmp_path / "a.ndjson", 300)))["held"] == 300

    def bind() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))

    done = subprocess.run(
        [*KB, "import", str(export)],
        cwd=kb_root,
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=bind,
    )
    assert (done.returncode, "Traceback" in done.stderr) == (3, False), done.stderr
    assert ask(kb_root, "status")["damaged"] is None
    assert ask(kb_root, "import", str(export))["held"] == 3000


@pytest.mark.short
def test_a_full_disk_loses_nothing(
    tmp_path: Path, kb_root: Path, mount: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Import, pack, erasure and a new index on a full disk say so in a sentence; with room again each goes on, and all is whole."""
    disk = tmp_path / "disk"
    mount(disk, "-t", "tmpfs", "-o", "size=4m", "tmpfs")
    export = make_export(tmp_path / "e.ndjson", 400)
    pack, filler = tmp_path / "t.kbpack", disk / "filler"
    monkeypatch.setenv("KB_TICKETS", str(disk / "archive"))

    def run_full(room: int, *arguments: str) -> None:
        """Run a command with so many bytes left, which is not enough, then with room."""
        filler.write_bytes(bytes(max(0, shutil.disk_usage(disk).free - room)))
        done = subprocess.run([*KB, *arguments], cwd=kb_root, capture_output=True, text=True, check=False)
        filler.unlink()
        assert (done.returncode, "Traceback" in done.stderr) == (3, False), (arguments, done.stderr)
        assert "make room" in done.stderr.lower(), done.stderr
        status = look(kb_root)
        assert status is None or not status["damaged"] or "index is missing" in status["damaged"], status
        ask(kb_root, *arguments)

    for room in (0, 100_000):
        run_full(room, "import", str(export))
        assert ask(kb_root, "status")["tickets"] == 400
        run_full(room // 4, "pack", str(disk / "t.kbpack"))
        shutil.move(disk / "t.kbpack", pack)
        shutil.rmtree(next((disk / "archive").glob("index-*")))
        run_full(room // 4, "import")
        assert len(ask(kb_root, "search", "flumadiddle")["tickets"]) > 0
        run_full(0, "forget", "--customer", "666", "--yes")
        held = [path for path in disk.rglob("*") if path.is_file() and b"lumadid" in path.read_bytes()]
        assert (held, ask(kb_root, "status")["damaged"]) == ([], None)
        shutil.rmtree(disk / "archive")
        run_full(room, "import", str(pack))
        assert ask(kb_root, "status")["tickets"] == 400
        shutil.rmtree(disk / "archive")
