"""Disks that are full or read-only, an index or cache that is somebody else's, a clock that goes backwards."""

import contextlib
import os
import pickle
import resource
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kbcli.index.store import find_index_folder

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs POSIX file systems")

is_root = hasattr(os, "geteuid") and os.geteuid() == 0
needs_root = pytest.mark.skipif(not is_root, reason="only root may mount and give away")
NOBODY = 65534


@pytest.fixture
def mount() -> Iterator[Callable[..., None]]:
    """Mount a small file system in memory on a folder, for the time of a test."""
    mounted: list[Path] = []

    def mount_on(folder: Path, *options: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(["mount", *options, str(folder)], capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"mounting is not possible here: {done.stderr.strip()}")
        if folder not in mounted:
            mounted.append(folder)

    yield mount_on
    for folder in reversed(mounted):
        subprocess.run(["umount", "-l", str(folder)], check=False)


def make_read_only(folder: Path, mount: Callable[..., None]) -> None:
    """Let nobody write below a folder: by the mount for root, by permissions for others."""
    if is_root:
        mount(folder, "--bind", str(folder))
        mount(folder, "-o", "remount,ro,bind")
        return
    for path in (*folder.rglob("*"), folder):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode & ~0o222)


def run(root: Path, *arguments: str, limit: int = 0, stdout: str = "") -> "subprocess.CompletedProcess[str]":
    """Run kb there, perhaps with a limit on the size of files, or with its output into a file."""
    # Python would cut its own compiled modules short, which are not kb's to look after.
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"} if limit else None

    def set_limit() -> None:
        if limit:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    with contextlib.ExitStack() as stack:
        output: Any = stack.enter_context(open(stdout, "w")) if stdout else subprocess.PIPE
        return subprocess.run(
            [sys.executable, "-m", "kbcli", "--today", "2026-11-21", *arguments], cwd=root, stdin=subprocess.DEVNULL,
            stdout=output, stderr=subprocess.PIPE, text=True, check=False, timeout=60, preexec_fn=set_limit, env=environment,
        )  # fmt: skip


def expect_answer(root: Path, **options: Any) -> "subprocess.CompletedProcess[str]":
    """A search that finds what it must, without a traceback."""
    done = run(root, "search", "refund payment", "--format", "plain", **options)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done
    assert "billing/refund" in done.stdout
    return done


def read_cards(root: Path) -> dict[Path, bytes]:
    """The files of a base."""
    return {
        path: path.read_bytes() for path in root.rglob("*") if path.is_file() and ".git" not in path.parts
    }


@needs_root
def test_full_cache(kb_root: Path, isolated_environment: Path, mount: Callable[..., None]) -> None:
    """On a full disk the index is built in memory, the user is told in one line, and the next one is kept again."""
    cache = isolated_environment / ".cache"
    mount(cache, "-t", "tmpfs", "-o", "size=64k", "tmpfs")
    (cache / "filler").write_bytes(b"x" * 60_000)
    done = expect_answer(kb_root)
    assert "temporary" in done.stderr
    assert len(done.stderr.splitlines()) <= 2
    (cache / "filler").unlink()
    assert "temporary" not in expect_answer(kb_root).stderr


@needs_root
@pytest.mark.stress
def test_full_repository(tmp_path: Path, kb_root: Path, mount: Callable[..., None]) -> None:
    """Writing cards on a full disk is refused with a reason, and each card is as it was."""
    root = tmp_path / "small"
    mount(root, "-t", "tmpfs", "-o", "size=400k", "tmpfs")
    shutil.copytree(kb_root, root / "kb", ignore=shutil.ignore_patterns(".git"))
    big = "---\ntitle: Big\n---\n" + "words " * 10_000
    (root / "kb/big.md").write_text(big)
    with contextlib.suppress(OSError), open(root / "filler", "wb", buffering=0) as stream:
        while True:
            stream.write(b"x" * 4096)
    before = read_cards(root / "kb")
    for line in (
        ["verify", "big", "--yes"],
        ["edit", "big", "--title", "x"],
        ["mv", "big", "new/big"],
        ["flag", "big", "--reason", "x"],
    ):
        done = run(root / "kb", *line)
        assert (done.returncode, "Traceback" in done.stderr) == (3, False), (line, done)
        assert "space" in done.stderr, done.stderr
        assert read_cards(root / "kb") == before, line
    expect_answer(root / "kb")


