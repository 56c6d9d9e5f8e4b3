"""What a text was read as is remembered, and never trusted further than the text is the same."""

import math
import os
import tomllib
from pathlib import Path

import pytest

from kbcli.foundation.disk.files import find_cache_folder, remember_table

TEXT = """
title = "Süd 漢 \\u0001"
count = 7
huge = 123456789012345678901234567890
share = 0.1
endless = inf
on = true
list = [1, [2.0, "three"], {four = 4}]
[table."a.b"]
empty = {}
"""


class Reader:
    """Reads TOML and counts how often."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, text: str) -> dict[str, object]:
        self.count += 1
        return tomllib.loads(text)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def reader() -> Reader:
    """A reader that has read nothing yet."""
    return Reader()


def find_kept() -> Path:
    """The one remembered file."""
    (path,) = find_cache_folder("tables").iterdir()
    return path


def test_second_reading_is_remembered(tmp_path: Path, reader: Reader) -> None:
    """The same text is read once, and what is remembered has the same values and types."""
    read = remember_table(tmp_path / "kb.toml", reader)
    first, second = read(TEXT), read(TEXT)
    assert reader.count == 1
    assert repr(first) == repr(second) == repr(tomllib.loads(TEXT))
    assert second["endless"] == math.inf


def test_any_other_text_is_read(tmp_path: Path, reader: Reader) -> None:
    """One changed character is another text; so is the same text of another file until it was read."""
    read = remember_table(tmp_path / "kb.toml", reader)
    assert read("a = 1") == {"a": 1}
    assert read("a = 2") == {"a": 2}
    assert remember_table(tmp_path / "other.toml", reader)("a = 2") == {"a": 2}
    assert reader.count == 3


def test_dates_are_read_each_time(tmp_path: Path, reader: Reader) -> None:
    """What JSON cannot hold is not remembered, and is right all the same."""
    read = remember_table(tmp_path / "kb.toml", reader)
    text = "day = 2026-08-21\n"
    assert read(text) == read(text) == tomllib.loads(text)
    assert reader.count == 2


def test_errors_are_the_readers_own(tmp_path: Path, reader: Reader) -> None:
    """A text that cannot be read raises each time."""
    read = remember_table(tmp_path / "kb.toml", reader)
    for _ in range(2):
        with pytest.raises(tomllib.TOMLDecodeError):
            read("= nothing")


@pytest.mark.parametrize("spoil", ["flip", "cut", "empty", "list", "words"])
def test_damaged_memory_is_not_used(spoil: str, tmp_path: Path, reader: Reader) -> None:
    """A file of which anything changed is as good as none, and is written anew."""
    read = remember_table(tmp_path / "kb.toml", reader)
    read("a = 1")
    path = find_kept()
    data = path.read_bytes()
    changed = {
        "flip": data.replace(b'{"a":1}', b'{"a":3}'), "cut": data[:-2], "empty": b"", "list": b"00000000\n[]",
        "words": b"no table at all",
    }  # fmt: skip
    assert changed[spoil] != data
    path.write_bytes(changed[spoil])
    assert read("a = 1") == {"a": 1}
    assert reader.count == 2
    assert path.read_bytes() == data


@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX")
def test_memory_is_for_the_user_alone(tmp_path: Path, reader: Reader) -> None:
    """Nobody else may read or write what is remembered."""
    remember_table(tmp_path / "kb.toml", reader)("a = 1")
    assert find_kept().stat().st_mode & 0o077 == 0
    assert find_kept().parent.stat().st_mode & 0o077 == 0


def test_without_a_cache_it_reads(tmp_path: Path, reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing can be kept, the text is read each time."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    read = remember_table(tmp_path / "kb.toml", reader)
    assert read("a = 1") == read("a = 1") == {"a": 1}
    assert reader.count == 2
