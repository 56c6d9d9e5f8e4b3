"""Which cards translations are asked for."""

from pathlib import Path

from kbcli.config import Config
from kbcli.knowledge.cards.library import load_library
from kbcli.knowledge.trust.translations import list_translations


def test_background_cards_are_asked_for_only_when_named_or_translated(tmp_path: Path) -> None:
    """A manual beside the cards makes no row for each language, but for what somebody did translate of it."""
    pages = {
        "en/a.md": "lang: en",
        "de/a.md": "lang: de\ntranslation_of: en/a",
        "manual/x.md": "lang: en",
        "manual/y.md": "lang: en",
        "de/y.md": "lang: de\ntranslation_of: manual/y",
    }
    for path, fields in pages.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(f"---\ntitle: {path}\n{fields}\n---\nText\n")
    library = load_library(Config(root=tmp_path, background=("manual/**",)))
    assert [row.source.id for row in list_translations(library).rows] == ["en/a", "manual/y"]
    named = list_translations(library, sources=["manual/x"], langs=["de"])
    assert [row.source.id for row in named.rows] == ["manual/x"]
