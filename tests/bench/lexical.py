"""What tickets are answered with elsewhere: SQLite FTS5 over words or trigrams, and Whoosh with stems, all ORing the raw text."""

import re
import sqlite3
from collections.abc import Callable, Mapping

from whoosh.analysis import StemmingAnalyzer
from whoosh.fields import ID, TEXT, Schema
from whoosh.index import create_in
from whoosh.qparser import OrGroup, QueryParser

Ranker = Callable[[str], list[str]]
"""From a text to the names of the ten best documents, best first."""

DEPTH = 10


def make_trigrams(documents: Mapping[str, str]) -> Ranker:
    """FTS5 with the trigram tokenizer, asked for any trigram of the words of the text."""

    def cut(text: str) -> list[str]:
        words = re.findall(r"\w{3,}", text.lower())
        return [word[at : at + 3] for word in words for at in range(len(word) - 2)]

    return _make_fts5(documents, "trigram", cut)


def make_words(documents: Mapping[str, str]) -> Ranker:
    """FTS5 as it comes (unicode61), asked for any word of the text."""
    return _make_fts5(documents, "unicode61", lambda text: re.findall(r"\w+", text.lower()))


def _make_fts5(documents: Mapping[str, str], tokenizer: str, cut: Callable[[str], list[str]]) -> Ranker:
    database = sqlite3.connect(":memory:")
    database.execute(f"CREATE VIRTUAL TABLE cards USING fts5(name UNINDEXED, body, tokenize = '{tokenizer}')")
    database.executemany("INSERT INTO cards VALUES (?, ?)", documents.items())

    def rank(text: str) -> list[str]:
        asked = " OR ".join(f'"{part}"' for part in dict.fromkeys(cut(text)))
        if not asked:
            return []
        rows = database.execute(
            "SELECT name FROM cards WHERE cards MATCH ? ORDER BY bm25(cards) LIMIT ?", (asked, DEPTH)
        )
        return [name for (name,) in rows]

    return rank


def make_stems(documents: Mapping[str, str], folder: str) -> Ranker:
    """Whoosh with its stemming analyzer and BM25F, asked for any word of the text; its index is put in an empty folder."""
    index = create_in(folder, Schema(name=ID(stored=True), body=TEXT(analyzer=StemmingAnalyzer())))
    writer = index.writer()
    for name, body in documents.items():
        writer.add_document(name=name, body=body)
    writer.commit()
    searcher = index.searcher()
    parser = QueryParser("body", index.schema, plugins=[], group=OrGroup)

    def rank(text: str) -> list[str]:
        words = " ".join(dict.fromkeys(token.text for token in StemmingAnalyzer(stoplist=None)(text)))
        return [hit["name"] for hit in searcher.search(parser.parse(words), limit=DEPTH)]

    return rank


def measure_place(ranked: list[str], right: str) -> float:
    """The reciprocal of the place of the right document, from 1; 0 where it is not among the ranked."""
    return 1 / (ranked.index(right) + 1) if right in ranked else 0.0
