"""Promises of comparing a new text with all cards: nothing is read twice, and what is found is what pairs are."""

from datetime import date
from pathlib import Path

import pytest

from kbcli.config import Config, load_config
from kbcli.knowledge.cards.reader import read_card
from kbcli.knowledge.index.sync import open_local_index
from kbcli.knowledge.likeness.pairs import ShingleCache
from kbcli.knowledge.search import neighbours
from kbcli.knowledge.search.neighbours import find_repeated_cards

TEXT = "Open the payment and choose Refund. The money arrives in five days on the card that paid it.\n"


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """A knowledge base with two copies of a text, one of them archived, a German translation, and another card."""
    root = tmp_path / "kb"
    root.mkdir()
    for name, header in {
        "a": "title: A",
        "old": "status: archived",
        "de": "translation_of: a\nlang: de",
    }.items():
        (root / f"{name}.md").write_text(f"---\n{header}\n---\n{TEXT}")
    (root / "other.md").write_text("Wait for the time that the header names.\n")
    return load_config(root)


def find(config: Config, folder: Path, text: str, **options: int) -> list[tuple[str, float]]:
    """(ID, likeness) of what a text repeats."""
    new = read_card(text.encode(), "new.md", config)
    cache = ShingleCache(config, folder)
    reader = open_local_index(config).reader
    found = find_repeated_cards(config, reader, new, cache, today=date(2026, 11, 21), **options)
    return [(one.card.id, round(one.similarity, 2)) for one in found]


def test_the_best_come_first_and_archived_cards_not_at_all(config: Config, tmp_path: Path) -> None:
    """As for pairs of cards; no more than asked for."""
    assert [ident for ident, _ in find(config, tmp_path / "c", TEXT)] == ["de", "a"]
    assert [ident for ident, _ in find(config, tmp_path / "c", TEXT, limit=1)] == ["de"]
    assert find(config, tmp_path / "c", "Nothing of that, and no word more than that.\n") == []


def test_a_new_translation_is_no_copy_of_its_source_or_of_its_siblings(
    config: Config, tmp_path: Path
) -> None:
    """What a translation has not translated yet is not held against it."""
    header = "---\ntranslation_of: a\nlang: it\n---\n"
    assert find(config, tmp_path / "c", header + TEXT) == []


def test_a_file_is_read_once(config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second time only the card that is named is read, and what was edited meanwhile."""
    text = (config.root / "other.md").read_text()
    assert find(config, tmp_path / "c", text) == [("other", 1.0)]
    read: list[str] = []
    load = neighbours.load_card_file
    monkeypatch.setattr(
        neighbours,
        "load_card_file",
        lambda config, entry, note: (read.append(entry.path), load(config, entry, note))[1],
    )
    assert find(config, tmp_path / "c", text) == [("other", 1.0)]
    assert read == ["other.md"]
    (config.root / "a.md").write_text("Something that nobody said before.\n")
    assert find(config, tmp_path / "c", text) == [("other", 1.0)]
    assert read[1:] == ["a.md", "other.md"]
