"""`kb serve` as a process: what it says, whom it lets in, how it ends."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from http.client import HTTPConnection
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from trials import keep_first

from kbcli.knowledge.index.whoosh.store import Store, find_index_folder

pytest.importorskip("starlette", reason="the extra web is not installed")


class UnixConnection(HTTPConnection):
    """HTTP over a Unix socket."""

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        try:
            self.sock.connect(self.host)
        except OSError:
            self.sock.close()
            raise


@pytest.mark.skipif(not hasattr(os, "fork"), reason="one process only where there is no fork")
@pytest.mark.parametrize("end_by", keep_first((signal.SIGTERM, signal.SIGINT)))
def test_processes_answer_until_they_are_ended(end_by: int, kb_root: Path, tmp_path: Path) -> None:
    """Three processes behind a Unix socket, which only who may write to it asks, which say so before their first index and answer with it; Ctrl-C, or a signal, ends all and leaves nothing."""
    path = tmp_path / "s"
    line = [sys.executable, "-m", "kbcli", "--kb", str(kb_root), "serve", "--socket", str(path)]
    line += ["--workers", "3", "--host", "kb.example.org", "--user-header", "X-User"]
    process = subprocess.Popen(line, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    assert "(Ctrl-C ends it)" in process.stderr.readline()
    end = time.monotonic() + 20
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            connection = UnixConnection(str(path))
            connection.connect()
            connection.close()
            break
        time.sleep(0.02)
    for number in range(6):
        connection = UnixConnection(str(path), timeout=20)
        connection.request("GET", "/", headers={"Host": "KB.example.org", "X-User": f"u{number}"})
        answer = connection.getresponse()
        assert answer.status == 200
        assert f"You are u{number}." in answer.read().decode()
        assert Store(find_index_folder(kb_root)).load() is not None
        connection.close()
    assert path.stat().st_mode & 0o007 == 0
    for _ in range(4):  # as people do: it may just be starting
        process.send_signal(end_by)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=5)
            break
    # Each process holds the pipe: its end is that of all.
    _, said = process.communicate(timeout=20)
    assert "Traceback" not in said
    assert not path.exists()


def test_answers_that_nobody_waits_for_any_more_keep_nobody_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """While a few never end others are answered, at most eight threads work whatever is asked, and afterwards all is as before."""
    from kbcli.doors.web import threads

    monkeypatch.setattr(threads, "SECONDS", 0.05)
    hang, working = Event(), [0, 0]

    def work() -> None:
        working[0] += 1
        working[1] = max(working)
        hang.wait(20)
        working[0] -= 1

    def wait_for_all() -> None:
        while working[0]:
            time.sleep(0.01)

    async def ask_for_much() -> None:
        all_threads = threads.Threads()

        async def give_up() -> None:
            with pytest.raises(TimeoutError):
                await all_threads.run(work)

        await asyncio.gather(*(give_up() for _ in range(4)))
        assert await all_threads.run(lambda: "at once") == "at once"
        for _ in range(8):
            await asyncio.gather(*(give_up() for _ in range(2)))
        assert working == [8, 8]
        with pytest.raises(TimeoutError):
            await all_threads.run(lambda: "at once")
        hang.set()
        await asyncio.to_thread(wait_for_all)
        assert await all_threads.run(lambda: "at once") == "at once"

    try:
        asyncio.run(ask_for_much())
    finally:
        hang.set()


def test_small_answers_are_sent_at_once() -> None:
    """A connection that is accepted holds no small piece back until the reader has confirmed the one before, which takes 40 ms."""
    from kbcli.doors.web.serving import Settings, listen

    held: list[int] = []

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        held.append(writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    async def ask(listener: socket.socket) -> None:
        async with await asyncio.start_server(answer, sock=listener):
            reader, writer = await asyncio.open_connection(*listener.getsockname())
            await reader.read()
            writer.close()

    asyncio.run(ask(listen(Settings(0))))
    assert held[0]


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("--bind", "0.0.0.0"), 2, "would let in everybody"),
        (("--bind", "0.0.0.0", "--user-header", "X-User"), 2, "would let in everybody"),
        (("--proxy", "10.0.0.1"), 2, "which header"),
        (("--port", "65536"), 2, "is no port"),
        (("--socket", "/nowhere/at/all"), 3, "No such file"),
    ],
)
def test_nobody_is_let_in_by_mistake(
    options: tuple[str, ...], code: int, said: str, kb_root: Path, run_kb: Callable[..., Any]
) -> None:
    """Listening where others reach it takes a proxy that says who asks."""
    done = run_kb("serve", *options, cwd=kb_root)
    assert done.code == code
    assert said in done.err


def test_without_the_extra_kb_says_what_to_install(
    kb_root: Path, run_kb: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`kb serve` where starlette is not installed exits with 3 and names the extra."""
    for name in [name for name in sys.modules if name.startswith("kbcli.doors.web")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "starlette.responses", None)
    done = run_kb("serve", cwd=kb_root)
    assert done.code == 3
    assert "pip install '.[web]'" in done.err
