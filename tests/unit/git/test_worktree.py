"""Asking git which files changed: right, early, and without running anything a repository names."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from datedgit import make_repository

from kbcli.errors import GitError
from kbcli.foundation.git import worktree
from kbcli.foundation.git.worktree import (
    FreshnessCheck,
    find_index_stamp,
    is_config_safe,
    list_paths_between,
    list_unwatched_paths,
    needs_untracked_cache,
)

pytestmark = pytest.mark.skipif(not hasattr(os, "posix_spawnp"), reason="elsewhere every file is looked at")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with two committed files, one of them in a folder."""
    root = tmp_path / "repository"
    (root / "docs").mkdir(parents=True)
    (root / "docs/one.md").write_text("one\n")
    (root / "two.md").write_text("two\n")
    make_repository(root)
    run_git(root, "add", "-A")
    run_git(root, "commit", "-qm", "Begin")
    return root


def run_git(root: Path, *arguments: str) -> str:
    """Run git there."""
    done = subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def test_clean_repository(repository: Path) -> None:
    """Nothing changed: HEAD, no paths, and the stamp of git's index."""
    status = FreshnessCheck(repository, repository).result()
    assert status is not None
    assert status.head == run_git(repository, "rev-parse", "HEAD")
    assert (status.changed, status.index_stamp) == ((), find_index_stamp(repository))


def test_every_kind_of_change_is_listed(repository: Path) -> None:
    """Edited, staged, deleted, renamed, new and conflicting files, by plain names."""
    for name in ("a.md", "b.md", "c.md", "d.md"):
        (repository / name).write_text(name * 50)
    run_git(repository, "add", "-A")
    run_git(repository, "commit", "-qm", "More")
    (repository / "a.md").write_text("edited")
    (repository / "b.md").unlink()
    run_git(repository, "mv", "c.md", "moved.md")
    (repository / "d.md").write_text("staged")
    run_git(repository, "add", "d.md")
    (repository / "ünï\nname.md").write_text("new")
    status = FreshnessCheck(repository, repository).result()
    assert status is not None
    assert set(status.changed) == {"a.md", "b.md", "c.md", "moved.md", "d.md", "ünï\nname.md"}


def test_conflict_is_a_change(repository: Path) -> None:
    """A file in conflict is listed."""
    run_git(repository, "checkout", "-qb", "side")
    (repository / "two.md").write_text("side\n")
    run_git(repository, "commit", "-qam", "Side")
    run_git(repository, "checkout", "-q", "main")
    (repository / "two.md").write_text("main\n")
    run_git(repository, "commit", "-qam", "Main")
    subprocess.run(["git", "merge", "-q", "side"], cwd=repository, check=False, capture_output=True)
    status = FreshnessCheck(repository, repository).result()
    assert status is not None
    assert status.changed == ("two.md",)


def test_only_below_the_folder(repository: Path) -> None:
    """Paths are relative to the folder asked about, and others are left out."""
    (repository / "docs/one.md").write_text("changed")
    (repository / "two.md").write_text("changed")
    status = FreshnessCheck(repository / "docs", repository).result()
    assert status is not None
    assert status.changed == ("one.md",)


def test_no_commit_yet(tmp_path: Path) -> None:
    """Before the first commit HEAD is empty, and everything is new."""
    run_git(tmp_path, "init", "-q", "fresh")
    (tmp_path / "fresh/one.md").write_text("one")
    status = FreshnessCheck(tmp_path / "fresh", tmp_path / "fresh").result()
    assert status is not None
    assert (status.head, status.changed, status.index_stamp) == ("", ("one.md",), None)


def test_outside_of_git_nobody_is_asked(tmp_path: Path) -> None:
    """Without a repository there is no answer, and no process."""
    assert FreshnessCheck(tmp_path, None).result() is None


