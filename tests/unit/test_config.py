"""Reading kb.toml."""

import os
from pathlib import Path

import pytest

from kbcli.config import load_config
from kbcli.errors import ConfigError
from kbcli.knowledge.cards.library import load_library


def test_a_relative_root_is_where_it_was_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A root named from a folder stays that root when the process goes elsewhere."""
    (tmp_path / "kb").mkdir()
    (tmp_path / "kb" / "kb.toml").write_text('title = "Here"\n')
    (tmp_path / "kb" / "card.md").write_text("# A card\n")
    monkeypatch.chdir(tmp_path)
    config = load_config(Path("kb"), Path(), {})
    os.chdir("/")
    assert config == load_config(tmp_path / "kb", tmp_path, {})
    assert [card.id for card in load_library(config).cards] == ["card"]


def test_a_changed_file_is_read_anew(tmp_path: Path) -> None:
    """What is remembered of a kb.toml answers for its very text only: nothing is kept for the process."""
    for title in ("One", "Two", "One"):
        (tmp_path / "kb.toml").write_text(f'title = "{title}"\n')
        assert load_config(tmp_path, None, {}).title == title
    (tmp_path / "kb.toml").write_text("title = 1\n")
    for _ in range(2):
        with pytest.raises(ConfigError, match="“title” must be a text in quotes"):
            load_config(tmp_path, None, {})
