"""Promises about commits by name."""

import shutil
import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from datedgit import make_repository, run_git

from kbcli.errors import GitError
from kbcli.foundation.git.revisions import find_merge_base, read_days, resolve_commit

Commit = Callable[..., str]


@pytest.mark.parametrize("revision", ["main", "origin/main"])
def test_a_name_with_two_meanings_is_refused(tmp_path: Path, git_commit: Commit, revision: str) -> None:
    """Git would take the tag, which whoever works on the branch may have pushed; in full, and where both mean one commit, it is fine."""
    make_repository(tmp_path)
    first = git_commit(tmp_path, "One")
    subprocess.run(["git", "update-ref", "refs/remotes/origin/main", first], cwd=tmp_path, check=True)
    subprocess.run(["git", "tag", revision], cwd=tmp_path, check=True)
    assert resolve_commit(tmp_path, revision) == first
    subprocess.run(["git", "switch", "-qc", "branch"], cwd=tmp_path, check=True)
    second = git_commit(tmp_path, "Two")
    subprocess.run(["git", "tag", "-f", revision], cwd=tmp_path, check=True, capture_output=True)
    with pytest.raises(GitError, match=f"ambiguous: .*refs/tags/{revision}"):
        find_merge_base(tmp_path, revision)
    kind = "remotes" if "/" in revision else "heads"
    assert find_merge_base(tmp_path, f"refs/{kind}/{revision}") == first
    assert resolve_commit(tmp_path, "HEAD") == second


def test_a_replaced_object_is_not_believed(tmp_path: Path, git_commit: Commit) -> None:
    """What a clone says should be taken for a commit is not what was compared with."""
    make_repository(tmp_path)
    first = git_commit(tmp_path, "One")
    other = git_commit(tmp_path, "Three")
    subprocess.run(["git", "replace", "--graft", other], cwd=tmp_path, check=True, capture_output=True)
    assert find_merge_base(tmp_path, first) == first


def test_a_commit_stands_on_what_it_says(tmp_path: Path, git_commit: Commit) -> None:
    """Grafts of a clone are not believed either."""
    make_repository(tmp_path)
    first, second = git_commit(tmp_path, "One"), git_commit(tmp_path, "Two")
    grafts = tmp_path / ".git" / "info" / "grafts"
    grafts.parent.mkdir(exist_ok=True)
    grafts.write_text(f"{first} {second}\n")
    assert find_merge_base(tmp_path, first) == first
    assert read_days(tmp_path, first)[1] is not None


def test_a_full_id_is_that_of_a_commit_whatever_a_branch_is_called(
    tmp_path: Path, git_commit: Commit
) -> None:
    """Who names a branch like a commit does not choose what is compared."""
    make_repository(tmp_path)
    first, second = git_commit(tmp_path, "One"), git_commit(tmp_path, "Two")
    subprocess.run(["git", "update-ref", f"refs/heads/{first}", second], cwd=tmp_path, check=True)
    assert resolve_commit(tmp_path, first) == first
    assert find_merge_base(tmp_path, first) == first


def test_a_folder_that_looks_like_a_repository_is_none(tmp_path: Path, git_commit: Commit) -> None:
    """A branch may bring along a folder with a HEAD, refs and objects, in which main is whatever it likes."""
    make_repository(tmp_path)
    first = git_commit(tmp_path, "One")
    shutil.copytree(tmp_path / ".git", tmp_path / "content")
    assert find_merge_base(tmp_path, "main") == first
    with pytest.raises(GitError, match="bare"):
        find_merge_base(tmp_path / "content", "main")


def test_a_commit_is_no_older_than_what_it_stands_on(tmp_path: Path) -> None:
    """The clock of its committer may be wrong, or wound back; a moment beyond the calendar is its last day."""
    make_repository(tmp_path)
    for moment in ("2026-11-01T12:00:00+0000", "2019-01-01T12:00:00+0000"):
        run_git(tmp_path, "commit", "-qm", "x", "--allow-empty", moment=moment)
    base = run_git(tmp_path, "rev-parse", "HEAD", moment=moment)
    assert read_days(tmp_path, base) == (date(2026, 11, 1), None)
    run_git(tmp_path, "commit", "-qm", "x", "--allow-empty", moment="@999999999999 +0000")
    assert read_days(tmp_path, base) == (date(2026, 11, 1), date(9999, 12, 31))
