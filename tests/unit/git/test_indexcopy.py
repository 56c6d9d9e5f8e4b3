"""Asking git with a copy of a large index: the same answers, and nothing written to the repository."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from kbcli.foundation.disk.cachefiles import find_cache_folder
from kbcli.foundation.git import indexcopy
from kbcli.foundation.git import status as gitstatus
from kbcli.foundation.git.status import FreshnessCheck, find_index_stamp

pytestmark = pytest.mark.skipif(not hasattr(os, "posix_spawnp"), reason="elsewhere every file is looked at")

LARGE_INDEX = gitstatus.LARGE_INDEX
FOLDERS = ("a", "a/b", "c")


@pytest.fixture(autouse=True)
def _every_index_is_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gitstatus, "LARGE_INDEX", 0)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with three folders of three files, committed a while ago."""
    root = tmp_path / "repository"
    for folder in FOLDERS:
        (root / folder).mkdir(parents=True)
        for name in ("one", "two", "three"):
            (root / folder / f"{name}.md").write_text(f"{folder} {name}\n")
    (root / ".gitignore").write_text("*.log\n")
    run_git(root, "init", "-q")
    run_git(root, "add", "-A")
    run_git(root, "commit", "-qm", "Begin")
    age(root)
    return root


def run_git(root: Path, *arguments: str) -> str:
    """Run git there."""
    # Asking for the status must not write git's index: a new one would have a new copy.
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0"}
    done = subprocess.run(
        ["git", *arguments], cwd=root, check=True, capture_output=True, text=True, env=environment
    )
    return done.stdout.strip()


def age(root: Path) -> None:
    """Make all folders old, so that git trusts their times."""
    for folder in (root, *(root / name for name in FOLDERS)):
        os.utime(folder, ns=(1_700_000_000_000_000_000,) * 2)


def list_copies() -> list[Path]:
    """The copies there are, locks and parts included."""
    folder = find_cache_folder("git")
    return sorted(path for path in folder.rglob("*") if path.is_file()) if folder.exists() else []


def ask(root: Path) -> set[str]:
    """What has changed by the copy, which must be what git says without one."""
    status = FreshnessCheck(root, root).result()
    assert status is not None
    plain = run_git(root, "status", "--porcelain", "-z", "--untracked-files=all", "--no-renames").split("\0")
    if plain[0]:
        plain[0] = plain[0] if plain[0][2] == " " else f" {plain[0]}"
    assert set(status.changed) == {entry[3:] for entry in plain if entry}
    assert status.head == run_git(root, "rev-parse", "HEAD")
    return set(status.changed)


