"""How names are written on disk, also where a file system finds them written otherwise."""

import os
from pathlib import Path

import pytest

from kbcli.foundation.disk.paths import find_spelling


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with cards in folders."""
    (tmp_path / "Guide/Ärzte").mkdir(parents=True)
    (tmp_path / "Guide/Ärzte/Refund.md").touch()
    (tmp_path / "plain.md").touch()
    return tmp_path


def test_names_as_they_are(folder: Path) -> None:
    """What is there is found as it is written, and what is not there is not found."""
    for path in ("plain.md", "Guide", "Guide/Ärzte/Refund.md"):
        assert find_spelling(folder, path) == path
    for path in ("other.md", "Guide/other", "nowhere/else"):
        assert find_spelling(folder, path) is None


def test_names_that_the_file_system_finds_otherwise(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where case and composition are ignored, each name is given as its folder lists it."""
    monkeypatch.setattr(os.path, "lexists", lambda _: True)
    assert find_spelling(folder, "PLAIN.md") == "plain.md"
    assert find_spelling(folder, "guide/A\u0308RZTE/refund.MD") == "Guide/Ärzte/Refund.md"


def test_two_spellings_side_by_side(folder: Path) -> None:
    """Where case tells files apart, each is itself, also as links to one file."""
    if (folder / "PLAIN.md").exists():
        pytest.skip("this file system ignores case")
    os.link(folder / "plain.md", folder / "PLAIN.md")
    assert find_spelling(folder, "PLAIN.md") == "PLAIN.md"
    assert find_spelling(folder, "plain.md") == "plain.md"
