"""Promises of a commit laid out in a folder: files that nobody reads cost little, and the others are whole."""

import subprocess
from pathlib import Path

import pytest

from kbcli.foundation.git.layout import Layout
from kbcli.foundation.git.objects import FileContents


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a few files, all committed."""
    top = tmp_path / "repository"
    top.mkdir()
    for name in ("a.md", "b.md", "c.md", "d.txt", "e.txt"):
        (top / name).write_text(f"Text of {name}\n")
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "All"]):
        subprocess.run(["git", *arguments], cwd=top, check=True)
    return top


def lay_out(repository: Path, folder: Path, known: dict[str, str]) -> Layout:
    """The commit in a folder; only Markdown has content."""
    folder.mkdir()
    layout = Layout(repository, "HEAD", folder)
    layout.lay_out(lambda path: path.endswith(".md"), known)
    return layout


def note(repository: Path) -> dict[str, str]:
    """The blobs of the work tree, as they are noted while it is read."""
    contents = FileContents()
    for path in repository.glob("?.*"):
        contents.note(path.name, path.read_bytes())
    return contents.blobs


def test_what_is_known_is_left_empty(repository: Path, tmp_path: Path) -> None:
    """Only a file that has the very blob that is known for its path goes without content."""
    (repository / "b.md").write_text("Another text\n")
    known = {**note(repository), "c.md": note(repository)["a.md"]}
    layout = lay_out(repository, tmp_path / "out", known)
    sizes = {path.name: path.stat().st_size for path in (tmp_path / "out").iterdir()}
    assert layout.blank == {"a.md"}
    assert sizes == {"a.md": 0, "b.md": 13, "c.md": 13, "d.txt": 0, "e.txt": 0}


def test_filling_one_empty_file_leaves_the_others_empty(repository: Path, tmp_path: Path) -> None:
    """Empty files may be one file with many names: what is written to one is not in another."""
    layout = lay_out(repository, tmp_path / "out", note(repository))
    layout.fill(["b.md", "d.txt"])
    texts = {path.name: path.read_text() for path in (tmp_path / "out").iterdir()}
    assert texts == {
        "a.md": "", "b.md": "Text of b.md\n", "c.md": "", "d.txt": "Text of d.txt\n", "e.txt": "",
    }  # fmt: skip


def test_without_links_of_that_kind_it_is_the_same(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file system that gives a file one name only has the same files."""

    def refuse(*_: object) -> None:
        raise OSError

    monkeypatch.setattr("os.link", refuse)
    layout = lay_out(repository, tmp_path / "out", note(repository))
    layout.fill(["b.md"])
    sizes = {path.name: path.stat().st_size for path in (tmp_path / "out").iterdir()}
    assert sizes == {"a.md": 0, "b.md": 13, "c.md": 0, "d.txt": 0, "e.txt": 0}


def test_what_a_filter_makes_is_not_taken_for_known(repository: Path, tmp_path: Path) -> None:
    """A file whose attributes name a filter is laid out, though its bytes are those of the commit."""
    (repository / ".gitattributes").write_text("b.md filter=up\n")
    layout = lay_out(repository, tmp_path / "out", note(repository))
    assert layout.blank == {"a.md", "c.md"}
    assert (tmp_path / "out" / "b.md").read_text() == "Text of b.md\n"
