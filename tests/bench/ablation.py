"""What each part of the ranking is worth: nDCG@10 of retrieval sets with one part after the other taken out.

python -m tests.bench.ablation SET [SET …]

SET is a folder as `kb eval --set` reads it. Printed is a Markdown table: of all queries, and in
brackets of those with an odd CRC-32 of their ID, by which no constant was chosen.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from unittest import mock

from kbcli.foundation.text import pipeline
from kbcli.foundation.text.pipeline import QueryWord, analyse_query
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.evals.evaluation import ndcg_at
from kbcli.knowledge.evals.retrieval_set import RetrievalSet, choose_half, read_retrieval_set
from kbcli.knowledge.index.documents import make_document
from kbcli.knowledge.index.port import Question
from kbcli.knowledge.index.whoosh import scoring
from kbcli.knowledge.index.whoosh.disk import DiskReader
from tests.memoryindex import build_index

Words = list[QueryWord]


def main() -> int:
    """Measure and print."""
    sets = [read_retrieval_set(Path(name)) for name in sys.argv[1:]]
    if not sets:
        print(__doc__)
        return 2
    bases = [(found, make_reader(found)) for found in sets]
    print("| | " + " | ".join(found.name for found, _ in bases) + " |")
    print("|---|" + "---|" * len(bases))
    for name, changes, drop in list_parts():
        with take_out(changes):
            cells = [measure(found, reader, drop) for found, reader in bases]
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)
    return 0


def make_reader(found: RetrievalSet) -> DiskReader:
    """The documents of a set as cards in an index."""
    cards = (
        Card(
            id=doc.id, path=f"{doc.id}.md", title=doc.title, own_title=doc.title, lang=doc.lang, body=doc.text
        )
        for doc in found.documents
    )
    return build_index(make_document(card, 0) for card in cards)


def list_parts() -> Iterator[tuple[str, Sequence[tuple[ModuleType, str, object]], str]]:
    """Name, constants to change, and what to drop from the words, for each row of the table."""
    yield "**as shipped**", (), ""
    yield "no heading part", ((scoring, "HEADING", 0.0),), ""
    yield "function words count in bodies like others", ((scoring, "DOUBT", 1.0),), ""
    yield "function words weigh by the whole base, not by their language", ((scoring, "OWN", 10**9),), ""
    yield "no pieces of words", (), "grams"
    yield "no factor for missing words", ((scoring, "MISSING", 0.0),), ""
    yield (
        "identifiers count like other words",
        ((pipeline, "IDENTIFIER_WEIGHT", 1.0), (scoring, "HEADING_IDENTIFIER", scoring.HEADING)),
        "",
    )
    yield (
        "no length normalisation of bodies",
        ((scoring, "LENGTH_NORM", scoring.LENGTH_NORM | {"body": 0.0}),),
        "",
    )
    yield "numbers within compounds count in full", ((pipeline, "FRAGMENT_WEIGHT", 1.0),), ""


@contextmanager
def take_out(changes: Sequence[tuple[ModuleType, str, object]]) -> Iterator[None]:
    """Change constants of modules for as long as the block lasts."""
    patches = [mock.patch.object(module, name, value) for module, name, value in changes]
    for patch in patches:
        patch.start()
    try:
        yield
    finally:
        for patch in patches:
            patch.stop()


def measure(found: RetrievalSet, reader: DiskReader, drop: str) -> str:
    """Mean nDCG@10 of all queries, and of the odd half in brackets."""
    scores: dict[str, float] = {}
    for query in found.queries:
        words: Words = analyse_query(query.text, [found.lang or query.lang or "en"])
        if drop == "grams":
            words = [word._replace(grams=()) for word in words]
        hits = reader.candidates(Question(tuple(words), query.lang), 10).items
        scores[query.id] = ndcg_at([hit.record.id for hit in hits], found.grades[query.id])
    odd = [scores[query.id] for query in choose_half(found.queries, "odd")]
    return f"{sum(scores.values()) / len(scores):.3f} ({sum(odd) / max(len(odd), 1):.3f})"


if __name__ == "__main__":
    sys.exit(main())
