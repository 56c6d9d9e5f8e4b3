"""Commands on cards of every style of file."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Outcome

RunKb = Callable[..., Outcome]
YAML = b"---\r\ntitle: Styled card\r\ntype: answer\r\ntags: [api]\r\n---\r\nWait a minute,\r\nthen go on.\r\n"
TOML = b'+++\ntitle = "Styled card"\ntype = "answer"\ntags = ["api"]\n+++\nWait a minute,\nthen go on.\n'
STYLES = {
    "CRLF": YAML,
    "BOM": b"\xef\xbb\xbf" + YAML.replace(b"\r\n", b"\n"),
    "BOM and CRLF": b"\xef\xbb\xbf" + YAML,
    "TOML": TOML,
    "TOML and CRLF": TOML.replace(b"\n", b"\r\n"),
    "BOM, TOML and CRLF": b"\xef\xbb\xbf" + TOML.replace(b"\n", b"\r\n"),
}


@pytest.mark.parametrize("data", STYLES.values(), ids=STYLES)
def test_verifying_and_editing_keep_the_style(data: bytes, kb_root: Path, run_kb: RunKb) -> None:
    """A stamp and an edited field are read back; byte order mark, newlines and text stay as they were."""
    file = kb_root / "styled.md"
    file.write_bytes(data)
    assert run_kb("verify", "styled", "--yes", cwd=kb_root).code == 0
    done = run_kb("edit", "styled", "--tag", "+limits", "--owner", "web-team", "--every", "12w", cwd=kb_root)
    assert (done.code, done.out) == (0, "styled\tverified\tverified\n")
    after = file.read_bytes()
    assert after.startswith(b"\xef\xbb\xbf") == data.startswith(b"\xef\xbb\xbf")
    assert after.count(b"\r\n") == (after.count(b"\n") if b"\r\n" in data else 0)
    body = data[data.index(b"Wait") :]
    assert after.endswith(body)
    assert b"limits" in after
    assert b"web-team" in after
    assert b"2026-11-21" in after


def test_a_linked_card_is_committed_where_it_lies(
    kb_root: Path, run_kb: RunKb, git_commit: Callable[..., str]
) -> None:
    """Of a card that is a symbolic link, the commit holds the file that it leads to."""
    (kb_root / "target.txt").write_text("---\ntitle: Linked\ntype: answer\n---\nWait a minute.\n")
    (kb_root / "link.md").symlink_to("target.txt")
    git_commit(kb_root)
    done = run_kb("verify", "link", "--yes", "--commit", cwd=kb_root)
    assert done.code == 0, done.err
    assert (kb_root / "link.md").is_symlink()
    git = ["git", "-C", str(kb_root)]
    assert subprocess.run([*git, "status", "--porcelain"], capture_output=True, check=True).stdout == b""
    names = subprocess.run([*git, "show", "--name-only", "--format="], capture_output=True, check=True).stdout
    assert names == b"target.txt\n"
