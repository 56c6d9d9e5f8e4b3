"""How often kb says that nothing fits: of right first hits, and where the right card is not there.

python -m tests.bench.fit SET [SET …] [--content] [--half odd] [--most 400]

SET is a folder as `kb eval --set` reads it. Each set is asked its own questions; those again whose right documents are
in a fourth of it, without that fourth; and the questions of the other sets in its language. `--content` adds the search tests of
the starter knowledge base, and has it asked the questions of all sets. Printed are the parts called weak, and
by which value 1, 2, 5 and 10 % of the right first hits would be, and how many of the others then: the constant of `search/fitting.py` was chosen so on the even half.
"""

import argparse
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from zlib import crc32

from kbcli.config import Config, load_config
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.cards.library import load_library
from kbcli.knowledge.evals import HALVES
from kbcli.knowledge.evals.retrieval_set import (
    RetrievalSet,
    SetText,
    build_base,
    choose_half,
    read_retrieval_set,
)
from kbcli.knowledge.evals.search_tests import read_search_tests
from kbcli.knowledge.index.building import index_files
from kbcli.knowledge.index.port import Backend
from kbcli.knowledge.search.engine import search_cards
from kbcli.knowledge.search.fitting import FITTING
from kbcli.knowledge.search.query import Query
from tests.bench.keywords import DAY
from tests.bench.mails import CONTENT

FOLDS = 4
SHARES = (0.01, 0.02, 0.05, 0.10)
RIGHT, GONE, OTHER = "right", "taken out", "another domain"


class Case(NamedTuple):
    """One question asked: of which base, what is known of its answer, and the fit of the first hit (None: no hit)."""

    base: str
    kind: str
    fit: float | None


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.fit")
    parser.add_argument("sets", type=Path, nargs="+")
    parser.add_argument("--content", action="store_true")
    parser.add_argument("--half", choices=HALVES, default="")
    parser.add_argument("--most", type=int, default=400)
    chosen = parser.parse_args()
    sets = [
        replace(found, queries=choose_some(choose_half(found.queries, chosen.half), chosen.most))
        for found in map(read_retrieval_set, chosen.sets)
    ]
    cases = [case for found in sets for case in ask_set(found, sets)]
    if chosen.content:
        cases += ask_content(sets, chosen.half)
    print(
        "| base | right first hits | called weak | taken out | called weak | another domain | called weak |"
    )
    print("|---|---:|---:|---:|---:|---:|---:|")
    for base in (*dict.fromkeys(case.base for case in cases), "all"):
        print(write_row(base, [case for case in cases if base in (case.base, "all")]), flush=True)
    print("\n| right first hits called weak | by a fit below | taken out | another domain |")
    print("|---:|---:|---:|---:|")
    for share in SHARES:
        print(write_point(share, cases))
    return 0


def ask_set(found: RetrievalSet, sets: Sequence[RetrievalSet]) -> Iterator[Case]:
    """The questions of a set, with its documents, without theirs, and those of other sets in its language."""
    with build_base(found) as base:
        for query in found.queries:
            first, fit = ask(base.config, base.reader, query.text)
            if found.grades[query.id].get(base.names.get(first, ""), 0) > 0:
                yield Case(found.name, RIGHT, fit)
        for other in sets:
            if other.name != found.name and other.lang == found.lang:
                for query in choose_some(other.queries, 100):
                    yield Case(found.name, OTHER, ask(base.config, base.reader, query.text)[1])
    for fold in range(FOLDS):
        left = tuple(item for item in found.documents if crc32(item.id.encode()) % FOLDS != fold)
        names = {item.id for item in left}
        with build_base(replace(found, documents=left)) as base:
            for query in found.queries:
                if not any(grade > 0 and name in names for name, grade in found.grades[query.id].items()):
                    yield Case(found.name, GONE, ask(base.config, base.reader, query.text)[1])


def ask_content(sets: Sequence[RetrievalSet], half: str) -> Iterator[Case]:
    """The same of the starter knowledge base; a card is taken out with its translations."""
    config = load_config(CONTENT)
    cards = load_library(config).cards
    source = {card.id: card.translation_of or card.id for card in cards}
    asked = [
        test
        for test in read_search_tests(CONTENT / "search-tests.toml", "search-tests.toml").tests
        if test.expect
    ]
    named = {test.query: test.expect for test in asked}
    texts = choose_half([SetText(text, "", text, "") for text in named], half)
    for fold in (None, *range(FOLDS)):
        gone = {name for name in source if crc32(source[name].encode()) % FOLDS == fold}
        index = index_files(config, [card.path for card in cards if card.id not in gone], lambda *_: None)
        for query in texts:
            if fold is not None and not gone.issuperset(named[query.text]):
                continue
            first, fit = ask(config, index, query.text)
            if fold is not None or first in named[query.text]:
                yield Case("content", RIGHT if fold is None else GONE, fit)
        if fold is None:
            for other in sets:
                for query in choose_some(other.queries, 100):
                    yield Case("content", OTHER, ask(config, index, query.text)[1])


def choose_some(queries: Sequence[SetText], most: int) -> tuple[SetText, ...]:
    """At most so many questions, by chance, the same each time."""
    return tuple(sorted(queries, key=lambda query: crc32(f"{query.id}.".encode()))[:most])


def ask(config: Config, index: Backend, text: str) -> tuple[str, float | None]:
    """The ID of the first hit, "" for none, and its fit; nothing in the text is an operator."""
    query = Query(text=text, words=tuple(text.split()))
    found = search_cards(config, index, query, today=DAY, snippets=False)
    return found.hits[0].record.id if found.hits else "", found.fit


def write_point(share: float, cases: Sequence[Case]) -> str:
    """What would be called weak by the fit that a part of the right first hits is below."""
    fits = {
        kind: sorted(case.fit or 0.0 for case in cases if case.kind == kind) for kind in (RIGHT, GONE, OTHER)
    }
    bound = fits[RIGHT][int(len(fits[RIGHT]) * share)]
    gone, other = (sum(fit < bound for fit in fits[kind]) / max(1, len(fits[kind])) for kind in (GONE, OTHER))
    return f"| {share:.0%} | {bound:.3f} | {gone:.3f} | {other:.3f} |"


def write_row(base: str, cases: Sequence[Case]) -> str:
    """One row of the table; to find nothing is to say that nothing fits."""
    fits: defaultdict[str, list[float]] = defaultdict(list)
    for case in cases:
        fits[case.kind].append(0.0 if case.fit is None else case.fit)
    cells = [
        f"{len(them)} | {sum(fit < FITTING for fit in them) / len(them):.3f}" if them else "0 |"
        for them in (fits[RIGHT], fits[GONE], fits[OTHER])
    ]
    return f"| {base} | {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main())
