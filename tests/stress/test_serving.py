"""A server under mixed load for ten minutes, while cards are edited: its memory stays, its answers are right."""

import os
import random
import re
import subprocess
import sys
import threading
import time
from http.client import HTTPConnection
from pathlib import Path

import pytest
from datedgit import run_git

pytest.importorskip("starlette", reason="the extra web is not installed")
pytestmark = pytest.mark.stress
MOMENT = "2026-11-21T12:00:00+0000"
MINUTES = float(os.environ.get("SERVE_MINUTES", "10"))
PORT = 8639
CARDS = 300


def read_memory(process: int) -> int:
    """What a process holds in memory, in kB."""
    return int(re.findall(r"VmRSS:\s+(\d+)", Path(f"/proc/{process}/status").read_text())[0])


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_memory_is_flat_and_answers_are_right(kb_root: Path) -> None:
    """In the second half of the time the process grows by less than a tenth; each card is found by its own word."""
    for number in range(CARDS):
        (kb_root / f"c{number}.md").write_text(
            f"---\ntitle: Card {number}\n---\nword{number} " + "text " * 200
        )
    run_git(kb_root, "init", "-q", moment=MOMENT)
    run_git(kb_root, "add", "-A", moment=MOMENT)
    run_git(kb_root, "commit", "-qm", "begin", moment=MOMENT)
    line = [sys.executable, "-m", "kbcli", "--kb", str(kb_root), "serve", "--port", str(PORT)]
    process = subprocess.Popen(line, stderr=subprocess.DEVNULL)
    end = time.monotonic() + MINUTES * 60
    wrong: list[str] = []

    def ask(seed: int) -> None:
        chance = random.Random(seed)
        connection = HTTPConnection("127.0.0.1", PORT, timeout=30)
        while time.monotonic() < end:
            number = chance.randrange(CARDS)
            path = chance.choice(
                (
                    f"/api/search?q=word{number}",
                    f"/search?q=word{number}+{chance.random()}",
                    f"/card/c{number}",
                    "/queue",
                    "/",
                )
            )
            # What history it reads leaves most behind.
            path = "/report" if chance.random() < 0.02 else path
            connection.request("GET", path, headers={"Host": f"localhost:{PORT}"})
            answer = connection.getresponse()
            text = answer.read().decode()
            if answer.status != 200 or ("word" in path and f"c{number}" not in text):
                wrong.append(f"{path}: {answer.status}")
        connection.close()

    time.sleep(4)
    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(8)]
    for thread in threads:
        thread.start()
    early = 0
    chance = random.Random(99)
    try:
        while time.monotonic() < end:
            time.sleep(0.5)
            # In the place of the edit before: what grows then is not what there is to know.
            path = kb_root / f"c{chance.randrange(CARDS)}.md"
            path.write_text(f"{path.read_text().partition('edit')[0]}edit {chance.random()}\n")
            if chance.random() < 0.1:
                run_git(kb_root, "commit", "-qam", "edit", moment=MOMENT)
            if not early and time.monotonic() > end - MINUTES * 30:
                early = read_memory(process.pid)
        late = read_memory(process.pid)
    finally:
        for thread in threads:
            thread.join()
        process.terminate()
        process.wait(20)
    assert not wrong
    assert late < early * 1.1, (early, late)
