"""`kb duplicates` as a user runs it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

TEXT = "Invoices carry the address of the account. Change it under billing before the month ends, else ask for a corrected one."


@pytest.fixture
def copied(kb_root: Path) -> Path:
    """The knowledge base with two copies of one text, and two in German."""
    for name, lang, text in (
        ("one", "en", TEXT),
        ("two", "en", TEXT + " Really."),
        ("eins", "de", TEXT[::-1]),
        ("zwei", "de", TEXT[::-1]),
    ):
        (kb_root / f"{name}.md").write_text(
            f"---\ntitle: Title of {name}\nlang: {lang}\n---\n{text}\n", encoding="utf-8"
        )
    return kb_root


def test_pairs_are_listed_most_alike_first(copied: Path, run_kb: Callable[..., object]) -> None:
    """In a pipe: one pair a line, similarity, IDs, contained ID, titles; exit status 0."""
    outcome = run_kb("duplicates", cwd=copied)
    assert outcome.code == 0
    rows = [line.split("\t") for line in outcome.out.splitlines()]
    assert [row[1:3] for row in rows] == [["eins", "zwei"], ["one", "two"]]
    assert all(len(row) == 6 for row in rows)
    assert [float(row[0]) for row in rows] == sorted((float(row[0]) for row in rows), reverse=True)


def test_a_card_gives_only_its_pairs(copied: Path, run_kb: Callable[..., object]) -> None:
    """Any reference to a card will do; an unknown one is exit status 3."""
    outcome = run_kb("duplicates", "two.md", "--format", "table", cwd=copied)
    assert "Title of one" in outcome.out
    assert "eins" not in outcome.out
    assert run_kb("duplicates", "refund", cwd=copied).out == ""
    assert run_kb("duplicates", "nothing-like-it", cwd=copied).code == 3


def test_lang_chooses_pairs_of_one_language(copied: Path, run_kb: Callable[..., object]) -> None:
    """Both cards must be in the language."""
    outcome = run_kb("duplicates", "--lang", "de", cwd=copied)
    assert [line.split("\t")[1:3] for line in outcome.out.splitlines()] == [["eins", "zwei"]]


def test_fail_exits_1_only_when_there_is_a_pair(copied: Path, run_kb: Callable[..., object]) -> None:
    """For CI: the exit status tells, and distinct_from settles it."""
    assert run_kb("duplicates", "--fail", "--lang", "en", cwd=copied).code == 1
    text = (copied / "two.md").read_text().replace("lang: en", "lang: en\ndistinct_from: [one]")
    (copied / "two.md").write_text(text)
    assert run_kb("duplicates", "--fail", "--lang", "en", cwd=copied).code == 0


def test_json_has_both_cards_with_their_trust(copied: Path, run_kb: Callable[..., object]) -> None:
    """The envelope holds pairs of whole cards, both measures, and a summary."""
    envelope = json.loads(run_kb("duplicates", "--format", "json", cwd=copied).out)
    assert envelope["command"] == "duplicates"
    data = envelope["data"]
    assert data["summary"] == {"pairs": 2, "threshold": 0.65}
    first = data["pairs"][0]
    assert set(first) == {"cards", "similarity", "jaccard", "contained"}
    assert [card["id"] for card in first["cards"]] == ["eins", "zwei"]
    assert first["cards"][0]["state"] == "unverified"
    assert first["contained"] is None


def test_the_threshold_widens_and_narrows(copied: Path, run_kb: Callable[..., object]) -> None:
    """Only what is that alike is listed; what is no share is wrong usage."""
    assert len(run_kb("duplicates", "--threshold", "1", cwd=copied).out.splitlines()) == 0
    for wrong in ("0", "1.5", "nan", "many"):
        assert run_kb("duplicates", "--threshold", wrong, cwd=copied).code == 2


def test_an_archived_card_is_said_to_be_left_out(copied: Path, run_kb: Callable[..., object]) -> None:
    """Asking for an archived card is not answered by silence."""
    text = (copied / "two.md").read_text().replace("lang: en", "status: archived")
    (copied / "two.md").write_text(text)
    outcome = run_kb("duplicates", "two", cwd=copied)
    assert (outcome.code, outcome.out) == (0, "")
    assert "archived" in outcome.err


def test_help_has_examples_and_the_exit_status(copied: Path, run_kb: Callable[..., object]) -> None:
    """--help shows what to type and what the exit status means."""
    outcome = run_kb("duplicates", "--help", cwd=copied)
    assert "kb duplicates too-many-requests" in outcome.out
    assert "Exits 0 with or without pairs" in " ".join(outcome.out.split())
