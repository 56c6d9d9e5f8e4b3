"""References: which card is meant by what a person calls it."""

from pathlib import Path

import pytest

from kbcli.config import Config, load_config
from kbcli.errors import CardNotFoundError, KbError
from kbcli.knowledge.cards import library
from kbcli.knowledge.index.references import load_card, resolve_reference
from kbcli.knowledge.index.sync import open_local_index

CARDS = {
    "api/limits.md": "",
    "api/limits.de.md": "translation_of: api/limits\n",
    "api/de/limits.md": "translation_of: api/limits\n",
    "billing/money-back.md": "former_ids: [billing/refund, old/Rückgabe]\n",
    "legal/refund-terms.md": "",
    "web/one.md": "",
    "docs/web/one.md": "",
    "team/limits.txt": "",
}


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """A knowledge base without git whose index is in step."""
    root = tmp_path / "kb"
    for path, fields in {"kb.toml": None, **CARDS}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("" if fields is None else f"---\ntitle: T\n{fields}---\nText.\n")
    config = load_config(root, None, {})
    open_local_index(config)
    return config


@pytest.mark.parametrize(
    ("reference", "path"),
    [
        ("api/limits", "api/limits.md"),
        ("limits", "api/limits.md"),
        ("LIMITS.md", "api/limits.md"),
        ("limits.de", "api/limits.de.md"),
        ("billing/refund", "billing/money-back.md"),
        ("refund", "billing/money-back.md"),
        ("ru\u0308ckgabe", "billing/money-back.md"),
        ("web/one", "web/one.md"),
        ("docs/web/one.md", "docs/web/one.md"),
        (" money-back ", "billing/money-back.md"),
    ],
)
def test_what_a_card_may_be_called(config: Config, reference: str, path: str) -> None:
    """ID, ending, path and former ID in any case and composition; a source before its translations."""
    assert resolve_reference(config, reference) == path


def test_a_path_is_seen_from_where_one_stands(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative path counts from the current folder."""
    monkeypatch.chdir(config.root / "docs/web")
    assert resolve_reference(config, "one.md") == "docs/web/one.md"


@pytest.mark.parametrize(
    ("reference", "says", "candidates"),
    [
        ("one.md", "names 2 cards", ("docs/web/one", "web/one")),
        ("money", "no card is called", ("billing/money-back", "web/one")),
        ("xylophone", "no card is called", ()),
        ("", "no card is called", ()),
    ],
)
def test_what_names_none_or_several_is_said(
    config: Config, reference: str, says: str, candidates: tuple[str, ...]
) -> None:
    """The error names those that may be meant."""
    with pytest.raises(CardNotFoundError, match=says) as caught:
        resolve_reference(config, reference)
    assert caught.value.candidates == candidates


def test_no_card_is_read_to_find_another(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """Former IDs and translations come from the index: an unknown name costs no reading of every card."""
    monkeypatch.setattr(library, "read_card", None)
    assert resolve_reference(config, "refund") == "billing/money-back.md"
    with pytest.raises(CardNotFoundError):
        resolve_reference(config, "xylophone")


def test_a_former_id_counts_as_soon_as_it_is_written(config: Config) -> None:
    """The index is brought in step before it is asked."""
    (config.root / "web/one.md").write_text("---\ntitle: T\nformer_ids: [web/zero]\n---\nText.\n")
    assert load_card(config, "zero").id == "web/one"


def test_a_card_that_cannot_be_read_says_why(config: Config) -> None:
    """A name that is right is not called unknown."""
    path = config.root / "web/one.md"
    path.unlink()
    path.symlink_to("/etc/hostname")
    with pytest.raises(KbError, match="leads outside"):
        load_card(config, "web/one")
