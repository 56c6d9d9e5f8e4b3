"""`kb serve` under load: searches a second, latencies and processor time, over questions that differ and over some that many ask.

python -m tests.bench.serving --kb FOLDER [--path /api/search] [--clients 50] [--workers 1,2] [--seconds 20]
python -m tests.bench.serving --corpus FOLDER --cards 10000 […]

The real server is started for each row, on a port of its own, and asked over connections that stay open. `--corpus` is any
folder of Markdown, of which a base of so many cards is made; `--kb` is a base as it is. Questions are two to four words of
one card's title, 2,000 of them: each once and in turn (`distinct`), or drawn with 1/rank (`Zipf`). The clients are one
process of their own and take part of the machine, as any that measures does. The table is Markdown.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from itertools import accumulate, count
from pathlib import Path
from random import Random
from statistics import quantiles
from typing import NamedTuple
from urllib.parse import quote

from tests.bench.corpus import cut_documents, find_documents, make_base

DISTINCT = 2_000
PORT = 8731


class Load(NamedTuple):
    """What a server did: the seconds of each answer, how many said that an engine did not give them, its processor time in seconds and memory in MB."""

    times: list[float]
    fallen: int
    processor: float
    memory: float


def main() -> None:
    """Read the command line and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kb", type=Path)
    parser.add_argument("--corpus", type=Path)
    parser.add_argument("--cards", type=int, default=10_000)
    parser.add_argument("--path", default="/api/search")
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--workers", default="1,2")
    parser.add_argument("--seconds", type=float, default=20)
    given = parser.parse_args()
    if (given.kb is None) == (given.corpus is None):
        sys.exit("one of --kb and --corpus says what is served")
    with tempfile.TemporaryDirectory(prefix="kb-bench-") as folder:
        base = given.kb
        if base is None:
            base = Path(folder, "base")
            make_base(base, cut_documents(find_documents(given.corpus), given.cards))
        questions = make_questions(read_titles(base))
        print(
            f"{len(questions)} distinct questions to `{given.path}`, {given.clients} connections, {os.cpu_count()} cores\n"
        )
        print("| questions | processes | a second | p50 ms | p99 ms | p99/p50 | CPU ms each | memory MB |")
        print("|---|---:|---:|---:|---:|---:|---:|---:|")
        for workers in (int(number) for number in given.workers.split(",")):
            for kind, asked in (("distinct", questions), ("Zipf", draw_often(questions))):
                with serve(base, workers, given.path) as process:
                    load = measure(process, asked, given.path, given.clients, given.seconds)
                cut = quantiles(load.times, n=100)
                cells = (
                    len(load.times) / given.seconds,
                    cut[49] * 1e3,
                    cut[98] * 1e3,
                    cut[98] / cut[49],
                    load.processor / len(load.times) * 1e3,
                    load.memory,
                )
                shown = (f"{cell:.1f}" if cell < 100 else f"{cell:.0f}" for cell in cells)
                print(f"| {kind} | {workers} | {' | '.join(shown)} |", flush=True)


def read_titles(base: Path) -> list[str]:
    """The titles of a base's cards, as kb lists them."""
    command = [sys.executable, "-m", "kbcli", "--kb", str(base), "list", "--format", "json"]
    listed = subprocess.run(command, check=True, capture_output=True).stdout
    return [card["title"] for card in json.loads(listed)["data"]["cards"]]


def make_questions(titles: Sequence[str]) -> list[str]:
    """So many questions, no two alike, of the words of titles; always the same."""
    chance, found = Random(1), dict[str, None]()
    for tried in range(DISTINCT * 100):
        words = re.findall(r"\w{2,}", chance.choice(titles))
        if tried < DISTINCT * 10:
            found[" ".join(chance.sample(words, min(len(words), chance.randint(2, 4))))] = None
        else:
            # A few titles have few subsets: words of two of them.
            found[" ".join((*words[:2], *re.findall(r"\w{2,}", chance.choice(titles))[:2]))] = None
        found.pop("", None)
        if len(found) == DISTINCT:
            break
    return list(found)


def draw_often(questions: Sequence[str]) -> list[str]:
    """Questions drawn as people ask them: the one of rank n with a weight of 1/n."""
    weights = list(accumulate(1 / rank for rank in range(1, len(questions) + 1)))
    return Random(2).choices(questions, cum_weights=weights, k=20 * DISTINCT)


@contextmanager
def serve(base: Path, workers: int, path: str) -> Iterator[int]:
    """The number of a server's process, which has answered once."""
    line = [sys.executable, "-m", "kbcli", "--kb", str(base), "serve"]
    line += ["--port", str(PORT), "--workers", str(workers)]
    process = subprocess.Popen(line, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 300
        while time.monotonic() < until:
            with suppress(OSError):
                connection = HTTPConnection("127.0.0.1", PORT, timeout=200)
                connection.request("GET", f"{path}?q=first", headers={"Host": f"localhost:{PORT}"})
                if (answer := connection.getresponse()).status != 200:
                    sys.exit(f"the server answers {answer.status}: {answer.read().decode()}")
                break
            time.sleep(0.1)
        # Each process opens the index at its first question.
        run_clients(["first", "second"], path, 16, 2)
        yield process.pid
    finally:
        process.terminate()
        process.wait(20)


def measure(process: int, questions: Sequence[str], path: str, clients: int, seconds: float) -> Load:
    """Ask a server that runs, from a process of its own."""
    began = read_processor_time(process)
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        times, fallen = pool.apply(run_clients, (questions, path, clients, seconds))
    return Load(times, fallen, read_processor_time(process) - began, read_memory(process))


def run_clients(questions: Sequence[str], path: str, clients: int, seconds: float) -> tuple[list[float], int]:
    """The seconds that each answer took, of so many connections that ask one question after the other, and how many said that an engine did not give them."""
    return asyncio.run(_run_clients(questions, path, clients, seconds))


async def _run_clients(
    questions: Sequence[str], path: str, clients: int, seconds: float
) -> tuple[list[float], int]:
    times: list[float] = []
    fallen = 0
    until = time.monotonic() + seconds
    places = count()

    async def ask() -> None:
        nonlocal fallen
        reader, writer = await asyncio.open_connection("127.0.0.1", PORT)
        while time.monotonic() < until:
            question = quote(questions[next(places) % len(questions)])
            began = time.monotonic()
            writer.write(f"GET {path}?q={question} HTTP/1.1\r\nHost: localhost:{PORT}\r\n\r\n".encode())
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            assert head.startswith(b"http/1.1 200"), (question, head)
            size = re.search(rb"content-length: (\d+)", head)
            assert size is not None, head
            fallen += b'"used":false' in (await reader.readexactly(int(size[1]))).replace(b" ", b"")
            times.append(time.monotonic() - began)
        writer.close()

    await asyncio.gather(*(ask() for _ in range(clients)))
    return times, fallen


def list_processes(process: int) -> list[int]:
    """A process and its children."""
    with suppress(OSError):
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
        return [process, *(int(child) for child in children)]
    return [process]


def read_processor_time(process: int) -> float:
    """Seconds of processor time of a process and its children."""
    ticks = 0
    for one in list_processes(process):
        with suppress(OSError):
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def read_memory(process: int) -> float:
    """What a process and its children hold in memory, in MB; what they share is counted for each."""
    sizes = (Path(f"/proc/{one}/status").read_text() for one in list_processes(process))
    return sum(int(re.findall(r"VmRSS:\s+(\d+)", text)[0]) for text in sizes) / 1024


if __name__ == "__main__":
    main()
