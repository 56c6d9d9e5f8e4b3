"""Tickets by the hundred thousand on two nodes of a real engine: pushing, size, memory, and searching at once.

python -m tests.bench.millions SETS FOLDER [--count 200000] [--heap 1g] [--searches 300] [--shards 1]

SETS holds retrieval sets (folders with docs.jsonl and queries.jsonl). Tickets are recombined from their texts: one to
three queries are asked, one to three paragraphs answered, and every ticket has a code of its own. FOLDER takes the
archive, which is kept and used again by the next run; the engine's data are in a temporary folder. Searches are such
queries, of which a third has the code of a ticket. The engine is that of `tests.engine.cluster`, on this machine, as
is all else: processor time tells more than time by the clock.
"""

import argparse
import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import date, timedelta
from multiprocessing import get_context
from pathlib import Path
from random import Random
from statistics import quantiles

from kbcli.foundation.opensearch import failures
from kbcli.knowledge.index.opensearch import opening
from kbcli.operations.base import Base
from kbcli.operations.tickets.push import push_tickets
from kbcli.operations.tickets.search import search_tickets
from kbcli.support.tickets.engine.pushing import SHARDS
from kbcli.support.tickets.recording import begin_recording, make_record
from kbcli.support.tickets.redaction import RULES_VERSION
from kbcli.support.tickets.ticket import CLOSED, CUSTOMER, US, Message, Ticket
from tests.engine.cluster import Cluster, find_engine

ANSWER_SECONDS = opening.ANSWER_SECONDS
_FIRST = date(2020, 1, 1)
_TICK = os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.millions")
    parser.add_argument("sets", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=200_000)
    parser.add_argument("--heap", default="1g")
    parser.add_argument("--searches", type=int, default=300)
    parser.add_argument("--shards", type=int, default=SHARDS)
    chosen = parser.parse_args()
    texts = read_texts(chosen.sets)
    base = chosen.folder / "base"
    base.mkdir(parents=True, exist_ok=True)
    (base / "kb.toml").write_text('[engine]\nindex = "kb-bench"\n[tickets]\nkeep = "never"\n')
    os.environ["KB_TICKETS"] = str(chosen.folder / "archive")
    fill_archive(chosen.folder / "archive", texts, chosen.count)
    heap = (f"-Xms{chosen.heap}", f"-Xmx{chosen.heap}", "-XX:+UseSerialGC")
    with Cluster(find_engine(), java=heap, within=600) as cluster:
        os.environ["KB_ENGINE_URLS"] = " ".join(cluster.urls)
        kb = Base(str(base))
        measure_push(kb, cluster, chosen.shards)
        queries = make_queries(texts, chosen.count, chosen.searches)
        for clients in (1, 16):
            measure_searches(base, cluster, queries, clients)


def read_texts(sets: Path) -> list[tuple[str, list[str], list[str]]]:
    """Of each set its language, what is asked and what is answered."""
    found = []
    for folder in sorted(path.parent for path in sets.glob("*/docs.jsonl")):
        rows = {
            name: [json.loads(line) for line in (folder / f"{name}.jsonl").read_text().splitlines()]
            for name in ("docs", "queries")
        }
        asked = [str(row["text"]) for row in rows["queries"]]
        found.append((folder.name[-2:], asked, [str(row["text"]) for row in rows["docs"]]))
    return found


