"""Disks that are full or read-only, an index or cache that is somebody else's, a clock that goes backwards."""

import contextlib
import json
import os
import pickle
import resource
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
from kbprocess import run_kb_process

from kbcli import __version__
from kbcli.knowledge.index.whoosh.store import MANIFEST_NAME, find_index_folder, unpack_manifest

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs POSIX file systems")

is_root = hasattr(os, "geteuid") and os.geteuid() == 0
needs_root = pytest.mark.skipif(not is_root, reason="only root may mount and give away")
NOBODY = 65534
PAGE = 4096


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
        return run_kb_process(
            "--today", "2026-11-21", *arguments, cwd=root, stdout=output, env=environment, prepare=set_limit
        )


def expect_answer(root: Path, **options: Any) -> "subprocess.CompletedProcess[str]":
    """A search that finds what it must, without a traceback."""
    done = run(root, "search", "refund payment", "--format", "plain", **options)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done
    assert "billing/refund" in done.stdout
    return done


def make_word(number: int) -> str:
    """A word that no other looks like: a search that does not see it finds nothing, whatever it sees instead."""
    return chr(97 + number % 26) * (6 + number // 26)


def read_cards(root: Path) -> dict[Path, bytes]:
    """The files of a base."""
    return {
        path: path.read_bytes() for path in root.rglob("*") if path.is_file() and ".git" not in path.parts
    }


def fill(folder: Path, free: int) -> None:
    """Fill a small file system, but for so many pages of 4 kB."""
    with contextlib.suppress(OSError), open(folder / "filler", "ab", buffering=0) as stream:
        while stream.write(b"x" * PAGE) == PAGE:
            pass
    os.truncate(folder / "filler", ((folder / "filler").stat().st_size // PAGE - free) * PAGE)


@needs_root
def test_full_cache(kb_root: Path, isolated_environment: Path, mount: Callable[..., None]) -> None:
    """On a full disk the index is built in memory, the user is told in one line, and the next one is kept again."""
    cache = isolated_environment / ".cache"
    mount(cache, "-t", "tmpfs", "-o", "size=128k", "tmpfs")
    (cache / "filler").write_bytes(b"x" * 125_000)
    done = expect_answer(kb_root)
    assert "temporary" in done.stderr
    assert len(done.stderr.splitlines()) <= 2
    (cache / "filler").unlink()
    assert "temporary" not in expect_answer(kb_root).stderr


@needs_root
@pytest.mark.stress
def test_a_cache_that_fills_up(kb_root: Path, isolated_environment: Path, mount: Callable[..., None]) -> None:
    """With room for any number of the index's files but not all: every first build and every update is answered from."""
    cache, card = isolated_environment / ".cache", kb_root / "api/quotas.md"
    mount(cache, "-t", "tmpfs", "-o", "size=512k", "tmpfs")
    temporary = 0
    for free in range(30):
        for path in cache.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        fill(cache, free)
        temporary += "temporary" in expect_answer(kb_root).stderr
        (cache / "filler").unlink()
        expect_answer(kb_root)
        fill(cache, free)
        card.write_text(f"---\ntitle: Quotas\n---\n{make_word(free)}\n")
        done = run(kb_root, "search", make_word(free), "--format", "plain")
        assert (done.returncode, done.stdout.partition("\t")[0]) == (0, "api/quotas"), (free, done)
        assert "Traceback" not in done.stderr
        temporary += "temporary" in done.stderr
        (cache / "filler").unlink()
        assert "temporary" not in expect_answer(kb_root).stderr
    assert 10 < temporary < 55


@needs_root
@pytest.mark.parametrize("count", [2, pytest.param(9, marks=pytest.mark.stress)], ids=["some", "all"])
def test_full_repository(tmp_path: Path, kb_root: Path, mount: Callable[..., None], count: int) -> None:
    """Writing cards on a full disk is refused with a reason, and each card is as it was."""
    root = tmp_path / "small"
    mount(root, "-t", "tmpfs", "-o", "size=400k", "tmpfs")
    shutil.copytree(kb_root, root / "kb", ignore=shutil.ignore_patterns(".git"))
    big = "---\ntitle: Big\n---\n" + "words " * 10_000
    (root / "kb/big.md").write_text(big)
    fill(root, 0)
    before = read_cards(root / "kb")
    lines = (
        ["verify", "big", "--yes"],
        ["new", "New", "--no-edit"],
        ["mv", "big", "new/big"],
        ["edit", "big", "--title", "x"],
        ["flag", "big", "--reason", "x"],
        ["check", "--update-baseline"],
    )
    for line in lines[:count]:
        done = run(root / "kb", *line)
        assert (done.returncode, "Traceback" in done.stderr) == (3, False), (line, done)
        assert "space" in done.stderr, done.stderr
        assert read_cards(root / "kb") == before, line
    expect_answer(root / "kb")


@needs_root
@pytest.mark.stress
def test_a_repository_that_fills_up(tmp_path: Path, kb_root: Path, mount: Callable[..., None]) -> None:
    """With room for some of what a command writes: all of it is done, or nothing of it, and no litter stays."""
    root, kb = tmp_path / "small", tmp_path / "small/kb"
    mount(root, "-t", "tmpfs", "-o", "size=400k", "tmpfs")
    text = "---\ntitle: Big\nverify_every: 90d\n---\n" + "words " * 3_000
    # Two cards that link to it: one stays within its page, the other grows beyond it.
    links = {"small": "[x](big.md)\n", "tight": "[x](big.md)\n" + "y" * (PAGE - 13)}
    done = set()
    for free in range(14):
        for line in (
            ["verify", "big", "--yes", "--by", "me"],
            ["edit", "big", "--title", "Other", "--tag", "+new"],
            ["mv", "big", "elsewhere/deep/big"],
            ["flag", "big", "--reason", "wrong"],
            ["new", "New card", "--folder", "fresh/folder", "--no-edit"],
            ["check", "--update-baseline"],
        ):
            shutil.rmtree(kb, ignore_errors=True)
            (root / "filler").unlink(missing_ok=True)
            shutil.copytree(kb_root, kb, ignore=shutil.ignore_patterns(".git"))
            for name, data in {"big": text, **links}.items():
                (kb / f"{name}.md").write_text(data)
            before = read_cards(kb)
            fill(root, free)
            ended = run(kb, *line)
            assert "Traceback" not in ended.stderr
            assert ended.returncode in (0, 3), (free, line, ended)
            if ended.returncode:
                assert "space" in ended.stderr, (free, line, ended.stderr)
                assert read_cards(kb) == before, (free, line)
            else:
                assert read_cards(kb) != before
                assert not list(kb.rglob("*.kb-tmp"))
                if line[0] == "mv":
                    assert {(kb / f"{name}.md").read_text()[:25] for name in links} == {
                        "[x](elsewhere/deep/big.md"
                    }
            done.add((line[0], ended.returncode))
    assert {(name, code) for name in ("verify", "edit", "mv", "flag", "new") for code in (0, 3)} <= done


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


@pytest.mark.parametrize("count", [1, pytest.param(99, marks=pytest.mark.stress)], ids=["some", "all"])
def test_read_only_home(
    kb_root: Path, isolated_environment: Path, mount: Callable[..., None], count: int
) -> None:
    """In a home that cannot be written to, every look works, and every change of a card."""
    make_read_only(isolated_environment, mount)
    assert "temporary" in expect_answer(kb_root).stderr
    lines = (
        ["check"],
        ["stale"],
        ["report"],
        ["doctor"],
        ["index"],
        ["duplicates"],
        ["review", "--format", "plain"],
        ["new", "Something", "--no-edit"],
        ["verify", "quotas", "--yes"],
        ["mv", "quotas", "elsewhere/quotas"],
    )
    for line in lines[:count]:
        done = run(kb_root, *line)
        assert done.returncode in (0, 1, 3), done
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize("count", [1, pytest.param(99, marks=pytest.mark.stress)], ids=["some", "all"])
def test_read_only_repository(kb_root: Path, mount: Callable[..., None], count: int) -> None:
    """In a repository that cannot be written to, every look works, and every change is refused with a reason."""
    make_read_only(kb_root, mount)
    before = read_cards(kb_root)
    expect_answer(kb_root)
    looks = (
        ["check"],
        ["stale"],
        ["report"],
        ["doctor"],
        ["index", "--rebuild"],
        ["duplicates"],
        ["log", "refund"],
    )
    for line in looks[:count]:
        assert run(kb_root, *line).returncode in (0, 1)
    changes = (
        ["mv", "quotas", "elsewhere/quotas"],
        ["verify", "refund", "--yes"],
        ["edit", "refund", "--tag", "x"],
        ["new", "New", "--no-edit"],
        ["flag", "refund", "--reason", "x"],
        ["check", "--update-baseline"],
    )
    for line in changes[:count]:
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


def run_version(root: Path, version: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run kb there as another version of it."""
    script = f"import kbcli, sys; kbcli.__version__ = {version!r}\nfrom kbcli.__main__ import main; sys.exit(main(sys.argv[1:]))"
    return subprocess.run(
        [sys.executable, "-c", script, "--today", "2026-11-21", *arguments],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    "versions",
    [
        ("99.0",),
        pytest.param(("0.0.1", "99.0", "1.0.0-beta+é", "", "x" * 5_000) * 4, marks=pytest.mark.stress),
    ],
    ids=["one", "many"],
)
def test_index_of_another_version(kb_root: Path, versions: tuple[str, ...]) -> None:
    """An index that another version of kb built is built anew by this one, and the other way round, without a word of error."""
    path = find_index_folder(kb_root) / MANIFEST_NAME
    for number, version in enumerate(versions):
        (kb_root / "new.md").write_text(f"# New\n\n{make_word(number)}\n")
        done = run_version(kb_root, version, "search", make_word(number), "--format", "plain")
        assert (done.returncode, "error" in done.stderr) == (0, False), done
        assert done.stdout.startswith("new\t")
        assert unpack_manifest(path.read_bytes()).fingerprint.startswith(f"{version}/")
        assert "error" not in expect_answer(kb_root).stderr
        assert unpack_manifest(path.read_bytes()).fingerprint.startswith(f"{__version__}/")


# A manifest with all its sums in order that says something else, as kb of another time may have written it.
OTHER_MANIFESTS: dict[str, Callable[[dict[str, Any], dict[str, Any]], object]] = {
    "nothing": lambda whole, _: whole.clear(), "more": lambda whole, _: whole.update(surplus=1), "less": lambda whole, _: whole.pop("head"),
    "segments counted": lambda whole, _: whole.update(segments=5), "segments named": lambda whole, _: whole.update(segments=["x"]),
    "segments without names": lambda whole, _: whole.update(segments=[{}]), "no sums": lambda _, segment: segment.pop("sums"),
    "sums as text": lambda _, segment: segment.update(sums="x"), "files as a list": lambda _, segment: segment.update(files=[]),
    "sizes as text": lambda _, segment: segment["files"].update({".trm": "9"}), "a file less": lambda _, segment: segment["files"].popitem(),
    "a file more": lambda _, segment: segment["files"].update({".new": 9}), "negative size": lambda _, segment: segment["files"].update({".trm": -9}),
    "documents as text": lambda _, segment: segment.update(document_count="3"), "too many documents": lambda _, segment: segment.update(document_count=10**30),
    "deleted by name": lambda _, segment: segment.update(deleted=["x"]), "deleted beyond": lambda _, segment: segment.update(deleted=[10**6]),
    "number for a name": lambda _, segment: segment.update(id=7), "a path for a name": lambda _, segment: segment.update(id="/../../x"),
    "git index as text": lambda whole, _: whole.update(git_index="x"), "head as a number": lambda whole, _: whole.update(head=7),
    "no fingerprint": lambda whole, _: whole.update(fingerprint=None), "built at no time": lambda whole, _: whole.update(built_at="x"),
    "unwatched as numbers": lambda whole, _: whole.update(unwatched=[1, "a"]),
}  # fmt: skip


@pytest.mark.stress
def test_manifest_of_another_time(kb_root: Path) -> None:
    """A manifest that is whole but of another form, as another version might write it: built anew, no traceback."""
    path = find_index_folder(kb_root) / MANIFEST_NAME
    for number, (name, change) in enumerate(OTHER_MANIFESTS.items()):
        expect_answer(kb_root)
        whole, watched = map(json.loads, path.read_bytes().splitlines()[1:])
        whole["fingerprint"] = "another"
        change(whole, whole["segments"][0])
        for stamps in (watched, [], {"billing/refund.md": "x"}):
            rest = f"{json.dumps(whole)}\n{json.dumps(stamps)}\n".encode()
            path.write_bytes(b"%08x\n%b" % (crc32(rest), rest))
            assert run(kb_root, "doctor").returncode in (0, 1), name
            (kb_root / "new.md").write_text(f"# New\n\n{make_word(number)}\n")
            done = run(kb_root, "search", make_word(number), "--format", "plain")
            assert (done.returncode, done.stdout.partition("\t")[0]) == (0, "new"), (name, done)


@pytest.mark.parametrize("count", [2, pytest.param(99, marks=pytest.mark.stress)], ids=["some", "all"])
def test_clock_going_backwards(kb_root: Path, count: int) -> None:
    """An index built by a clock a day ahead, cards from the future and the past: each edit is found at once."""
    script = (
        "import sys, time\nreal, plain = time.time_ns, time.time\n"
        "time.time_ns = lambda: real() + {days} * 86_400_000_000_000\ntime.time = lambda: plain() + {days} * 86_400\n"
        "from kbcli.__main__ import main\nsys.exit(main(['search', {word!r}, '--format', 'plain']))"
    )
    card = kb_root / "billing/refund.md"
    now = 1_795_000_000_000_000_000
    steps = [(1, 2), (-400, -9_000), (0, -3), (-2, 0), (3, 9_000), *((-day, -day) for day in range(20))]
    for number, (days, shift) in enumerate(steps[:count]):
        card.write_text(f"---\ntitle: Refund a payment\n---\n{make_word(number)}\n")
        os.utime(card, ns=(now + shift * 86_400_000_000_000,) * 2)
        done = subprocess.run(
            [sys.executable, "-c", script.format(days=days, word=make_word(number))],
            cwd=kb_root,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, "billing/refund" in done.stdout) == (0, True), (number, done)


@pytest.mark.parametrize("rounds", [2, pytest.param(60, marks=pytest.mark.stress)])
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
            time.sleep(0.001)

    writer = threading.Thread(target=scribble)
    writer.start()
    try:
        for _ in range(rounds):
            expect_answer(kb_root)
    finally:
        stop.set()
        writer.join()
    (kb_root / "last.md").write_text("---\ntitle: Last\n---\nlastword\n")
    done = run(kb_root, "search", "scribbled", "--limit", "99", "--format", "plain")
    found = sorted(line.partition("\t")[0] for line in done.stdout.splitlines())
    assert found == sorted(path.stem for path in kb_root.glob("scribbled-*.md"))
    assert run(kb_root, "search", "lastword").returncode == 0


@pytest.mark.parametrize("count", [1, pytest.param(99, marks=pytest.mark.stress)], ids=["some", "all"])
def test_names_that_differ_in_case_only(kb_root: Path, count: int) -> None:
    """Two IDs that differ only in case are a finding, both are found, and neither can be made by new or mv."""
    (kb_root / "billing/Refund.md").write_text("---\ntitle: Refund a payment too\n---\nother\n")
    if len(list((kb_root / "billing").iterdir())) < 2:
        pytest.skip("this file system ignores case")
    done = run(kb_root, "check", "--format", "plain")
    assert (done.returncode, "duplicate-id" in done.stdout) == (1, True)
    assert "billing/Refund" in expect_answer(kb_root).stdout
    before = read_cards(kb_root)
    lines = (
        ["mv", "api/quotas", "BILLING/REFUND"],
        ["new", "rEFUND", "--folder", "billing", "--no-edit"],
        ["mv", "api/quotas", "billing/reFund"],
        ["mv", "billing/Refund", "billing/REFUND"],
    )
    for line in lines[:count]:
        done = run(kb_root, *line)
        assert (done.returncode, "Traceback" in done.stderr) == (3, False), (line, done)
        assert read_cards(kb_root) == before, line


@pytest.mark.stress
def test_a_file_system_that_ignores_case(
    tmp_path: Path, git_commit: Callable[..., str], mount: Callable[..., None]
) -> None:
    """A repository with two such names checked out where there can be one: searched, checked, and renamed in case only."""
    root = tmp_path / "kb"
    root.mkdir()
    (root / "probe").touch()
    if not (root / "PROBE").exists():
        mount(root, "-t", "tmpfs", "-o", "casefold,size=4m", "tmpfs")
        (root / "folded").mkdir()
        subprocess.run(["chattr", "+F", root / "folded"], check=True, capture_output=True)
        root /= "folded"
    for arguments in (["init", "-q"], ["config", "core.ignorecase", "true"]):
        subprocess.run(["git", *arguments], cwd=root, check=True)
    (root / "kb.toml").write_text("")
    (root / "refund.md").write_text("---\ntitle: Refund a payment\n---\nthe words\n")
    git_commit(root)
    name = subprocess.run(
        ["git", "hash-object", "refund.md"], cwd=root, check=True, capture_output=True, text=True
    )
    entry = f"100644,{name.stdout.strip()},Refund.md"
    subprocess.run(["git", "update-index", "--add", "--cacheinfo", entry], cwd=root, check=True)
    for line in (["search", "refund payment"], ["check"], ["doctor"], ["list"], ["stale"]):
        done = run(root, *line)
        assert (done.returncode in (0, 1), "Traceback" in done.stderr) == (True, False), (line, done)
    # Not --hard: git, which takes the two for two files, would remove the one and with it the other.
    subprocess.run(["git", "reset", "-q"], cwd=root, check=True)
    moved = run(root, "mv", "refund", "Refund")
    assert (moved.returncode, "git mv" in moved.stderr) == (0, True)
    assert [path.name for path in root.glob("*.md")] == ["Refund.md"]
    assert "the words" in (root / "Refund.md").read_text()
    assert "the words" in run(root, "search", "refund payment").stdout
    subprocess.run(["git", "mv", "-f", "refund.md", "Refund.md"], cwd=root, check=True)
    assert run(root, "search", "refund payment").stdout.startswith("Refund\t")
    (root / "other.md").write_text("---\ntitle: Another card\n---\nother words\n")
    assert run(root, "mv", "Refund", "Other").returncode == 3
    assert run(root, "mv", "Refund", "Guide/refund").returncode == 0
    assert run(root, "mv", "Guide/refund", "guide/Refund").returncode == 3
    assert run(root, "mv", "other", "guide/other").returncode == 3
    assert sorted(path.name for path in root.rglob("*.md")) == ["other.md", "refund.md"]


LINES = {
    "one word": "w" * 1_000_000, "words": "needle " * 150_000, "Chinese": "密码重置" * 250_000, "Thai": "เปิดการตั้งค่า" * 70_000, "Korean": "비밀번호 " * 200_000,
    "German": "Donaudampfschifffahrtsgesellschaft" * 30_000, "marks": "e\u0301" * 500_000, "one cluster": "e" + "\u0301" * 1_000_000, "emoji": "👩‍👩‍👧‍👦" * 140_000,
    "links": "[a](b) " * 150_000, "brackets": "[" * 1_000_000, "images": "![" * 500_000, "emphasis": "*_" * 500_000, "code": "`" * 1_000_001, "code of words": "`needle` " * 120_000,
    "HTML": "<a" * 500_000, "entities": "&amp;" * 200_000, "quotes": ">" * 1_000_000, "table": "|" * 1_000_000, "heading": "# " + "#" * 1_000_000,
    "backslashes": "\\" * 1_000_000, "numbers": "1." * 500_000, "addresses": "a@b.c/" * 170_000, "paths": "/x" * 500_000, "spaces": " " * 1_000_000 + "x",
    "tabs": "\t" * 1_000_000 + "x", "hyphens": "-" * 1_000_000, "dates": "2026-11-21 " * 90_000, "right to left": "שלום " * 200_000, "colons": "a: " * 330_000,
}  # fmt: skip


@pytest.mark.stress
@pytest.mark.parametrize("kind", LINES)
def test_lines_of_a_million_characters(kb_root: Path, kind: str) -> None:
    """As text, title and front matter, of every script and every sign that means something: all looks work, in time."""
    line = LINES[kind]
    (kb_root / "line.md").write_text(f"---\ntitle: One line\n---\n{line}\n\nandafter\n")
    (kb_root / "heading.md").write_text(f"# {line}\n\nandafter\n")
    (kb_root / "front.md").write_text(f"---\ntitle: One line\naliases: [{line}]\n---\nandafter\n")
    found = run(kb_root, "search", "andafter", "--explain", "--format", "plain")
    assert (found.returncode, "Traceback" in found.stderr) == (0, False), found
    assert {"line", "heading", "front"} <= {row.partition("\t")[0] for row in found.stdout.splitlines()}
    expect_answer(kb_root)
    query = line.encode()[:100_000].decode(errors="ignore")
    for arguments in (
        ["search", "--", query], ["check"], ["show", "line", "--format", "plain"], ["show", "line", "--format", "table"], ["duplicates"], ["report"],
        ["list"], ["verify", "line", "--yes", "--diff"], ["edit", "heading", "--tag", "+x"], ["mv", "line", "elsewhere/line"], ["translations"],
    ):  # fmt: skip
        done = run(kb_root, *arguments)
        shown = [item[:40] for item in arguments]
        assert (done.returncode in (0, 1, 2, 3), "Traceback" in done.stderr) == (True, False), (
            shown,
            done.stderr[-2000:],
        )


@pytest.mark.stress
def test_cards_of_fifty_megabytes_of_every_kind(kb_root: Path) -> None:
    """Text, one line, zeros, an open header, one sparse file of 50 GB: each is a finding, and no command reads them all."""
    pieces = {
        "text.md": b"enormous text\n" * 70_000, "line.md": b"enormous " * 110_000, "zeros.md": bytes(1_000_000),
        "header.md": b"---\ntitle: enormous\n" + b"x: y\n" * 200_000, "nested.md": b"[" * 1_000_000, "bytes.md": bytes(range(256)) * 4_000,
    }  # fmt: skip
    for name, piece in pieces.items():
        with open(kb_root / name, "wb") as stream:
            stream.writelines(piece for _ in range(-(-50_000_000 // len(piece))))
    (kb_root / "sparse.md").touch()
    os.truncate(kb_root / "sparse.md", 50_000_000_000)
    done = run(kb_root, "check", "--format", "plain")
    assert done.returncode == 1
    for name in (*pieces, "sparse.md"):
        assert f"{name}:1: error: unreadable" in done.stdout
    expect_answer(kb_root)
    assert run(kb_root, "search", "enormous").returncode == 1
    for arguments in (
        ["stale"], ["report"], ["doctor"], ["duplicates"], ["list"], ["index", "--rebuild"], ["show", "text"], ["verify", "text", "--yes"], ["log", "text"],
        ["edit", "text", "--tag", "x"], ["mv", "text", "other"], ["mv", "quotas", "elsewhere/quotas"], ["translations"], ["eval"], ["review", "--format", "plain"],
    ):  # fmt: skip
        done = run(kb_root, *arguments)
        assert (done.returncode in (0, 1, 2, 3), "Traceback" in done.stderr) == (True, False), (
            arguments,
            done,
        )


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
