"""Fixtures for trust: `make_library` writes a knowledge base of given files and reads it."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from kbcli.config import load_config
from kbcli.foundation.git.worktree import find_git_root
from kbcli.knowledge.cards.library import Library, load_library

BODY = "Wait a minute, then try again.\n"


def write_card(body: str = BODY, **fields: str | None) -> str:
    """A verified card; a field given as None is left out."""
    values: dict[str, str | None] = {
        "title": "Rate limits", "type": "answer", "owner": "api-team", "verify_every": "90d", "verified": "2026-11-01",
    }  # fmt: skip
    values.update(fields)
    header = "".join(f"{name}: {value}\n" for name, value in values.items() if value is not None)
    return f"---\n{header}---\n{body}"


@pytest.fixture
def make_library(tmp_path: Path) -> Callable[..., Library]:
    """Write files below `tmp_path/base` (or `folder` in it) and read that knowledge base."""

    def make(files: Mapping[str, str], config: str = "", folder: str = "") -> Library:
        root = tmp_path / "base"
        for path, text in {f"{folder}kb.toml": config, **files}.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")
        base = root / folder
        return load_library(load_config(base, find_git_root(base), environment={}))

    return make
