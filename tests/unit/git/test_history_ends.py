"""Where a history ends, and what commits had before: revisions, merges, shallow clones, joined messages."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from datedgit import make_repository

from kbcli.foundation.git.log import find_versions, load_history
from kbcli.foundation.git.objects import read_blobs

Commit = Callable[..., str]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """An empty repository."""
    folder = tmp_path / "repository"
    folder.mkdir()
    make_repository(folder)
    return folder


def git(folder: Path, *arguments: str, check: bool = True) -> None:
    """Run git in a folder."""
    subprocess.run(["git", *arguments], cwd=folder, check=check, capture_output=True)


def test_a_history_can_end_at_an_earlier_commit(repository: Path, git_commit: Commit) -> None:
    """Asked up to a revision, later commits are not known; a revision that is none gives no history, and no option."""
    (repository / "x.md").write_text("one\n")
    first = git_commit(repository, "One")
    (repository / "x.md").write_text("two\n")
    git_commit(repository, "Two")
    assert [version.commit.sha for version in load_history(repository, first).versions["x.md"]] == [first]
    assert len(load_history(repository).versions["x.md"]) == 2
    for wrong in ("nowhere", "--all"):
        assert not load_history(repository, wrong).available


@pytest.mark.parametrize("ask", [load_history, lambda root: find_versions(root, "x.md")])
def test_a_merge_knows_what_each_parent_had(repository: Path, git_commit: Commit, ask: Callable) -> None:
    """The version that a merge made names the blobs of both parents; a first version has none."""
    (repository / "x.md").write_text("base\n")
    git_commit(repository, "Base")
    git(repository, "switch", "-qc", "side")
    (repository / "x.md").write_text("side\n")
    git_commit(repository, "Side")
    git(repository, "switch", "-q", "main")
    (repository / "x.md").write_text("main\n")
    git_commit(repository, "Main")
    git(repository, "merge", "-q", "side", check=False)
    (repository / "x.md").write_text("both\n")
    merge = git_commit(repository, "Merge")
    versions = ask(repository).versions["x.md"]
    (made,) = [version for version in versions if version.commit.sha == merge]
    assert sorted(read_blobs(repository, made.before).values()) == [b"main\n", b"side\n"]
    assert versions[-1].before == ()


def test_a_shallow_clone_knows_where_it_was_cut(repository: Path, git_commit: Commit, tmp_path: Path) -> None:
    """The commit at the cut is named; a whole clone has none."""
    shas = []
    for number in range(3):
        (repository / "x.md").write_text(f"{number}\n")
        shas.append(git_commit(repository))
    git(tmp_path, "clone", "-q", "--depth=2", repository.as_uri(), "clone")
    assert load_history(tmp_path / "clone").boundary == {shas[1]}
    assert load_history(repository).boundary == frozenset()


def test_trailers_of_joined_messages_are_known(repository: Path, git_commit: Commit) -> None:
    """In a squash's message, trailers in the middle count once; other lines with a colon do not."""
    (repository / "x.md").write_text("x\n")
    message = "Squash (#1)\n\n* One\n\nVerified-by: Ada <a@example.org>\nNote: no trailer\n\n* Two\n\nText.\n\nVerified-by: Ada <a@example.org>\nSigned-off-by: B"
    git_commit(repository, message)
    (version,) = load_history(repository).versions["x.md"]
    assert sorted(version.commit.trailers) == [("Signed-off-by", "B"), ("Verified-by", "Ada <a@example.org>")]
