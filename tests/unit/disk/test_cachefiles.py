"""Promises of files in the cache folder: private, whole, and never in the way."""

import os
import stat
from pathlib import Path

import pytest

from kbcli.foundation.disk.files import (
    prepare_cache_folder,
    read_cache_file,
    seal,
    unseal,
    write_cache_file,
)

POSIX = pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")


@POSIX
def test_only_the_user_may_read_it(tmp_path: Path) -> None:
    """Folder and file are closed to others, even where the folder was there with a wider mode."""
    folder = tmp_path / "cache"
    folder.mkdir(mode=0o755)
    assert prepare_cache_folder(folder)
    write_cache_file(folder / "file", b"secret")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "file").stat().st_mode) == 0o600


@POSIX
def test_a_link_is_neither_followed_nor_written_through(tmp_path: Path) -> None:
    """A link in the place of the file or of the folder leads nowhere."""
    victim = tmp_path / "victim"
    victim.write_text("keep")
    (tmp_path / "link").symlink_to(victim)
    write_cache_file(tmp_path / "link", b"new")
    assert victim.read_text() == "keep"
    assert read_cache_file(tmp_path / "link", 100) is None
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "folder").symlink_to(tmp_path / "elsewhere")
    assert not prepare_cache_folder(tmp_path / "folder")


def test_what_is_missing_or_too_large_is_no_file(tmp_path: Path) -> None:
    """A reader gets None, never an error, and a writer without a place is quiet."""
    write_cache_file(tmp_path / "file", b"12345")
    assert read_cache_file(tmp_path / "file", 5) == b"12345"
    assert read_cache_file(tmp_path / "file", 4) is None
    assert read_cache_file(tmp_path / "none", 100) is None
    assert read_cache_file(tmp_path, 100) is None
    write_cache_file(tmp_path / "no" / "folder", b"1")
    assert not prepare_cache_folder(tmp_path / "file" / "folder")


def test_every_changed_byte_breaks_the_seal() -> None:
    """What was sealed comes back whole or not at all."""
    sealed = seal(b'{"a": 1}')
    assert unseal(sealed) == b'{"a": 1}'
    assert unseal(None) is unseal(b"") is None
    for place in range(len(sealed)):
        assert unseal(sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]) is None
        assert unseal(sealed[:place]) is None
