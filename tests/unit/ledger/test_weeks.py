"""Promises of the weeks in git: no count tells of few, alone or by subtraction, and a week is written once."""

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st
from trials import count_trials

from kbcli.config import load_config
from kbcli.errors import RefusedError, UsageError
from kbcli.support.ledger.weeks import Week, find_week, format_week, parse_week, read_opened, write_week

WEEK = Week(date(2026, 11, 23))
COUNTS = st.dictionaries(st.text("abc", max_size=2), st.integers(0, 12), max_size=6)


@settings(max_examples=count_trials(60, 2000), deadline=None)
@given(COUNTS)
def test_no_count_below_five_is_told_nor_follows_from_the_others(counts: dict[str, int]) -> None:
    """What is said is five at least; what is not said is two counts and five tickets at least, or nothing, or all there is."""
    opened = sum(counts.values())
    told = json.loads(format_week(WEEK, opened, {"products": counts}))
    said, rest = told["products"]["counts"], told["products"]["rest"]
    if opened < 5:
        assert (told["opened"], said, rest) == (None, {}, None)
        return
    assert all(count == counts[name] >= 5 and name for name, count in said.items())
    assert rest == told["opened"] - sum(said.values())
    hidden = [count for name, count in counts.items() if count and name not in said]
    small = [count for count in hidden if count < 5]
    # One hidden count is told by the rest: it must be none that is too small.
    assert (
        not small
        or (len(hidden) >= 2 and rest >= 5)
        or len(hidden) == len([one for one in counts.values() if one])
    )


def test_personal_data_is_no_name_of_a_count() -> None:
    """A product that is called as a customer's address is counted, and not named."""
    text = format_week(WEEK, 30, {"products": {"ada@example.org": 10, "app": 20}})
    assert "ada" not in text
    assert json.loads(text)["products"] == {"counts": {"app": 20}, "rest": 10}


def test_a_week_is_written_once_and_read_again(tmp_path: Path) -> None:
    """A file that is there stays, and says how many tickets a week had; one that is no JSON says nothing."""
    config = load_config(tmp_path, None, environment={})
    path = write_week(config, WEEK, format_week(WEEK, 30, {}))
    with pytest.raises(RefusedError):
        write_week(config, WEEK, format_week(WEEK, 31, {}))
    (tmp_path / path).with_name("2026-W47.json").write_text("[" * 100_000)
    assert read_opened(config, [WEEK, WEEK.go_back(1), WEEK.go_back(2)]) == {WEEK: 30}


def test_weeks_are_those_of_the_calendar() -> None:
    """A week is named as ISO 8601 does, around the new year too; what no year has is refused."""
    assert find_week(date(2027, 1, 3)).name == "2026-W53"
    assert parse_week("2026-W53").last == date(2027, 1, 3)
    assert parse_week("2026W48") == WEEK
    for text in ("2025-W53", "2026-W00", "2026-48", "../x", "0000-W01"):
        with pytest.raises(UsageError):
            parse_week(text)
