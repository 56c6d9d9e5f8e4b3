"""Remembered answers."""

import json
import os
import stat
from pathlib import Path

import pytest

from kbcli.foundation.weblinks.asking import FILE_NAME, LinkCache
from kbcli.foundation.weblinks.outcomes import Outcome

URL = "https://site.example/"


def remember(folder: Path, outcome: Outcome, now: float = 1000.0, url: str = URL) -> None:
    """Save one answer."""
    cache = LinkCache(folder, now)
    cache.note(url, outcome)
    cache.save()


def test_an_answer_is_remembered_for_a_day(tmp_path: Path) -> None:
    """What was fine is not asked again until a day has passed."""
    remember(tmp_path / "web", Outcome("fine", status=200))
    assert LinkCache(tmp_path / "web", 1000.0 + 86_399).find(URL) == Outcome("fine", status=200)
    assert LinkCache(tmp_path / "web", 1000.0 + 86_401).find(URL) is None


def test_a_broken_link_is_soon_asked_again(tmp_path: Path) -> None:
    """Whoever mends a page sees it within a quarter of an hour."""
    remember(tmp_path / "web", Outcome("broken", "answers 404"))
    assert LinkCache(tmp_path / "web", 1000.0 + 899).find(URL) is not None
    assert LinkCache(tmp_path / "web", 1000.0 + 901).find(URL) is None


def test_doubt_is_not_remembered(tmp_path: Path) -> None:
    """A timeout is asked about afresh in the next run."""
    remember(tmp_path / "web", Outcome("unsure", "did not answer"))
    assert LinkCache(tmp_path / "web", 1000.0).find(URL) is None


def test_two_runs_keep_each_others_answers(tmp_path: Path) -> None:
    """A run that began earlier does not wipe out what another one wrote meanwhile."""
    early = LinkCache(tmp_path / "web", 1000.0)
    remember(tmp_path / "web", Outcome("fine"), url="https://other.example/")
    early.note(URL, Outcome("fine"))
    early.save()
    late = LinkCache(tmp_path / "web", 1001.0)
    assert late.find(URL) and late.find("https://other.example/")  # noqa: PT018


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
def test_only_the_user_may_read_it(tmp_path: Path) -> None:
    """Folder and file are closed to others, even where the folder was there with a wider mode."""
    folder = tmp_path / "web"
    folder.mkdir(mode=0o755)
    remember(folder, Outcome("fine"))
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"[]", b'{"version":1}', b'{"version":99,"links":{}}', b"[" * 100_000, b"\xff\xfe",
        json.dumps({"version": 1, "links": {URL: "x"}}).encode(), json.dumps({"version": 1, "links": {URL: [1] * 5}}).encode(),
        json.dumps({"version": 1, "links": {URL: ["fine", "", "", 200, 5e9]}}).encode(),
        json.dumps({"version": 1, "links": {URL: ["strange", "", "", 200, 1000]}}).encode(),
    ],
)  # fmt: skip
def test_a_damaged_cache_is_an_empty_one(tmp_path: Path, content: bytes) -> None:
    """Nothing that stands in the file stops a check, and the next answer repairs it."""
    folder = tmp_path / "web"
    folder.mkdir()
    (folder / FILE_NAME).write_bytes(content)
    assert LinkCache(folder, 1000.0).find(URL) is None
    remember(folder, Outcome("fine"))
    assert LinkCache(folder, 1000.0).find(URL) == Outcome("fine")


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    """Where there is no place for a cache, the check works without one."""
    (tmp_path / "file").write_text("")
    remember(tmp_path / "file" / "web", Outcome("fine"))
    assert LinkCache(tmp_path / "file" / "web", 1000.0).find(URL) is None


def test_a_folder_behind_a_link_is_not_used(tmp_path: Path) -> None:
    """A cache folder that somebody replaced by a symbolic link is left alone."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "web").symlink_to(tmp_path / "elsewhere")
    remember(tmp_path / "web", Outcome("fine"))
    assert list((tmp_path / "elsewhere").iterdir()) == []
