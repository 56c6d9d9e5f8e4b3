"""Promises about commits by name."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from datedgit import make_repository

from kbcli.errors import GitError
from kbcli.foundation.git.revisions import find_merge_base, resolve_commit

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


def test_a_full_id_is_that_of_a_commit_whatever_a_branch_is_called(
    tmp_path: Path, git_commit: Commit
) -> None:
    """Who names a branch like a commit does not choose what is compared."""
    make_repository(tmp_path)
    first, second = git_commit(tmp_path, "One"), git_commit(tmp_path, "Two")
    subprocess.run(["git", "update-ref", f"refs/heads/{first}", second], cwd=tmp_path, check=True)
    assert resolve_commit(tmp_path, first) == first
    assert find_merge_base(tmp_path, first) == first