CHANGES: dict[str, Callable[[Path], object]] = {
    "edit": lambda root: (root / "a/one.md").write_text("another text\n"),
    "new": lambda root: (root / "a/b/new.md").write_text("new\n"),
    "new folder": lambda root: ((root / "c/d").mkdir(), (root / "c/d/new.md").write_text("new\n")),
    "delete": lambda root: (root / "c/two.md").unlink(),
    "move": lambda root: (root / "c/two.md").rename(root / "a/moved.md"),
    "ignored": lambda root: (root / "a/new.log").write_text("log\n"),
    "ignore more": lambda root: (
        (root / "a/new.txt").write_text("new\n"), (root / ".gitignore").write_text("*.txt\n")
    ),
    "ignore below": lambda root: (
        (root / "c/x.md").write_text("new\n"), (root / "c/.gitignore").write_text("x.md\n")
    ),
    "exclude": lambda root: (
        (root / "c/x.md").write_text("new\n"), (root / ".git/info/exclude").write_text("x.md\n")
    ),
    "stage": lambda root: ((root / "a/new.md").write_text("new\n"), run_git(root, "add", "a/new.md")),
    "commit": lambda root: ((root / "a/new.md").write_text("new\n"), run_git(root, "add", "-A"), run_git(root, "commit", "-qm", "More")),
    "untrack": lambda root: run_git(root, "rm", "-q", "--cached", "a/two.md"),
    "branch": lambda root: (
        run_git(root, "checkout", "-qb", "side"), run_git(root, "rm", "-qr", "c"), run_git(root, "commit", "-qm", "Less"),
        run_git(root, "checkout", "-q", "-"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_is_seen(change: str, repository: Path) -> None:
    """Before a change, after it, after a second one of a file, and again: what git says without the copy."""
    for _ in range(2):
        assert ask(repository) == set()
    CHANGES[change](repository)
    for _ in range(2):
        ask(repository)
    (repository / "a/later.md").write_text("later\n")
    assert "a/later.md" in ask(repository)
    (repository / "a/later.md").unlink()
    assert "a/later.md" not in ask(repository)


def test_file_no_longer_ignored_is_seen(repository: Path) -> None:
    """A change of what is ignored, in a file git tracks or not, brings what was ignored to light."""
    (repository / "a/new.log").write_text("log\n")
    (repository / ".git/info/exclude").write_text("hidden.md\n")
    (repository / "c/hidden.md").write_text("hidden\n")
    age(repository)
    for _ in range(2):
        assert ask(repository) == set()
    (repository / ".gitignore").write_text("# *.log\n")
    (repository / ".git/info/exclude").write_text("")
    assert ask(repository) == {".gitignore", "a/new.log", "c/hidden.md"}


def test_change_in_the_tick_of_the_index_is_seen(repository: Path) -> None:
    """A file changed, size and time kept, in the tick in which git wrote its index is compared by text."""
    index, card = repository / ".git/index", repository / "a/one.md"
    moment = time.time_ns() // 1_000_000_000 * 1_000_000_000
    os.utime(card, ns=(moment, moment))
    run_git(repository, "update-index", "--refresh")
    text = card.read_text()
    card.write_text(text.replace("one", "ONE"))
    os.utime(card, ns=(moment, moment))
    os.utime(index, ns=(moment, moment))
    assert ask(repository) == {"a/one.md"}


def test_repository_is_left_as_it_is(repository: Path) -> None:
    """Git's own index, and every other file of its folder, stays to the byte and to its time."""

    def survey() -> dict[str, tuple[bytes, int]]:
        files = [path for path in (repository / ".git").rglob("*") if path.is_file()]
        return {str(path): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}

    before = survey()
    for name in ("x.md", "y.md"):
        assert FreshnessCheck(repository, repository).result() is not None
        (repository / "a" / name).write_text("new\n")
    assert survey() == before


def test_folders_are_not_read_again(repository: Path) -> None:
    """What makes it worth while: git opens no folder that has not changed."""

    def count_opened() -> int:
        log = repository.parent / "trace"
        log.unlink(missing_ok=True)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("GIT_TRACE2_PERF", str(log))
            assert FreshnessCheck(repository, repository).result() is not None
        return int(log.read_text().partition("opendir:")[2].split()[0])

    assert count_opened() == 4
    assert count_opened() == 0
    (repository / "c/new.md").write_text("new\n")
    assert count_opened() == 1


def test_copies_of_former_states_go(repository: Path) -> None:
    """However often the index changes, three files are kept at most, the newest among them."""
    for number in range(6):
        (repository / f"a/{number}.md").write_text("new\n")
        run_git(repository, "add", "-A")
        ask(repository)
    assert len(list_copies()) == 3
    before = list_copies()
    ask(repository)
    assert list_copies() == before


def test_damaged_copy_is_given_up(repository: Path) -> None:
    """A copy that git cannot read is used no more: every file is looked at once, then git is asked as usual."""
    ask(repository)
    (copy,) = list_copies()
    copy.chmod(0o600)
    copy.write_bytes(b"no index")
    os.utime(copy, (1, 1))
    assert FreshnessCheck(repository, repository).result() is None
    (mark,) = list_copies()
    assert mark.read_bytes() == b""
    (repository / "a/new.md").write_text("new\n")
    assert ask(repository) == {"a/new.md"}
    run_git(repository, "add", "-A")
    ask(repository)
    assert len(list_copies()) == 2


def test_nested_repository(repository: Path) -> None:
    """The files of what was a repository of its own are seen as soon as it is none."""
    (repository / "c/n").mkdir()
    (repository / "c/n/card.md").write_text("new\n")
    run_git(repository / "c/n", "init", "-q")
    age(repository)
    for _ in range(3):
        assert ask(repository) == {"c/n/"}
    shutil.rmtree(repository / "c/n/.git")
    age(repository)
    assert ask(repository) == {"c/n/card.md"}


def test_settings_of_the_repository(repository: Path) -> None:
    """What git learnt under other settings is not used."""
    run_git(repository, "config", "core.ignorecase", "true")
    for _ in range(2):
        ask(repository)
    (repository / "a/ONE.md").write_text("another card\n")
    ask(repository)
    run_git(repository, "config", "core.ignorecase", "false")
    assert ask(repository) == {"a/ONE.md"}


def test_time_of_a_copy_that_git_wrote(repository: Path) -> None:
    """It is of shortly before git looked: late enough that files which changed long before are not read again."""
    started = time.time_ns()
    ask(repository)
    (copy,) = list_copies()
    status = copy.stat()
    assert status.st_mode & 0o777 == 0o400
    assert -3_000_000_000 < status.st_mtime_ns - started <= -1_900_000_000


@pytest.mark.parametrize("ended", ["asked", "cancelled", "stopped"])
@pytest.mark.parametrize("change", ["new", "edit"])
def test_change_while_git_is_at_work(change: str, ended: str, repository: Path) -> None:
    """What changes after git looked, in a second in which it had changed before, is seen all the same.

    Git itself compares whole seconds with the time of its index, which it writes after it has looked.
    """
    card = repository / "a/one.md"
    started = time.time_ns() // 1_000_000_000 * 1_000_000_000
    second = {"atime": started, "mtime": started}
    os.utime(card, ns=tuple(second.values()))
    os.utime(repository / "a", ns=tuple(second.values()))
    check = FreshnessCheck(repository, repository)
    if ended == "asked":
        assert check.result() is not None
    elif ended == "cancelled":
        check.cancel()
    else:
        os.waitpid(check._process._process, 0)
    (copy,) = list_copies()
    if ended == "stopped":
        # As if git had taken its time, with nobody left to wait for it.
        assert copy.stat().st_mode & 0o200
        os.utime(copy, ns=(started + 1_200_000_000,) * 2)
    if change == "new":
        (repository / "a/new.md").write_text("new\n")
    else:
        card.write_text(card.read_text().replace("one", "ONE"))
        os.utime(card, ns=(started,) * 2)
    os.utime(repository / "a", ns=(started,) * 2)
    expected = {"a/new.md"} if change == "new" else {"a/one.md"}
    status = FreshnessCheck(repository, repository).result()
    assert status is not None
    assert set(status.changed) == expected


def test_index_that_changes_meanwhile_is_not_copied(repository: Path) -> None:
    """A copy that would not be of the stamp it is named by is not made."""
    stamp = find_index_stamp(repository)
    assert stamp is not None
    other = stamp._replace(mtime_ns=stamp.mtime_ns - 1)
    assert indexcopy.copy_index(str(repository / ".git/index"), other, b"") is None
    assert list_copies() == []


@pytest.mark.parametrize("case", ["closed", "foreign", "file", "huge"])
def test_without_a_copy_git_is_asked_as_usual(
    case: str, repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there can be no copy, or its folder is not the user's own, the answer is the same."""
    if case == "file":
        (tmp_path / "cache").write_text("")
    elif case == "huge":
        monkeypatch.setattr(indexcopy, "MOST_BYTES", 10)
    elif case == "closed":
        monkeypatch.setattr(indexcopy, "prepare_cache_folder", lambda _: False)
    else:
        ask(repository)
        folder = list_copies()[0].parent
        folder.chmod(0o777)
        monkeypatch.setattr(indexcopy, "prepare_cache_folder", lambda _: False)
        for path in list_copies():
            path.chmod(0o600)
            path.write_bytes(b"planted")
    (repository / "a/new.md").write_text("new\n")
    assert ask(repository) == {"a/new.md"}


def test_small_index_is_not_copied(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Below 2 MB there is no copy, nor for a folder within the work tree."""
    assert FreshnessCheck(repository / "a", repository).result() is not None
    assert list_copies() == []
    monkeypatch.setattr(gitstatus, "LARGE_INDEX", LARGE_INDEX)
    assert FreshnessCheck(repository, repository).result() is not None
    assert list_copies() == []
