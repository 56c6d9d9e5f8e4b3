"""Claims over a whole knowledge base: the gate and the stale report."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from kbcli.config import load_config
from kbcli.knowledge.cards.claims import list_claims
from kbcli.knowledge.cards.library import Library, load_library
from kbcli.knowledge.gate.run import run_check
from kbcli.operations.rules import RULES

TODAY = date(2026, 11, 21)


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., Library]:
    """Write a knowledge base, a card for each keyword, and read it."""

    def write(config: str = "", **cards: str) -> Library:
        (tmp_path / "kb.toml").write_text(config)
        for name, text in cards.items():
            (tmp_path / f"{name}.md").write_text(text)
        return load_library(load_config(tmp_path, environment={}))

    return write


def find_ended(library: Library, today: date) -> list[tuple[str, int, str, int | None]]:
    """Path, line, severity and age of each ended claim that the gate finds."""
    found = run_check(library, today, RULES).findings
    return [(item.path, item.line, item.severity, item.age) for item in found if item.rule == "claim-expired"]


def test_a_claim_holds_through_the_day_it_names(load: Callable[..., Library]) -> None:
    """`until 2026-11-21` is fine on that day and an error from the next, even on a card that is verified."""
    library = load(a="---\ntitle: A\n---\ntext\n\n<!-- kb:until 2026-11-21 prices -->\nIt costs 5.\n")
    assert find_ended(library, date(2026, 11, 21)) == []
    assert find_ended(library, date(2026, 11, 22)) == [("a.md", 6, "error", 0)]
    assert find_ended(library, date(2026, 12, 22)) == [("a.md", 6, "error", 30)]


def test_drafts_and_archived_cards_claim_nothing(load: Callable[..., Library]) -> None:
    """What nobody is served is not held against anyone."""
    claim = "\n---\n<!-- kb:until 2020-01-01 -->\nx\n"
    library = load(a=f"---\nstatus: draft{claim}", b=f"---\nstatus: archived{claim}")
    assert find_ended(library, TODAY) == []
    assert list_claims(library, TODAY) == ()


def test_a_bad_date_in_a_claim_fails_the_gate(load: Callable[..., Library]) -> None:
    """A claim whose date cannot be read is reported by the rule for dates, on its line."""
    library = load(a="---\ntitle: A\n---\n<!-- kb:until 2026-02-30 -->\nx\n")
    found = [item for item in run_check(library, TODAY, RULES).findings if item.rule == "bad-date"]
    assert [(item.line, item.severity, item.card) for item in found] == [(4, "error", "a")]


def test_severity_follows_kb_toml(load: Callable[..., Library]) -> None:
    """A knowledge base may give its authors time after a claim's end."""
    library = load(
        '[rules]\nclaim-expired = {severity = "warning", error_after = "10d"}',
        a="<!-- kb:until 2026-11-15 -->\nx\n",
    )
    assert find_ended(library, TODAY) == [("a.md", 1, "warning", 5)]
    assert find_ended(library, date(2026, 11, 30)) == [("a.md", 1, "error", 14)]


def test_coming_ends_are_listed_worst_first(load: Callable[..., Library]) -> None:
    """The stale report shows what ended longest ago first, and what ends within the days asked for."""
    library = load(
        a="<!-- kb:until 2026-12-05 soon -->\nx\n\n<!-- kb:until 2026-12-06 later -->\nx\n",
        b="<!-- kb:until 2026-11-01 ended -->\nx\n\n<!-- kb:until 2026-11-21 today -->\nx\n",
    )
    assert [(row.claim.note, row.days_left) for row in list_claims(library, TODAY)] == [
        ("ended", -20),
        ("today", 0),
        ("soon", 14),
    ]
    assert [row.claim.note for row in list_claims(library, TODAY, within=0)] == ["ended", "today"]
    assert len(list_claims(library, TODAY, within=15)) == 4
