"""Fixtures for the index on disk.

- `make_config` makes a knowledge base of given files, in git or not, and gives its Config.
- `expect_in_step` opens its index and proves that it holds what the files say now.
- `describe` tells all that a reader says.
- `start_python` runs a script in a process.
- `make_documents` gives made-up documents for a seed.
"""

import random
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from datedgit import make_repository
from memoryindex import MemoryIndex

from kbcli.config import Config, load_config
from kbcli.foundation.git.worktree import find_git_root
from kbcli.knowledge.cards.library import load_library
from kbcli.knowledge.index.documents import IndexDocument, make_document
from kbcli.knowledge.index.record import CardRecord
from kbcli.knowledge.index.schema import FIELDS, FILTER_FIELDS
from kbcli.knowledge.index.sync import OpenIndex, open_local_index
from kbcli.knowledge.index.whoosh.disk import DiskReader

WORDS = (*(f"word{number}" for number in range(300)), "straße", "日本", "ключ", "क्या", "a" * 500, "x\udc80y")


@pytest.fixture
def make_config(tmp_path: Path) -> Callable[..., Config]:
    """A function: files by path → Config of a knowledge base that holds them, committed with `git=True`."""

    def make(files: Mapping[str, str], *, git: bool = False, name: str = "kb") -> Config:
        root = tmp_path / name
        for path, text in {"kb.toml": "", **files}.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")
        if git:
            make_repository(root)
            for arguments in (("add", "-A"), ("commit", "-q", "-m", "Begin")):
                subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True)
        return load_config(root, find_git_root(root))

    return make


@pytest.fixture
def expect_in_step() -> Callable[..., OpenIndex]:
    """A function: open the index of a Config, compare it with its files, and return it."""

    def expect(config: Config, **options: object) -> OpenIndex:
        index = open_local_index(config, **options)
        cards = load_library(config).cards
        expected = MemoryIndex([make_document(card, card.body_offset) for card in cards])
        assert _describe(index.reader) == _describe(expected)
        return index

    return expect


@pytest.fixture
def describe() -> Callable[[DiskReader], dict[str, object]]:
    """A function: all that a reader says, in terms of paths instead of document numbers."""
    return _describe


def _describe(reader: DiskReader) -> dict[str, object]:
    numbers = {
        number
        for field in FILTER_FIELDS
        for term, _ in reader.terms(field)
        for number in reader.postings(field, term)[0]
    }
    records = {number: reader.record(number) for number in sorted(numbers)}
    told: dict[str, object] = {
        "count": reader.doc_count,
        "records": {item.path: item for item in records.values()},
    }
    for field in (*FIELDS, *FILTER_FIELDS):
        lengths = reader.lengths(field)
        told[field] = {
            "average": reader.average_length(field) if field in FIELDS else 0,
            "lengths": {record.path: lengths[number] for number, record in records.items()},
            "terms": {
                term: (
                    count,
                    reader.document_frequency(field, term),
                    _name_postings(reader, records, field, term),
                )
                for term, count in reader.terms(field)
            },
        }
    return told


def _name_postings(
    reader: DiskReader, records: Mapping[int, CardRecord], field: str, term: str
) -> dict[str, float]:
    numbers, weights = reader.postings(field, term)
    assert list(numbers) == sorted(set(numbers))
    return {records[number].path: weight for number, weight in zip(numbers, weights, strict=True)}


@pytest.fixture
def make_documents() -> Callable[..., list[IndexDocument]]:
    """A function: count and seed → made-up documents with every kind of term and of posting list."""

    def make(count: int, seed: int = 0, prefix: str = "card") -> list[IndexDocument]:
        chance = random.Random(seed)
        return [_make_up(chance, f"{prefix}/{number}.md", number % 60 == 7) for number in range(count)]

    return make


def _make_up(chance: random.Random, path: str, is_huge: bool) -> IndexDocument:
    values = {
        "path": path,
        "id": path[:-3],
        "title": f"Title of {path} „é“ 日本",
        "owners": ("o", "p"),
        "tags": (),
    }
    record = CardRecord._make(values.get(name, "") for name in CardRecord._fields)
    body = chance.choices(WORDS, k=int(chance.paretovariate(1) * 20) % 900)
    body += ["everywhere"] * (70_000 if is_huge else chance.choice((1, 1, 1, 2, 300)))
    terms = {
        "title": chance.choices(WORDS, k=3),
        "body": body,
        "status": ["active"],
        "path": [path.partition("/")[0], path],
    }
    return IndexDocument(record, terms)


@pytest.fixture
def start_python() -> Callable[[str], str]:
    """A function: run a script in a Python of its own, and give what it printed."""

    def start(script: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", script], check=True, capture_output=True, text=True, timeout=60
        )
        return done.stdout

    return start