def test_a_folder_called_git_is_no_repository(repository: Path) -> None:
    """Git is not let go further up, where it would compare another repository's files."""
    (repository / "docs/.git").mkdir()
    (repository / "docs/.git/config").write_text("")
    (repository / "docs/one.md").write_text("changed")
    assert FreshnessCheck(repository / "docs", repository / "docs").result() is None


def test_answer_larger_than_a_pipe(repository: Path) -> None:
    """Thousands of changed files do not make git and kb wait for each other."""
    for number in range(3000):
        (repository / f"a-file-with-a-rather-long-name-{number}.md").touch()
    status = FreshnessCheck(repository, repository).result()
    assert status is not None
    assert len(status.changed) == 3000


def test_result_can_be_asked_twice_and_cancelled(repository: Path) -> None:
    """Each command asks once; a second look costs nothing, and nobody has to look."""
    check = FreshnessCheck(repository, repository)
    assert check.result() == check.result()
    check.cancel()
    other = FreshnessCheck(repository, repository)
    other.cancel()
    assert other.result() is None


HOSTILE = {
    "fsmonitor": "[core]\n\tfsmonitor = {program}\n",
    "hooks": "[core]\n\thooksPath = {folder}\n",
    "filter": '[filter "x"]\n\tclean = {program}\n\tprocess = {program}\n\trequired = true\n',
    "pager": "[core]\n\tpager = {program}\n[pager]\n\tstatus = {program}\n",
    "textconv": '[diff "x"]\n\ttextconv = {program}\n\tcommand = {program}\n[diff]\n\texternal = {program}\n',
    "include": "[include]\n\tpath = {folder}/included\n",
    "alias": "[alias]\n\tstatus = !{program}\n",
    "ssh": "[core]\n\tsshCommand = {program}\n\taskPass = {program}\n[gpg]\n\tprogram = {program}\n",
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_config_runs_nothing(repository: Path, tmp_path: Path, kind: str) -> None:
    """Whatever program a repository's own config names, looking at the repository does not run it."""
    mark, folder = tmp_path / "ran", tmp_path / "programs"
    folder.mkdir()
    for name in ("program", "post-index-change", "post-checkout", "reference-transaction"):
        (folder / name).write_text(f"#!/bin/sh\ntouch {mark}\ncat\n")
        (folder / name).chmod(0o755)
    (folder / "included").write_text(HOSTILE["filter"].format(program=folder / "program", folder=folder))
    with open(repository / ".git/config", "a") as config:
        config.write(HOSTILE[kind].format(program=folder / "program", folder=folder))
    (repository / ".gitattributes").write_text("*.md filter=x diff=x\n")
    os.utime(repository / "two.md", ns=(7, 7))
    (repository / "docs/one.md").write_text("ONE\n")
    head = run_git(repository, "rev-parse", "HEAD")
    mark.unlink(missing_ok=True)
    status = FreshnessCheck(repository, repository).result()
    list_paths_between(repository, head, head)
    list_unwatched_paths(repository)
    assert not mark.exists()
    if status is not None:
        assert set(status.changed) == {"docs/one.md", ".gitattributes"}


@pytest.mark.parametrize(
    "text", ['[FILTER "x"]', '[includeIf "x"]', "[core]\nworktree = /", '[remote "x"]\npromisor = true']
)
def test_config_that_git_must_not_be_asked_under(repository: Path, text: str) -> None:
    """What could run, fetch or look elsewhere is recognised in any spelling; a plain config is not."""
    assert is_config_safe(repository)
    with open(repository / ".git/config", "a") as config:
        config.write(text)
    assert not is_config_safe(repository)
    assert FreshnessCheck(repository, repository).result() is None


def test_variables_of_a_hook_are_not_believed(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Inside a git hook GIT_DIR and GIT_INDEX_FILE speak of another repository."""
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "nothing"))
    status = FreshnessCheck(repository, repository).result()
    assert status is not None
    assert status.changed == ()


def test_no_git_program(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without git every file is looked at."""
    monkeypatch.setenv("PATH", "/nonexistent")
    assert FreshnessCheck(repository, repository).result() is None
    with pytest.raises(GitError):
        list_unwatched_paths(repository)


def test_nothing_of_the_repository_is_written(repository: Path) -> None:
    """Asking takes no lock and refreshes no index, so that it never disturbs another git."""
    os.utime(repository / "two.md", ns=(7, 7))
    before = find_index_stamp(repository)
    FreshnessCheck(repository, repository).result()
    assert find_index_stamp(repository) == before


def test_paths_between_commits(repository: Path) -> None:
    """What two commits differ in, below a folder; None for a commit that is not here, or no commit at all."""
    old = run_git(repository, "rev-parse", "HEAD")
    (repository / "docs/one.md").write_text("changed")
    (repository / "two.md").unlink()
    run_git(repository, "add", "-A")
    run_git(repository, "commit", "-qm", "Change")
    new = run_git(repository, "rev-parse", "HEAD")
    assert list_paths_between(repository, old, new) == ["docs/one.md", "two.md"]
    assert list_paths_between(repository / "docs", old, new) == ["one.md"]
    assert list_paths_between(repository, "0" * 40, new) is None
    assert list_paths_between(repository, "--output=x", new) is None
    assert list_paths_between(repository, "", new) is None


def test_unwatched_paths(repository: Path, git_commit: Callable[..., str]) -> None:
    """Marked files and links are those whose changes git does not report."""
    (repository / "link.md").symlink_to("two.md")
    (repository / "three.md").write_text("three\n")
    git_commit(repository)
    assert list_unwatched_paths(repository) == ["link.md"]
    run_git(repository, "update-index", "--assume-unchanged", "two.md")
    run_git(repository, "update-index", "--skip-worktree", "docs/one.md")
    assert list_unwatched_paths(repository) == ["docs/one.md", "link.md", "two.md"]
    assert list_unwatched_paths(repository / "docs") == ["one.md"]


def test_untracked_cache_is_used(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A repository that is set up to remember its folders is asked without opening one, and new files are seen."""
    run_git(repository, "config", "core.untrackedCache", "true")
    run_git(repository, "config", "status.showUntrackedFiles", "all")
    for folder in (repository, repository / "docs"):
        os.utime(folder, ns=(1_700_000_000_000_000_000,) * 2)
    run_git(repository, "status")
    monkeypatch.setenv("GIT_TRACE2_PERF", str(tmp_path / "trace"))
    status = FreshnessCheck(repository, repository).result()
    assert "opendir:0" in (tmp_path / "trace").read_text()
    assert status is not None
    assert status.changed == ()
    (repository / "docs/new.md").write_text("new\n")
    status = FreshnessCheck(repository, repository).result()
    assert status is not None
    assert status.changed == ("docs/new.md",)


def test_untracked_cache_is_advised(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is worth having where git's index is large and does not have it; both settings are needed."""
    assert not needs_untracked_cache(repository)
    monkeypatch.setattr(worktree, "LARGE_INDEX", 0)
    assert needs_untracked_cache(repository)
    run_git(repository, "config", "core.untrackedCache", "true")
    assert needs_untracked_cache(repository)
    run_git(repository, "config", "status.showUntrackedFiles", "all")
    assert not needs_untracked_cache(repository)


def test_ignored_is_what_a_pattern_names_and_git_does_not_track(repository: Path) -> None:
    """Paths that are not there are told apart as git would, and what it tracks is not ignored whatever the pattern."""
    (repository / ".gitignore").write_text("build/\n*.log\n")
    (repository / "kept.log").write_text("tracked all the same\n")
    run_git(repository, "add", "-f", "kept.log")
    asked = ["build/page.html", "kept.log", "other.log", "docs/gone.md"]
    assert worktree.find_ignored_paths(repository, asked) == {"build/page.html", "other.log"}
    assert worktree.find_ignored_paths(repository, ["docs/gone.md"]) == frozenset()
