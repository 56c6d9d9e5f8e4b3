"""The stale report: what is listed, in which order, and how it is counted."""

from collections.abc import Callable
from datetime import date

import pytest

from kbcli.errors import UsageError
from kbcli.knowledge.cards.library import Library
from kbcli.knowledge.trust import GROUPINGS
from kbcli.knowledge.trust.filters import make_filter
from kbcli.knowledge.trust.judging import judge_library, summarise_trust
from kbcli.knowledge.trust.stale import StaleReport, list_stale
from tests.unit.conftest import write_card

TODAY = date(2026, 11, 21)
Make = Callable[..., Library]
CARDS = {
    "flagged.md": write_card(title="F", flagged="wrong", product="api"),
    "older.md": write_card(title="E1", verified="2026-07-01", tags="[api, web]"),
    "old.md": write_card(title="E2", verified="2026-08-01", owner="[web-team, api-team]"),
    "today.md": write_card(title="E3", verified="2026-08-23", owner=None),
    "changed.md": write_card(title="C", verified_digest="v1:0000000000000000"),
    "new.md": write_card(title="U", verified=None, verify_every=None, lang="de"),
    "due.md": write_card(title="D", verified="2026-08-30"),
    "later.md": write_card(title="V1", verified="2026-09-20"),
    "good.md": write_card(title="V2"),
    "never.md": write_card(title="V3", verify_every="never", verify_never_reason="History."),
    "draft.md": write_card(title="DR", status="draft"),
    "archived.md": write_card(title="AR", status="archived", verified="2001-01-01"),
}


def ids(report: StaleReport) -> list[str]:
    """The IDs in report order."""
    return [row.card.id for row in report.rows]


def test_the_worst_state_comes_first_and_then_the_longest_overdue(make_library: Make) -> None:
    """Flagged, expired (longest first), changed, unverified, due; what is verified, draft or archived is not listed."""
    report = list_stale(make_library(CARDS), TODAY)
    assert ids(report) == ["flagged", "older", "old", "today", "changed", "new", "due"]
    assert [row.trust.days_left for row in report.rows] == [70, -53, -22, 0, 70, None, 7]


def test_within_looks_further_ahead_or_less_far(make_library: Make) -> None:
    """`within` days take the place of the warning window; what is stale already is always listed."""
    library = make_library(CARDS)
    assert ids(list_stale(library, TODAY, within=28)) == [
        "flagged",
        "older",
        "old",
        "today",
        "changed",
        "new",
        "due",
        "later",
    ]
    assert ids(list_stale(library, TODAY, within=27))[-1] == "due"
    assert ids(list_stale(library, TODAY, within=6))[-1] == "new"


def test_the_summary_counts_every_active_card(make_library: Make) -> None:
    """The score is verified and due cards over active ones; drafts and archived cards count for neither."""
    summary = list_stale(make_library(CARDS), TODAY).summary
    assert (summary.active, summary.trusted, summary.score) == (10, 4, 0.4)
    assert dict(summary.counts) == {
        "flagged": 1, "expired": 3, "changed": 1, "suspect": 0, "unverified": 1, "due": 1, "verified": 3,
        "draft": 1, "archived": 1,
    }  # fmt: skip


def test_without_active_cards_there_is_no_score(make_library: Make) -> None:
    """Nothing is not 0 % trusted and not 100 %."""
    assert list_stale(make_library({}), TODAY).summary.score is None


def test_groups_hold_their_rows_and_their_own_score(make_library: Make) -> None:
    """A card with two owners is in both groups, one without comes last, and a group's score is of all its cards."""
    report = list_stale(make_library(CARDS), TODAY, group_by="owner")
    assert [group.name for group in report.groups] == ["api-team", "web-team", ""]
    api, web, none = report.groups
    assert [row.card.id for row in web.rows] == ["old"]
    assert [row.card.id for row in none.rows] == ["today"]
    assert "old" in [row.card.id for row in api.rows]
    assert (api.summary.active, web.summary.score) == (9, 0.0)


def test_the_group_with_most_to_do_comes_first(make_library: Make) -> None:
    """Whoever has the most stale cards stands on top; of as many, whose are worse."""
    cards = {
        "a.md": {"owner": "ann", "verify_every": "90d", "verified": "2026-11-20"},
        "b.md": {"owner": "bob"},
        "c.md": {"owner": "cleo", "verify_every": "90d", "verified": "2026-01-01"},
        "d.md": {"owner": "dora"},
        "e.md": {"owner": "dora"},
    }
    library = make_library(
        {
            path: write_card(verified=None, **fields) if "verified" not in fields else write_card(**fields)
            for path, fields in cards.items()
        }
    )
    groups = list_stale(library, TODAY, group_by="owner").groups
    assert [group.name for group in groups] == ["dora", "cleo", "bob", "ann"]


@pytest.mark.parametrize(("field", "names"), [
    ("tag", ["api", "web", ""]), ("product", ["api", ""]), ("type", ["answer"]), ("lang", ["en", "de"]),
])  # fmt: skip
def test_cards_are_grouped_by_other_fields_too(make_library: Make, field: str, names: list[str]) -> None:
    """Every grouping there is puts what has no name last."""
    assert field in GROUPINGS
    assert [group.name for group in list_stale(make_library(CARDS), TODAY, group_by=field).groups] == names


def test_an_unknown_grouping_is_wrong_usage(make_library: Make) -> None:
    """A field one cannot group by is refused with those one can."""
    with pytest.raises(UsageError) as caught:
        list_stale(make_library({}), TODAY, group_by="colour")
    assert "owner" in caught.value.hint


def test_a_filter_restricts_rows_and_summary(make_library: Make) -> None:
    """The score of one team is that of its cards alone."""
    library = make_library(CARDS)
    report = list_stale(library, TODAY, filters=make_filter(library.config, owner=["web-team"]))
    assert ids(report) == ["old"]
    assert report.summary.active == 1


def test_check_and_stale_agree_card_by_card(make_library: Make) -> None:
    """What the gate calls expired, flagged, changed, unverified or due, the report lists in that state or a worse one."""
    from kbcli.knowledge.gate.run import run_check
    from kbcli.operations.rules import RULES

    library = make_library(CARDS)
    states = {"flagged", "expired", "changed", "suspect", "unverified", "due"}
    found = {item.path for item in run_check(library, TODAY, RULES).findings if item.rule in states}
    assert found == {row.card.path for row in list_stale(library, TODAY).rows}
    assert summarise_trust(judge_library(library, TODAY).values()) == list_stale(library, TODAY).summary