def make_tickets(
    texts: Sequence[tuple[str, list[str], list[str]]], count: int
) -> Iterator[tuple[Ticket, str]]:
    """Tickets with their languages."""
    chance = Random(1)
    for number in range(count):
        lang, asked, answers = chance.choice(texts)
        question = " ".join([*chance.sample(asked, chance.randint(1, 3)), f"({name_code(number)})"])
        answer = "\n\n".join(chance.sample(answers, chance.randint(1, 3)))[:2500]
        yield (
            Ticket(
                "bench",
                str(number),
                chance.choice(asked)[:100],
                _FIRST + timedelta(chance.randrange(2000)),
                f"2026-01-01T00:00:00.{number:09}Z",
                CLOSED,
                (Message(CUSTOMER, question), Message(US, answer)),
                tags=(f"area-{chance.randrange(50)}",),
                product=f"product-{chance.randrange(8)}",
                customer=str(chance.randrange(count // 3 + 1)),
            ),
            lang,
        )


def name_code(number: int) -> str:
    """A code that one ticket has."""
    return f"E{number * 7919 % 10_000_019:07}"


def fill_archive(folder: Path, texts: Sequence[tuple[str, list[str], list[str]]], count: int) -> None:
    """Write so many tickets into an archive, unless it holds them."""
    with begin_recording(folder) as recorder:
        held = recorder.count_tickets()
        if held == count:
            return
        assert not held, "another run left another number of tickets"
        began = time.monotonic()
        with recorder.transaction():
            for ticket, lang in make_tickets(texts, count):
                people = [[f"bench:{ticket.customer}"]]
                recorder.put(make_record(recorder.key, ticket, RULES_VERSION, lang, people))
        size = (folder / "archive.sqlite").stat().st_size
        print(
            f"{count} tickets made in {time.monotonic() - began:.0f} s, {size / 1e6:.0f} MB of SQLite",
            flush=True,
        )


def measure_push(kb: Base, cluster: Cluster, shards: int) -> None:
    """Push all, and then nothing."""
    for what in ("all", "nothing new"):
        began, nodes, own = time.monotonic(), sum_processor(cluster), sum(os.times()[:4])
        done = push_tickets(kb, shards=shards if what == "all" else None).pushed
        took = time.monotonic() - began
        print(
            f"push, {what}: {done.written} written in {took:.0f} s, {done.written / took:.0f} a second by the clock;"
            f" processor: kb {sum(os.times()[:4]) - own:.0f} s, nodes {sum_processor(cluster) - nodes:.0f} s"
        )
    cluster.ask("POST", "/kb-bench-tickets-*/_flush", timeout=600)
    for row in cluster.ask("GET", "/_cat/indices/kb-bench-tickets-*?format=json&bytes=b").body:
        print(f"index: {row['docs.count']} tickets, {row['pri']} shards, {int(row['pri.store.size']) / 1e6:.0f} MB,"
              f" {int(row['store.size']) / 1e6:.0f} MB with replicas")  # fmt: skip
    show_memory(cluster)


def show_memory(cluster: Cluster) -> None:
    """What the nodes take."""
    taken = ", ".join(f"{cluster.measure_memory(node) / 1e6:.0f}" for node in cluster.nodes)
    print(f"memory of the nodes: {taken} MB, load {os.getloadavg()[0]:.1f}", flush=True)


def make_queries(texts: Sequence[tuple[str, list[str], list[str]]], count: int, searches: int) -> list[str]:
    """What is searched for."""
    chance = Random(2)
    asked = [chance.choice(chance.choice(texts)[1])[:200] for _ in range(searches)]
    return [
        f"{text} {name_code(chance.randrange(count))}" if place % 3 == 0 else text
        for place, text in enumerate(asked)
    ]


def measure_searches(base: Path, cluster: Cluster, queries: Sequence[str], clients: int) -> None:
    """Search with so many processes at once, each with its part of the queries."""
    parts = [(base, list(queries[client::clients])) for client in range(clients)]
    began, nodes = time.monotonic(), sum_processor(cluster)
    with closing(get_context("spawn").Pool(clients)) as pool:
        answers = [one for part in pool.map(search_part, parts, chunksize=1) for one in part]
    took = time.monotonic() - began
    waits = sorted(wait for wait, *_ in answers)
    of = quantiles(waits, n=100)
    late = sum(wait > ANSWER_SECONDS for wait in waits)
    assert all(is_engine for _, _, is_engine, _ in answers)
    found = sum(count > 0 for *_, count in answers)
    print(
        f"{clients} clients, {len(waits)} searches: p50 {1000 * of[49]:.0f} ms, p95 {1000 * of[94]:.0f} ms;"
        f" {len(waits) / took:.1f} a second with start; processor a search: kb"
        f" {1000 * sum(own for _, own, *_ in answers) / len(waits):.0f} ms,"
        f" nodes {1000 * (sum_processor(cluster) - nodes) / len(waits):.0f} ms; {found} found something,"
        f" {late} took longer than kb waits for"
    )
    show_memory(cluster)


def search_part(part: tuple[Path, list[str]]) -> list[tuple[float, float, bool, int]]:
    """Of each query how long it took by the clock and by the processor, whether the engine answered, and how many it found."""
    # A machine that does all at once is slow: so that each answer is waited for, and those too slow for a user counted.
    opening.ANSWER_SECONDS, failures.FAILURE_SECONDS = 60.0, 0.0
    kb = Base(str(part[0]))
    answers = []
    for place, query in enumerate(["warm up", *part[1]]):
        began, own = time.monotonic(), time.process_time()
        found = search_tickets(kb, query, limit=10)
        is_engine = found.engine is not None and found.engine.used == "engine"
        if place:
            answers.append((time.monotonic() - began, time.process_time() - own, is_engine, len(found.hits)))
    return answers


def sum_processor(cluster: Cluster) -> float:
    """The seconds of processor time that the nodes took so far."""
    taken = 0
    for node in cluster.nodes:
        fields = Path(f"/proc/{cluster.pid(node)}/stat").read_text().rpartition(")")[2].split()
        taken += int(fields[11]) + int(fields[12])
    return taken / _TICK


if __name__ == "__main__":
    main()
