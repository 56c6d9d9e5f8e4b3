"""Stamps: what tells that a file may have changed, and when that cannot be trusted."""

import os
from pathlib import Path

import pytest

from kbcli.foundation.disk.files import Stamp, is_racy, stamp_file, was_touched_since

SECOND = 1_000_000_000
NOW = 1_795_000_000 * SECOND + 123_456_789


def make_stamp(mtime_ns: int, ctime_ns: int = 0) -> Stamp:
    """A stamp with these times."""
    return Stamp(mtime_ns, ctime_ns, 1, 1)


@pytest.mark.parametrize(
    ("mtime_ns", "expected"),
    [
        (NOW, True),
        (NOW - 9_000_000, True),
        (NOW + 9_000_000, True),
        (NOW - 30_000_000, False),
        (NOW + 3 * SECOND, False),
        (NOW - 3 * SECOND, False),
        (NOW // SECOND * SECOND, True),
        (NOW // SECOND * SECOND - SECOND, True),
        (NOW // SECOND * SECOND - 3 * SECOND, False),
    ],
)
def test_racy_is_what_can_change_within_its_tick(mtime_ns: int, expected: bool) -> None:
    """A tick is 20 ms, or two seconds where the file system knows whole seconds only."""
    assert is_racy(make_stamp(mtime_ns), NOW) is expected


def test_touched_since_looks_at_both_times() -> None:
    """A file whose content got an old time still shows when it was put there."""
    assert was_touched_since(make_stamp(5, NOW), NOW)
    assert was_touched_since(make_stamp(NOW, 5), NOW)
    assert not was_touched_since(make_stamp(NOW - 3 * SECOND, NOW - 3 * SECOND), NOW)


def test_stamp_follows_links_and_changes_with_each_part(tmp_path: Path) -> None:
    """Time, size and file each change the stamp; a link has that of its target; no file has none."""
    path, link = tmp_path / "one.md", tmp_path / "link.md"
    path.write_text("one")
    link.symlink_to(path)
    stamps = {stamp_file(tmp_path, "one.md")}
    assert stamp_file(tmp_path, "link.md") in stamps
    os.utime(path, ns=(7, 7))
    stamps.add(stamp_file(tmp_path, "one.md"))
    path.write_text("one two")
    os.utime(path, ns=(7, 7))
    stamps.add(stamp_file(tmp_path, "one.md"))
    other = tmp_path / "other"
    other.write_text("one two")
    os.utime(other, ns=(7, 7))
    os.replace(other, path)
    stamps.add(stamp_file(tmp_path, "one.md"))
    assert len(stamps) == 4
    assert stamp_file(tmp_path, "nothing.md") is None
    assert stamp_file(tmp_path, "nul\0.md") is None
