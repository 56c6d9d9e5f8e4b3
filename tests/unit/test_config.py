"""Reading kb.toml."""

import json
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


def test_only_exact_origins_may_frame(tmp_path: Path) -> None:
    """`embed` under [serve] takes origins over https and nothing that would widen a header: no pattern, path, port 443, other text."""
    path = tmp_path / "kb.toml"
    good = ["https://desk.example.org", "https://x.zendesk.com:8443", "https://xn--bcher-kva.example"]
    path.write_text(f"[serve]\nembed = {json.dumps(good)}\n")
    assert load_config(tmp_path, None, {}).serve_embed == tuple(good)
    for bad in (
        "*", "https://*", "https://*.example.org", "http://desk.example.org", "https:", "https://", "desk.example.org", "'self'",
        "https://desk.example.org/", "https://desk.example.org/a", "https://Desk.example.org", "https://me@desk.example.org",
        "https://desk.example.org:443", "https://desk.example.org:", "https://desk.example.org:*", "https://desk.example.org:123456",
        "https://a.example https://b.example", "https://a.example;script-src *", "https://a.example,https://b.example",
        "https://a.example\n", "https://a.example\r\nX: y", "https://bücher.example", "https://-a.example", "https://a..example", "",
    ):  # fmt: skip
        path.write_text(f"[serve]\nembed = {json.dumps([good[0], bad])}\n")
        with pytest.raises(ConfigError, match=r"serve\.embed"):
            load_config(tmp_path, None, {})
    path.write_text(f'[serve]\nembed = "{good[0]}"\n')
    with pytest.raises(ConfigError, match=r"serve\.embed"):
        load_config(tmp_path, None, {})