@pytest.mark.parametrize(
    "limit",
    [
        700,
        pytest.param(1, marks=pytest.mark.stress),
        pytest.param(3_000, marks=pytest.mark.stress),
        pytest.param(20_000, marks=pytest.mark.stress),
    ],
)
def test_files_that_may_not_grow(kb_root: Path, limit: int) -> None:
    """With a limit on the size of files searches are answered from memory, and cards stay whole."""
    (kb_root / "big.md").write_text("---\ntitle: Big\n---\n" + "words " * 10_000)
    before = read_cards(kb_root)
    expect_answer(kb_root, limit=limit)
    for line in (["verify", "big", "--yes"], ["edit", "big", "--tag", "x"], ["mv", "big", "new/big"]):
        done = run(kb_root, *line, limit=limit)
        assert (done.returncode, "Traceback" in done.stderr) == (3, False), done
    assert read_cards(kb_root) == before


def test_full_output(kb_root: Path) -> None:
    """When the disk that the answer goes to is full, kb says so and exits with 3."""
    if not os.path.exists("/dev/full"):
        pytest.skip("needs /dev/full")
    for line in (["list"], ["check", "--format", "json"], ["search", "refund"], ["--version"], ["--help"]):
        done = run(kb_root, *line, stdout="/dev/full")
        assert (done.returncode, "Traceback" in done.stderr, "Exception" in done.stderr) == (
            3,
            False,
            False,
        ), (line, done)


@pytest.mark.stress
def test_read_only_home(kb_root: Path, isolated_environment: Path, mount: Callable[..., None]) -> None:
    """In a home that cannot be written to, every look works."""
    make_read_only(isolated_environment, mount)
    assert "temporary" in expect_answer(kb_root).stderr
    for line in (["check"], ["stale"], ["report"], ["doctor"], ["index"], ["new", "Something", "--no-edit"]):
        done = run(kb_root, *line)
        assert done.returncode in (0, 1, 3), done
        assert "Traceback" not in done.stderr


@pytest.mark.stress
def test_read_only_repository(kb_root: Path, mount: Callable[..., None]) -> None:
    """In a repository that cannot be written to, every look works, and every change is refused with a reason."""
    make_read_only(kb_root, mount)
    before = read_cards(kb_root)
    expect_answer(kb_root)
    for line in (["check"], ["stale"], ["report"], ["doctor"], ["index", "--rebuild"]):
        assert run(kb_root, *line).returncode in (0, 1)
    for line in (
        ["verify", "refund", "--yes"],
        ["edit", "refund", "--tag", "x"],
        ["mv", "refund", "x"],
        ["new", "New", "--no-edit"],
        ["flag", "refund", "--reason", "x"],
    ):
        done = run(kb_root, *line)
        assert (done.returncode, "Traceback" in done.stderr) == (3, False), (line, done)
        assert "read-only" in done.stderr.lower() or "permission" in done.stderr.lower(), done.stderr
    assert read_cards(kb_root) == before


