"""`make_base` makes a knowledge base of real files and reads them into an index that stays in memory."""

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest
from memoryindex import build_index

from kbcli.config import Config, load_config
from kbcli.knowledge.cards.reader import read_card
from kbcli.knowledge.index.documents import make_document
from kbcli.knowledge.index.whoosh.disk import DiskReader
from kbcli.knowledge.search.engine import SearchResult, search_cards

TODAY = date(2026, 11, 21)


class Base(NamedTuple):
    """A knowledge base: its folder's settings, its index, and `search(query, …)` in it."""

    config: Config
    reader: DiskReader
    search: Callable[..., SearchResult]

    def find(self, query: str, **options: object) -> list[str]:
        """The IDs of the hits, best first."""
        return [hit.record.id for hit in self.search(query, **options).hits]


@pytest.fixture
def make_base(tmp_path: Path) -> Callable[[Mapping[str, str]], Base]:
    """A function: texts (or bytes) of files by path → the base of those that are cards."""

    def make(files: Mapping[str, str | bytes]) -> Base:
        root = tmp_path / "base"
        for path, text in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(text if isinstance(text, bytes) else text.encode())
        config = load_config(root)
        cards = [
            read_card((root / path).read_bytes(), path, config) for path in files if path.endswith(".md")
        ]
        reader = build_index(make_document(card, card.body_offset) for card in cards)
        return Base(config, reader, partial(search_cards, config, reader, today=TODAY))

    return make
