"""Promises of the rule date-went-back, and of findings on a line that the change rewrote."""

from pathlib import Path

import pytest

from tests.unit.gate.rules.conftest import Repo as HistoryRepo
from tests.unit.gate.rules.test_left_gate import judge
from tests.unit.gate.test_differential import BROKEN, Repo


@pytest.fixture
def dated(tmp_path: Path) -> Repo:
    """A card whose date was written three times; it is expired now."""
    repo = Repo(tmp_path / "repository")
    for day in ("2025-01-10", "2025-11-21", "2026-05-20"):
        repo.card("a.md", verified=day)
        repo.mark()
    return repo


def test_last_year_typed_again_is_named_as_such_and_blamed_for_the_expiry(dated: Repo) -> None:
    """The finding of both rules: the card was expired before, but this change wrote the date that expires."""
    dated.card("a.md", verified="2025-11-21")
    found = {one.rule: one.message for one in judge(dated)}
    assert set(found) == {"date-went-back", "expired"}
    assert found["date-went-back"].endswith("from 2026-05-20 to 2025-11-21; last year typed again?")
    dated.card("a.md", verified="2025-02-10")
    assert "mistyped?" in {one.rule: one.message for one in judge(dated)}["date-went-back"]


def test_a_date_that_was_put_back_with_its_text_or_was_in_the_future_went_not_back(dated: Repo) -> None:
    """A revert, and the mending of a mistyped future, are right."""
    dated.card("a.md", verified="2025-01-10")
    assert {one.rule for one in judge(dated)} == {"expired"}
    dated.card("a.md", verified="2062-05-20")
    dated.mark()
    dated.card("a.md", verified="2026-11-20")
    assert judge(dated) == []


def test_history_knows_it_too(repo: HistoryRepo) -> None:
    """With --history, between the last two dates of the card, whoever merges."""
    repo.card(verified="2026-05-01")
    repo.commit()
    repo.card(verified="2025-11-02")
    repo.commit()
    (found,) = repo.find("date-went-back")
    assert found.message.endswith("from 2026-05-01 to 2025-11-02; last year typed again?")
    repo.card(verified="2026-11-02")
    repo.commit()
    assert repo.find("date-went-back") == []


def test_a_finding_on_a_line_that_was_rewritten_is_caused(tmp_path: Path) -> None:
    """New words on its line, that is; other quotation marks, a reflowed paragraph and other lines are not."""
    repo = Repo(tmp_path / "repository")
    repo.card("a.md", BROKEN + "And go on.\n\nLast.\n", verified="2025-01-10")
    repo.mark()
    repo.card("a.md", "See\n[it](no.md).\nAnd go on.\n\nLast words.\n", verified="'2025-01-10'")
    assert {one.rule for one in judge(repo)} == {"changed"}
    repo.card("a.md", "Look at [it](no.md).\nAnd go on.\n\nLast.\n", verified="2025-03-10")
    assert {one.rule for one in judge(repo)} == {"broken-link", "changed", "expired"}