class Mark:
    """Leaves a mark when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (os.mkdir, (str(self.path),))


@needs_root
@pytest.mark.parametrize(
    ("planted", "how"),
    [
        pytest.param(planted, how, marks=() if (planted, how) == ("kb", "link") else pytest.mark.stress)
        for planted in ("kb", "kb/index", "kb/index/folder", "kb/report")
        for how in ("link", "folder")
    ],
)
def test_cache_planted_by_another_user(
    kb_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, planted: str, how: str
) -> None:
    """A part of the cache that another user made, as a folder or a link, is neither believed, run nor written through."""
    cache, theirs = tmp_path / "shared", tmp_path / "theirs"
    cache.mkdir(mode=0o777)
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    real = find_index_folder(kb_root)
    expect_answer(kb_root)
    place = real if planted.endswith("folder") else cache / planted
    theirs.mkdir()
    inner = theirs / real.relative_to(place) if real.is_relative_to(place) else theirs
    inner.mkdir(parents=True, exist_ok=True)
    for path in real.iterdir():
        (inner / path.name).write_bytes(pickle.dumps(Mark(tmp_path / "ran"), 2))
    (inner / "precious.txt").write_text("theirs, or one's own elsewhere")
    shutil.rmtree(place, ignore_errors=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    if how == "link":
        place.symlink_to(theirs)
    else:
        shutil.copytree(theirs, place)
    for path in (place, theirs, *theirs.rglob("*"), *(place.rglob("*") if how == "folder" else ())):
        os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
    (kb_root / "new.md").write_text("# New\n\nunheard of\n")
    expect_answer(kb_root)
    assert run(kb_root, "search", "unheard").returncode == 0
    assert run(kb_root, "report").returncode == 0
    assert run(kb_root, "index", "--rebuild").returncode in (0, 3)
    assert not (tmp_path / "ran").exists()
    assert sorted(path.name for path in theirs.rglob("*") if path.is_file()) == sorted(
        {path.name for path in theirs.rglob("precious.txt")} | {path.name for path in inner.iterdir()}
    )
    assert (inner / "precious.txt").exists()


@pytest.mark.parametrize("version", ["0.0.1", "99.0"])
def test_index_of_another_version(kb_root: Path, version: str) -> None:
    """An index that another version of kb built is built anew by this one, without a word of error."""
    script = f"import kbcli, sys; kbcli.__version__ = {version!r}; import kbcli.index.schema as schema\nfrom kbcli.__main__ import main; sys.exit(main(['search', 'refund']))"
    subprocess.run([sys.executable, "-c", script], cwd=kb_root, check=True, capture_output=True)
    assert "error" not in expect_answer(kb_root).stderr


@pytest.mark.stress
def test_clock_going_backwards(kb_root: Path) -> None:
    """An index built by a clock a day ahead, cards from the future and the past: each edit is found at once."""
    script = (
        "import sys, time\nreal, plain = time.time_ns, time.time\n"
        "time.time_ns = lambda: real() + {days} * 86_400_000_000_000\ntime.time = lambda: plain() + {days} * 86_400\n"
        "from kbcli.__main__ import main\nsys.exit(main(['search', {word!r}, '--format', 'plain']))"
    )
    card = kb_root / "billing/refund.md"
    now = 1_795_000_000_000_000_000
    for number, (days, shift) in enumerate(((1, 2), (0, -3), (-2, 0), (3, 9_000), (-400, -9_000))):
        card.write_text(f"---\ntitle: Refund a payment\n---\nunique{number}\n")
        os.utime(card, ns=(now + shift * 86_400_000_000_000,) * 2)
        done = subprocess.run(
            [sys.executable, "-c", script.format(days=days, word=f"unique{number}")],
            cwd=kb_root,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, "billing/refund" in done.stdout) == (0, True), (number, done)


@pytest.mark.parametrize("rounds", [3, pytest.param(60, marks=pytest.mark.stress)])
def test_files_that_change_during_the_sync(kb_root: Path, rounds: int) -> None:
    """While cards are rewritten, added and deleted, every search is answered; when all is quiet, rightly."""
    stop = threading.Event()

    def scribble() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            card = kb_root / f"scribbled-{number % 50}.md"
            card.write_text(f"---\ntitle: Scribbled {number}\n---\n" + "scribble " * (number % 400))
            if number % 3 == 0:
                card.unlink()

    writer = threading.Thread(target=scribble)
    writer.start()
    try:
        for _ in range(rounds):
            expect_answer(kb_root)
    finally:
        stop.set()
        writer.join()
    (kb_root / "last.md").write_text("---\ntitle: Last\n---\nlastword\n")
    found = {
        line.split("\t")[0]
        for line in run(
            kb_root, "search", "scribbled", "--limit", "99", "--format", "plain"
        ).stdout.splitlines()
    }
    listed = {path.stem for path in kb_root.glob("scribbled-*.md")}
    assert listed <= {name for row in found for name in (row, row.rpartition("/")[2])} or not listed, (
        listed,
        found,
    )
    assert run(kb_root, "search", "lastword").returncode == 0


@pytest.mark.stress
def test_names_that_differ_in_case_only(kb_root: Path) -> None:
    """Two IDs that differ only in case are a finding, both are found, and neither can be made by new or mv."""
    (kb_root / "billing/Refund.md").write_text("---\ntitle: Refund a payment too\n---\nother\n")
    if len(list((kb_root / "billing").iterdir())) < 2:
        pytest.skip("this file system ignores case")
    done = run(kb_root, "check", "--format", "plain")
    assert (done.returncode, "duplicate-id" in done.stdout) == (1, True)
    assert "billing/Refund" in expect_answer(kb_root).stdout
    assert run(kb_root, "mv", "api/quotas", "BILLING/REFUND").returncode == 3
    assert run(kb_root, "new", "rEFUND", "--folder", "billing", "--no-edit").returncode == 3


def test_cards_that_are_too_large(kb_root: Path) -> None:
    """A card of 50 MB of real text is a finding, lines of a million characters are read, the others are indexed."""
    with open(kb_root / "huge.md", "wb") as stream:
        stream.writelines(b"enormous text " * 75_000 for _ in range(50))
    (kb_root / "line.md").write_text(
        "---\ntitle: One line\n---\n" + "w" * 1_000_000 + "\n" + "needle " * 150_000
    )
    done = run(kb_root, "check", "--format", "plain")
    assert (done.returncode, "huge.md:1: error: unreadable" in done.stdout) == (1, True)
    assert "line" in run(kb_root, "search", "needle", "--format", "plain").stdout
    assert run(kb_root, "search", "enormous").returncode == 1
    expect_answer(kb_root)
    assert run(kb_root, "show", "huge").returncode == 3
