"""CODEOWNERS is read as GitHub and GitLab read it."""

import os
import time
from pathlib import Path

import pytest

from kbcli.foundation.git.codeowners import load_codeowners, parse_codeowners


@pytest.mark.parametrize(
    ("pattern", "matching", "others"),
    [
        ("*", ["a.md", "x/y/a.md"], []),
        ("*.md", ["a.md", "x/y/a.md"], ["a.txt"]),
        ("/docs/", ["docs/a.md", "docs/x/a.md"], ["x/docs/a.md"]),
        ("docs/", ["docs/a.md", "x/docs/a.md"], ["docs"]),
        ("docs", ["docs/a.md", "x/docs/a.md"], ["mydocs/a.md"]),
        ("docs/*", ["docs/a.md"], ["docs/x/a.md", "x/docs/a.md"]),
        ("/a.md", ["a.md"], ["x/a.md"]),
        ("**/logs", ["logs/a", "x/y/logs/a"], ["mylogs/a"]),
        ("docs/**", ["docs/a", "docs/x/y"], ["x"]),
        ("/x/**/a.md", ["x/a.md", "x/y/z/a.md"], ["y/a.md"]),
        (r"with\ space/", ["with space/a.md"], ["with/a.md"]),
        ("a?.md", ["ab.md"], ["a/.md", "abc.md"]),
        ("a*b*c.md", ["aXbYc.md", "abc.md", "abbcc.md"], ["a/b/c.md", "ab.md"]),
        ("新/", ["新/カード.md"], ["新しい/カード.md"]),
    ],
)
def test_patterns_are_those_of_gitignore(pattern: str, matching: list[str], others: list[str]) -> None:
    """A leading slash anchors, a trailing one takes all below, a star stays in its folder, two cross folders."""
    book = parse_codeowners(f"{pattern} @a\n")
    assert [path for path in matching if not book.find_owners(path)] == []
    assert [path for path in others if book.find_owners(path)] == []


def test_the_last_match_wins_also_without_owners() -> None:
    """Later lines replace earlier ones, comments end a line, and a line without owners takes them away."""
    book = parse_codeowners("# ours\n* @all\n/api/ @org/api-team x@example.org # why\n\napi/free/\n")
    assert book.find_owners("a.md") == ("@all",)
    assert book.find_owners("api/a.md") == ("@org/api-team", "x@example.org")
    assert book.find_owners("api/free/a.md") == ()


def test_sections_of_gitlab_add_up() -> None:
    """Each section has a last match of its own, and default owners."""
    book = parse_codeowners("* @all\n[Docs][2] @writers\ndocs/\n^[API]\ndocs/api/ @api\n")
    assert book.find_owners("docs/api/a.md") == ("@all", "@writers", "@api")


def test_no_pattern_is_slow() -> None:
    """A hostile file cannot hold up the gate."""
    book = parse_codeowners("*a" * 60 + "b @x\n" + "/" + "**/" * 60 + "z @x\n" + "/" + "**" * 40 + "b @x\n")
    started = time.perf_counter()
    assert book.find_owners("a" * 200 + "/" + "a/" * 100 + "a" * 200) == ()
    assert time.perf_counter() - started < 1


@pytest.mark.skipif(os.name != "posix", reason="symbolic links")
def test_a_file_outside_is_not_read(tmp_path: Path) -> None:
    """A link that leads out of the repository, and bytes that are no text, name nobody and break nothing."""
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "secret").write_text("* @secret\n")
    (root / "CODEOWNERS").symlink_to(tmp_path / "secret")
    assert load_codeowners(root) is None
    (root / "docs").mkdir()
    (root / "docs/CODEOWNERS").write_bytes(b"\xff\xfe* @a\n* @b\n")
    assert load_codeowners(root).find_owners("x") == ("@b",)
