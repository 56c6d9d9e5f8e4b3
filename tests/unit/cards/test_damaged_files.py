"""Files as they are really found: each gives a card or a finding, and the cards beside it still work."""

import os
import sys
from datetime import date
from pathlib import Path

import pytest
from damagedfiles import DAMAGED, HEAD

from kbcli.config import load_config
from kbcli.knowledge.cards.library import Library, load_library
from kbcli.knowledge.gate.rule import Finding
from kbcli.knowledge.gate.run import run_check
from kbcli.knowledge.trust.stale import list_stale
from kbcli.operations.rules import RULES

TODAY = date(2026, 11, 21)
CONFIG = """
[fields]
verified = "last_reviewed_on"
verify_every = "review_in"
owner = "owner_slack"
"""
NEIGHBOUR = (
    "---\ntitle: Neighbour\nowner_slack: x\nlast_reviewed_on: 2026-11-01\nreview_in: 3 months\n---\nFine.\n"
)
SHRUGGED = {"missing-title", "missing-owner", "unverified"}


def load(folder: Path) -> Library:
    """The library of a folder, with a healthy card in it."""
    (folder / "kb.toml").write_text(CONFIG)
    (folder / "neighbour.md").write_text(NEIGHBOUR)
    return load_library(load_config(folder, environment={}))


def check(library: Library) -> list[Finding]:
    """The findings, after proving that the card beside is not touched by any."""
    findings = list(run_check(library, TODAY, RULES).findings)
    assert library.by_id["neighbour"].title == "Neighbour"
    assert "neighbour.md" not in {finding.path for finding in findings}
    return findings


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_file_is_a_card_and_a_finding_at_its_line(name: str, tmp_path: Path) -> None:
    """However a file is damaged, it is a card with a title, and what is wrong is told with line and remedy."""
    data, title, expected = DAMAGED[name]
    (tmp_path / "damaged.md").write_bytes(data)
    library = load(tmp_path)
    findings = check(library)
    card = library.by_id["damaged"]
    assert card.title == (title or card.title)
    assert card.title
    assert {(item.rule, item.line) for item in findings if item.rule not in SHRUGGED} == expected
    assert all(item.message and item.hint and item.path == "damaged.md" for item in findings)
    assert list_stale(library, TODAY).summary.active == 2


def test_a_field_with_text_for_the_rest_of_the_file_keeps_its_text(tmp_path: Path) -> None:
    """Lone carriage returns end lines too: text and line numbers are as an editor shows them."""
    (tmp_path / "damaged.md").write_bytes(
        f"{HEAD}one\r\rSee [this](nowhere.md).\r".replace("\n", "\r").encode()
    )
    findings = check(load(tmp_path))
    assert [(item.rule, item.line) for item in findings] == [("bad-encoding", 1), ("broken-link", 9)]


def find_trouble(folder: Path) -> list[tuple[str, str]]:
    """Rule and path of the errors in a folder, each with message and remedy."""
    findings = [item for item in check(load(folder)) if item.severity == "error"]
    assert all(item.message and item.hint and item.line == 1 for item in findings)
    return [(item.rule, item.path) for item in findings]


def test_bytes_that_are_no_letter_are_not_taken_for_each_other(tmp_path: Path) -> None:
    """In a file with one stray byte, of Á and Í only the second byte differs, which Windows-1252 has not."""
    for name, letter in (("a", "Á"), ("b", "Í")):
        (tmp_path / f"{name}.md").write_bytes(f"{HEAD}The {letter} ".encode() + b"\xff\n")
    cards = load(tmp_path).by_id
    assert cards["a"].digest != cards["b"].digest
    assert cards["a"].body_offset == cards["b"].body_offset == len(HEAD)


