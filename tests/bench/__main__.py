"""Whole-process timings of kb against its limits and its peers, as one table.

python -m tests.bench [--cards FOLDER] [--sizes 100,1000,10000] [--runs 7] [--only search,check]

`--cards` is any folder of Markdown (the more the better; without it the cards of content/ are cut
at their headings). Nothing is fetched; peers that are not installed are named and left out. KB_MANAGER names the program of
kb-manager, which is called `kb` as well.
"""

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path

from tests.bench import notebooks, peers
from tests.bench.corpus import cut_documents, find_documents, make_base, make_branch
from tests.bench.history import make_history
from tests.bench.interleaving import Contender, find_ratio, run_rounds
from tests.bench.memory import measure_memory

ROOT = Path(__file__).parents[2]
DAY = "2026-11-21"
WORDS = "connection error timeout"
Row = tuple[str, float, str, float, float | None]


def main() -> int:
    """Measure and print; 1 when a limit is passed."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("--cards", type=Path, default=ROOT / "content")
    parser.add_argument("--sizes", default="100,1000")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--only", default="start,search,update,check,build,report")
    chosen = parser.parse_args()
    kinds = set(chosen.only.split(","))
    print(
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {platform.platform()}, Python {platform.python_version()}"
    )
    missing = [name for name in ("rg", "git", "nb") if shutil.which(name) is None]
    missing += [] if os.environ.get("KB_MANAGER") else ["kb-manager (set KB_MANAGER to its program)"]
    print(f"not installed, left out: {', '.join(missing) or 'none'}\n")
    print(f"{'what':44} {'ms':>9}  {'against':34} {'ratio':>7} {'limit':>7}")
    with tempfile.TemporaryDirectory(prefix="kb-bench-") as name:
        os.environ["XDG_CACHE_HOME"] = f"{name}/cache"
        rows = [row for row in _measure(chosen, Path(name), kinds) if _print_row(row)]
    return int(any(limit is not None and ratio > limit for _, _, _, ratio, limit in rows))


def _print_row(row: Row) -> bool:
    what, median, against, ratio, limit = row
    mark = "" if limit is None else f"{limit:>7}" + ("" if ratio <= limit else "  OVER")
    print(f"{what:44} {median:9.1f}  {against:34} {ratio:7.2f} {mark}", flush=True)
    return True


def _measure(chosen: argparse.Namespace, folder: Path, kinds: set[str]) -> Iterator[Row]:
    # What people run is the script that pip puts beside Python; `-m` costs some milliseconds more.
    script = Path(sys.executable).with_name("kb")
    kb = [str(script)] if script.exists() else [sys.executable, "-m", "kbcli"]
    os.environ["PYTHONPATH"] = str(ROOT)
    # Without its bytecode, every start of kb and of its peers would compile them anew.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    if "start" in kinds:
        yield from _measure_start(kb, chosen.runs)
    documents = find_documents(chosen.cards)
    for size in (int(text) for text in chosen.sizes.split(",")):
        base = folder / f"kb{size}"
        if kinds & {"build", "search", "update"}:
            make_base(base, cut_documents(documents, size))
        command = [*kb, "--kb", str(base), "--today", DAY]
        if "build" in kinds:
            yield from _measure_build(command, base, size, max(1, chosen.runs // 3))
        if "search" in kinds:
            yield from _measure_search(command, base, size, chosen.runs)
        if "update" in kinds:
            yield from _measure_update(command, base, size, chosen.runs)
        if kinds & {"check", "report"}:
            past = folder / f"kb{size}-past"
            make_base(past, cut_documents(documents, size))
            make_history(past)
            command = [*kb, "--kb", str(past), "--today", DAY]
            if "check" in kinds:
                yield from _measure_check(command, past, size, max(3, chosen.runs // 2))
            if "report" in kinds:
                yield from _measure_report(command, past, size, max(1, chosen.runs // 3))


def _compare(one: Contender, others: list[tuple[Contender, float | None]], runs: int) -> Iterator[Row]:
    run_rounds([one, *(other for other, _ in others)], runs)
    for other, limit in others:
        yield one.name, one.median, f"{other.name} {other.median:.1f}", find_ratio(one, other), limit


def _measure_start(kb: list[str], runs: int) -> Iterator[Row]:
    bare = Contender("python -c pass", [sys.executable, "-c", "pass"])
    yield from _compare(Contender("kb --version", [*kb, "--version"]), [(bare, 6)], runs)
    bare.seconds.clear()
    yield from _compare(Contender("kb --help", [*kb, "--help"]), [(bare, 12)], runs)


def _measure_search(command: list[str], base: Path, size: int, runs: int) -> Iterator[Row]:
    bare = Contender("python -c pass", [sys.executable, "-c", "pass"])
    search = Contender(f"kb search, warm, {size}", [*command, "search", *WORDS.split()])
    others = [(bare, 15.0 if size == 1000 else None)]
    limits = {1000: (10.0, 6.0), 10_000: (2.0, 6.0), 100_000: (0.75, 6.0)}.get(size, (None, None))
    if rg := peers.make_ripgrep(base, WORDS):
        others.append((rg, limits[0]))
    others.append((peers.make_fts5(base, WORDS), limits[1]))
    others.append((peers.make_git_grep(base, WORDS), None))
    yield from _compare(search, others, runs)
    for slow in (*notebooks.make_nb(base, WORDS), *notebooks.make_kb_manager(base, WORDS)):
        # They take seconds to minutes: once is enough.
        search.seconds.clear()
        yield from _compare(search, [(slow, None)], 1)
    plain = Contender("plain", [*command, "search", *WORDS.split()])
    variants = {
        "prefix": ["connect*"], "phrase": ['"the connection"'], "filter": ["connection", "tag:part07"], "state": ["connection", "state:due"],
        "misspelt": ["conection"], "twice misspelt": ["conection", "timout"], "by sound": ["कंटेनर"],
    }  # fmt: skip
    for name, words in variants.items():
        plain.seconds.clear()
        variant = Contender(f"  {name} query, {size}", [*command, "search", *words])
        yield from _compare(variant, [(plain, 2.0 if size == 10_000 else None)], runs)
    plain.seconds.clear()
    ticket = peers.write_ticket(base)
    yield from _compare(
        Contender(f"  ticket, {size}", ["sh", "-c", f'{" ".join(command)} search - < "{ticket}"']),
        [(plain, 2.0)],
        runs,
    )
    plain.seconds.clear()
    ticket = peers.write_long_ticket(base)
    yield from _compare(
        Contender(
            f"  ticket of 5,000 words, {size}", ["sh", "-c", f'{" ".join(command)} search - < "{ticket}"']
        ),
        [(plain, None)],
        runs,
    )


def _measure_update(command: list[str], base: Path, size: int, runs: int) -> Iterator[Row]:
    cards = sorted(base.rglob("card*.md"))
    plain = Contender("warm search", [*command, "search", *WORDS.split()])

    def touch(count: int) -> None:
        for card in cards[:count]:
            with card.open("a", encoding="utf-8") as stream:
                stream.write("\nAnother line about the connection.\n")

    for count in (1, 100):
        if count < size:
            plain.seconds.clear()
            edited = Contender(
                f"kb search after {count} edits, {size}", plain.command, before=lambda n=count: touch(n)
            )  # type: ignore[misc]
            run_rounds([plain, edited], runs)
            more = edited.median - plain.median
            yield edited.name, edited.median, f"{plain.name} + {more:.0f} ms", find_ratio(edited, plain), None
    yield from _measure_switch(command, base, size)


def _measure_switch(command: list[str], base: Path, size: int) -> Iterator[Row]:
    """A search after `git checkout` of a branch on which half of the cards differ, against a rebuild."""
    make_branch(base, "half")
    turn = cycle(("half", "-"))
    cache = Path(os.environ["XDG_CACHE_HOME"])

    def switch() -> None:
        subprocess.run(["git", "-C", base, "checkout", "-q", next(turn)], check=True)

    search = [*command, "search", "connection"]
    switched = Contender(f"search after git checkout, half new, {size}", search, before=switch)
    rebuilt = Contender(
        "search with a rebuild", search, before=lambda: shutil.rmtree(cache, ignore_errors=True)
    )
    yield from _compare(switched, [(rebuilt, 1.0 if size >= 1000 else None)], 3)


def _measure_build(command: list[str], base: Path, size: int, runs: int) -> Iterator[Row]:
    cache = Path(os.environ["XDG_CACHE_HOME"])
    build = Contender(
        f"first build and search, {size}", [*command, "search", "connection"],
        before=lambda: shutil.rmtree(cache, ignore_errors=True),
    )  # fmt: skip
    whoosh = peers.make_whoosh_build(base)
    yield from _compare(build, [(whoosh, 0.4 if size >= 1000 else None)], runs)
    yield f"  its peak memory, {size} (MB)", measure_memory(build), "", 0.0, None


def _measure_check(command: list[str], base: Path, size: int, runs: int) -> Iterator[Row]:
    """The gate on a base with a past, `--base` also without what an earlier run has left in the cache."""
    loop = peers.make_frontmatter_loop(base)
    yield from _compare(
        Contender(f"kb check, {size}", [*command, "check"]), [(loop, 2.5 if size >= 10_000 else None)], runs
    )
    changed = [*command, "check", "--base", "HEAD~5"]
    for one in (
        Contender(f"kb check --base HEAD~5, cold, {size}", changed, before=_drop_cache),
        Contender(f"kb check --base HEAD~5, {size}", changed),
        Contender(f"kb stale, {size}", [*command, "stale"]),
    ):
        loop.seconds.clear()
        yield from _compare(one, [(loop, None)], max(1, runs // 2))


def _measure_report(command: list[str], base: Path, size: int, runs: int) -> Iterator[Row]:
    """The report with the curve over the whole past, first without a cache."""
    loop = peers.make_frontmatter_loop(base)
    for one in (
        Contender(f"kb report, cold, {size}", [*command, "report"], before=_drop_cache),
        Contender(f"kb report, warm, {size}", [*command, "report"]),
    ):
        loop.seconds.clear()
        yield from _compare(one, [(loop, None)], runs)


def _drop_cache() -> None:
    shutil.rmtree(os.environ["XDG_CACHE_HOME"], ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
