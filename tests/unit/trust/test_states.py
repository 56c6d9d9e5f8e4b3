"""Trust states: what a card is worth on a given day."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from kbcli.config import Config
from kbcli.foundation.calendar import NEVER, Interval, add_interval, parse_interval
from kbcli.knowledge.cards.model import Card, Flag
from kbcli.knowledge.cards.reader import read_card
from kbcli.knowledge.index.documents import make_document
from kbcli.knowledge.index.record import gather_record_facts
from kbcli.knowledge.trust.states import (
    STATES,
    WORST_FIRST,
    find_due_date,
    find_warning_window,
    judge_card,
    judge_trust,
)

DAY = date(2026, 11, 1)
NINETY = Interval(90, "d")
DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))


def make_card(**fields: object) -> Card:
    """A card verified on DAY for ninety days."""
    values: dict[str, object] = {"verified": DAY, "verify_every": NINETY, "body": "Text.\n", "own_title": "T"}
    return Card(id="a", path="a.md", title="T", **{**values, **fields})


def test_a_card_expires_on_its_due_date() -> None:
    """The day before the due date a card is due; on the day itself it is expired, with no days left."""
    due = DAY + timedelta(days=90)
    before = judge_card(make_card(), due - timedelta(days=1))
    on_the_day = judge_card(make_card(), due)
    assert (before.state, before.days_left) == ("due", 1)
    assert (on_the_day.state, on_the_day.days_left) == ("expired", 0)
    assert judge_card(make_card(), due + timedelta(days=21)).days_left == -21


@pytest.mark.parametrize(
    ("interval", "window"),
    [("90d", 14), ("56d", 14), ("8d", 2), ("4d", 1), ("3d", 0), ("1y", 14), ("1m", 7), ("never", 0)],
)
def test_the_warning_window_is_14_days_or_a_quarter_of_the_interval(interval: str, window: int) -> None:
    """A card with a short interval is not due all the time."""
    parsed = parse_interval(interval)
    due = None if parsed.is_never else add_interval(DAY, parsed)
    assert find_warning_window(DAY, due, parsed) == window


@pytest.mark.parametrize(
    ("verified", "interval", "due"),
    [
        ("2026-01-31", "1m", "2026-02-28"), ("2024-01-31", "1m", "2024-02-29"), ("2024-02-29", "1y", "2025-02-28"),
        ("2026-08-31", "6m", "2027-02-28"), ("2026-12-31", "2m", "2027-02-28"), ("2026-11-01", "2w", "2026-11-15"),
        ("9999-12-01", "1y", "9999-12-31"),
    ],
)  # fmt: skip
def test_months_are_clamped_to_their_end(verified: str, interval: str, due: str) -> None:
    """A month after 31 January is the end of February."""
    card = make_card(verified=date.fromisoformat(verified), verify_every=parse_interval(interval))
    assert find_due_date(card) == date.fromisoformat(due)


def test_the_worst_state_is_shown_and_all_reasons_are_listed() -> None:
    """A flagged, expired and changed card is flagged, and says all three, worst first."""
    card = make_card(flagged=Flag("ana", DAY, "The limit is 20"), verified_digest="v1:0000000000000000")
    trust = judge_card(card, DAY + timedelta(days=400), suspect=("limits.py changed",))
    assert trust.state == "flagged"
    assert [reason.state for reason in trust.reasons] == ["flagged", "expired", "changed", "suspect"]
    assert trust.reasons[0].text == "The limit is 20"


def test_a_digest_decides_whether_the_text_changed() -> None:
    """The verified text keeps trust, another loses it, and putting it back restores it; history is not asked then."""
    verified = make_card()
    pinned = make_card(verified_digest=verified.digest)
    edited = make_card(verified_digest=verified.digest, body="Another text.\n")
    assert (judge_card(pinned, DAY).state, judge_card(pinned, DAY).basis) == ("verified", "digest")
    assert judge_card(pinned, DAY, changed=True).state == "verified"
    assert judge_card(edited, DAY, changed=False).state == "changed"


def test_without_a_digest_history_decides_and_else_the_date() -> None:
    """The basis of a judgement is said: history where it was looked at, the date alone where nothing else is known."""
    assert judge_card(make_card(), DAY).basis == "date"
    assert judge_card(make_card(), DAY, changed=False).basis == "history"
    assert judge_card(make_card(), DAY, changed=True).state == "changed"


def test_drafts_and_archived_cards_stand_apart() -> None:
    """Neither expires, whatever its date and flags."""
    for status in ("draft", "archived"):
        card = make_card(status=status, verified=date(2000, 1, 1), flagged=Flag("", None, "wrong"))
        assert judge_card(card, DAY).state == status


def test_a_stamp_from_tomorrow_counts_and_one_from_the_day_after_does_not() -> None:
    """Auckland is a day ahead of UTC; nobody is two."""
    assert judge_card(make_card(verified=DAY + timedelta(days=1)), DAY).state == "verified"
    assert judge_card(make_card(verified=DAY + timedelta(days=2)), DAY).state == "unverified"


def test_a_card_that_never_falls_due_stays_verified() -> None:
    """`never` has no due date, and no days left."""
    trust = judge_card(make_card(verify_every=NEVER), date(2090, 1, 1))
    assert (trust.state, trust.due, trust.days_left) == ("verified", None, None)


@given(verified=st.none() | DAYS, today=DAYS, amount=st.integers(1, 400), unit=st.sampled_from("dwmy"))
def test_every_card_has_exactly_one_state_on_every_day(
    verified: date | None, today: date, amount: int, unit: str
) -> None:
    """Whatever the dates, there is a state, it is the first reason's, and time alone only makes it worse."""
    card = make_card(verified=verified, verify_every=Interval(amount, unit))
    trust = judge_card(card, today)
    assert trust.state in STATES
    assert trust.reasons[0].state == trust.state
    if verified is not None and verified <= today:
        later = judge_card(card, today + timedelta(days=30))
        assert WORST_FIRST.index(later.state) <= WORST_FIRST.index(trust.state)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("2023-13-45", "“2023-13-45”, line 3"),
        ("YYYY-MM-DD", "“YYYY-MM-DD”, line 3"),
        ("", "line 3"),
        ("07/04/2026", "“07/04/2026”, line 3"),
    ],
)
def test_a_mistyped_date_is_not_never_verified(value: str, shown: str) -> None:
    """The reason names what was typed and where, in the card as in the index."""
    data = f"---\ntitle: A\nverified: {value}\n---\nText.\n".encode()
    card = read_card(data, "a.md", Config(Path("/kb"), None))
    trust = judge_card(card, DAY)
    assert (trust.state, trust.reasons[0].text) == ("unverified", f"its date cannot be read ({shown})")
    record = make_document(card, 0).record
    assert judge_trust(gather_record_facts(record), DAY) == trust