def test_a_sparse_file_of_50_megabytes_is_not_read(tmp_path: Path) -> None:
    """A card of 50 MB is a finding, and takes no memory."""
    with (tmp_path / "huge.md").open("wb") as stream:
        stream.truncate(50_000_000)
    assert find_trouble(tmp_path) == [("unreadable", "huge.md")]


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX files")
def test_links_that_lead_nowhere_or_in_a_circle_are_findings(tmp_path: Path) -> None:
    """A symbolic link to nothing, to itself, and a circle of two are findings; nobody hangs."""
    (tmp_path / "self.md").symlink_to("self.md")
    (tmp_path / "ping.md").symlink_to("pong.md")
    (tmp_path / "pong.md").symlink_to("ping.md")
    (tmp_path / "gone.md").symlink_to("nothing.md")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "up").symlink_to("..")
    assert find_trouble(tmp_path) == [
        ("unreadable", "gone.md"), ("unreadable", "ping.md"), ("unreadable", "pong.md"), ("unreadable", "self.md"),
    ]  # fmt: skip


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX files")
def test_a_link_that_leads_outside_is_a_finding_and_not_read(tmp_path: Path) -> None:
    """A link to a file outside is outside-path; nothing of that file is in any card or message."""
    base = tmp_path / "base"
    base.mkdir()
    (tmp_path / "secret.md").write_text("---\ntitle: The secret\n---\nsecret\n")
    (base / "card.md").symlink_to(tmp_path / "secret.md")
    assert find_trouble(base) == [("outside-path", "card.md")]
    assert "secret" not in str(load(base))


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX files")
def test_a_pipe_is_a_finding_and_not_waited_for(tmp_path: Path) -> None:
    """A named pipe called like a card is a finding at once."""
    os.mkfifo(tmp_path / "pipe.md")
    assert find_trouble(tmp_path) == [("unreadable", "pipe.md")]


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_a_finding(tmp_path: Path) -> None:
    """Without permission to read, a card is a finding."""
    (tmp_path / "locked.md").write_text("x")
    (tmp_path / "locked.md").chmod(0)
    assert find_trouble(tmp_path) == [("unreadable", "locked.md")]


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX files")
def test_names_with_newlines_and_controls_are_cards(tmp_path: Path) -> None:
    """A card may have a newline, a tab, an escape or a quote in its name."""
    names = ["a\nb", "a\tb", "a\x1b[31mb", 'a"b', " a b ", "-rf", "a,b"]
    for name in names:
        (tmp_path / f"{name}.md").write_text(HEAD)
    library = load(tmp_path)
    check(library)
    assert set(names) <= {card.id for card in library.cards}


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_a_name_that_is_not_utf8_is_a_finding(tmp_path: Path) -> None:
    """A name with bytes that are no UTF-8 is a finding; it can be printed by whoever escapes it."""
    (tmp_path / os.fsdecode(b"caf\xe9.md")).write_text(HEAD)
    assert find_trouble(tmp_path) == [("unreadable", os.fsdecode(b"caf\xe9.md"))]


def test_a_folder_called_like_a_card_is_no_card(tmp_path: Path) -> None:
    """A folder named notes.md is entered, and is itself neither card nor finding."""
    (tmp_path / "notes.md").mkdir()
    (tmp_path / "notes.md" / "a.md").write_text(HEAD)
    library = load(tmp_path)
    assert find_trouble(tmp_path) == []
    assert [card.path for card in library.cards] == ["neighbour.md", "notes.md/a.md"]


@pytest.mark.parametrize("shape", ["blank line before the fence", "byte order mark twice", "JSON"])
def test_a_hugo_site_is_not_blamed_for_what_hugo_reads(shape: str, tmp_path: Path) -> None:
    """Front matter that only Hugo reads is fine where Hugo is the renderer."""
    (tmp_path / "kb.toml").write_text('renderer = "hugo"\n')
    (tmp_path / "damaged.md").write_bytes(DAMAGED[shape][0])
    card = load_library(load_config(tmp_path, environment={})).by_id["damaged"]
    assert (card.title, card.problems) == ("A title", ())
