"""A write leaves the old file or the new one, whatever happens."""

import os
import random
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kbcli.errors import RefusedError
from kbcli.foundation.disk.files import create_file, replace_file

WRITER = """
import sys
from pathlib import Path
from kbcli.foundation.disk.files import replace_file
path = Path(sys.argv[1])
texts = [b"a" * 300_000, b"b" * 300_000]
print("ready", flush=True)
for number in range(10_000_000):
    replace_file(path, texts[number % 2])
"""


def list_files(folder):
    """The files of a folder, hidden ones too."""
    return sorted(entry.name for entry in os.scandir(folder) if entry.is_file())


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX")
def test_a_kill_at_any_moment_leaves_a_whole_file(tmp_path):
    """A process killed while it writes leaves the old text or the new one, never a part or nothing."""
    path = tmp_path / "card.md"
    path.write_bytes(b"a" * 300_000)
    chance = random.Random(7)
    for _ in range(12):
        with subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(chance.random() * 0.04)
            os.kill(process.pid, signal.SIGKILL)
        data = path.read_bytes()
        assert data in (b"a" * 300_000, b"b" * 300_000)


def test_a_file_that_changed_meanwhile_is_left_alone(tmp_path):
    """An editor's save between reading and writing is not lost, and no temporary file stays behind."""
    path = tmp_path / "card.md"
    path.write_bytes(b"saved by the editor")
    with pytest.raises(RefusedError, match="changed"):
        replace_file(path, b"new", expected=b"what kb read")
    assert path.read_bytes() == b"saved by the editor"
    assert list_files(tmp_path) == ["card.md"]


def test_a_file_that_is_gone_is_not_made_again(tmp_path):
    """A card deleted meanwhile is not brought back by a write."""
    with pytest.raises(RefusedError, match="gone"):
        replace_file(tmp_path / "card.md", b"new", expected=b"old")
    assert list_files(tmp_path) == []


@pytest.mark.skipif(os.name != "posix", reason="modes and links are POSIX")
def test_mode_and_links_survive(tmp_path):
    """The file behind a symbolic link is replaced, the link stays, and so does the mode."""
    (tmp_path / "real").mkdir()
    real, link = tmp_path / "real" / "card.md", tmp_path / "link.md"
    real.write_bytes(b"old")
    real.chmod(0o640)
    link.symlink_to(real)
    replace_file(link, b"new", expected=b"old")
    assert link.is_symlink()
    assert real.read_bytes() == b"new"
    assert real.stat().st_mode & 0o777 == 0o640


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everything")
def test_a_read_only_file_is_refused(tmp_path):
    """A file its owner made read-only is not replaced behind their back."""
    path = tmp_path / "card.md"
    path.write_bytes(b"old")
    path.chmod(0o444)
    with pytest.raises(RefusedError, match="read-only"):
        replace_file(path, b"new", expected=b"old")
    assert path.read_bytes() == b"old"


@pytest.mark.skipif(os.name != "posix", reason="pipes in the file system are POSIX")
def test_only_regular_files_are_replaced(tmp_path):
    """A pipe or a folder with a card's name is refused, without waiting for it."""
    os.mkfifo(tmp_path / "pipe.md")
    (tmp_path / "folder.md").mkdir()
    for name in ("pipe.md", "folder.md"):
        with pytest.raises(RefusedError, match="regular"):
            replace_file(tmp_path / name, b"new")


def test_a_failure_leaves_nothing_behind(tmp_path, monkeypatch):
    """When the disk refuses the last step, the old file stands and the temporary one is gone."""
    path = tmp_path / "card.md"
    path.write_bytes(b"old")

    def refuse(*_arguments):
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(OSError, match="disk full"):
        replace_file(path, b"new", expected=b"old")
    assert path.read_bytes() == b"old"
    assert list_files(tmp_path) == ["card.md"]


def refuse_links(monkeypatch):
    """Let this be a file system without hard links."""

    def refuse(*_arguments):
        raise PermissionError("no links here")

    monkeypatch.setattr(os, "link", refuse)


@pytest.mark.parametrize("links", [True, False], ids=["links", "no links"])
def test_a_new_file_that_cannot_be_finished_is_not_there(tmp_path, monkeypatch, links):
    """A disk that is full at any step leaves no part of a new card, with hard links and without."""
    if not links:
        refuse_links(monkeypatch)

    def refuse(*_arguments):
        raise OSError("disk full")

    for name in ("fsync", *(() if links else ("replace",))):
        with monkeypatch.context() as patch:
            patch.setattr(os, name, refuse)
            with pytest.raises(OSError, match="disk full"):
                create_file(tmp_path / "card.md", b"new")
        assert list_files(tmp_path) == []
    seen = []
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", lambda _, new: seen.append(new.read_bytes()))
        create_file(tmp_path / "card.md", b"new")
    assert seen == ([] if links else [b""])


@pytest.mark.parametrize("links", [True, False], ids=["links", "no links"])
def test_a_new_file_never_overwrites(tmp_path, monkeypatch, links):
    """Creating makes missing folders, and refuses a name that is taken."""
    if not links:
        refuse_links(monkeypatch)
    path = tmp_path / "a" / "b" / "card.md"
    create_file(path, b"first")
    with pytest.raises(RefusedError, match="exists"):
        create_file(path, b"second")
    assert path.read_bytes() == b"first"
    assert os.listdir(path.parent) == ["card.md"]


def test_umask_is_never_touched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new file gets the mode that any new file gets; the process's mask, which all threads share, stays."""
    mask = os.umask(0o027)
    try:
        monkeypatch.setattr(os, "umask", None)
        create_file(tmp_path / "created.md", b"one")
        replace_file(tmp_path / "replaced.md", b"two")
    finally:
        monkeypatch.undo()
        os.umask(mask)
    modes = [stat.S_IMODE(path.stat().st_mode) for path in sorted(tmp_path.glob("*.md"))]
    assert modes == [0o640, 0o640]
