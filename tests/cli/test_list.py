"""Promises of `kb list`."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., object]


def list_ids(text: str) -> list[str]:
    """The first column of plain output."""
    return [line.split("\t")[0] for line in text.splitlines()]


def test_lists_every_card_by_id(kb_root: Path, run_kb: Run) -> None:
    """Without filters every card is listed, sorted by ID."""
    assert list_ids(run_kb("list", cwd=kb_root).out) == [
        "api/quotas",
        "api/too-many-requests",
        "billing/refund",
    ]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--tag", "limits"], ["api/too-many-requests"]),
        (["--owner", "billing-team"], ["billing/refund"]),
        (["--owner", "api-lead@example.org"], ["api/quotas", "api/too-many-requests"]),
        (["--state", "expired"], ["api/quotas"]),
        (["--state", "expired", "--state", "unverified"], ["api/quotas", "billing/refund"]),
        (["--type", "reference", "--tag", "billing"], []),
        (["--sort", "due"], ["api/quotas", "api/too-many-requests", "billing/refund"]),
        (["--sort", "title", "--reverse"], ["api/quotas", "billing/refund", "api/too-many-requests"]),
    ],
)
def test_filters_and_sorting(kb_root: Path, run_kb: Run, arguments: list[str], expected: list[str]) -> None:
    """Values of one filter widen, several filters narrow, groups count as their members' cards."""
    done = run_kb("list", *arguments, cwd=kb_root)
    assert (done.code, list_ids(done.out)) == (0, expected)


def test_json_has_cards_and_summary(kb_root: Path, run_kb: Run) -> None:
    """JSON has the cards and the trust score over them."""
    data = json.loads(run_kb("list", "--format", "json", cwd=kb_root).out)["data"]
    assert len(data["cards"]) == 3
    assert data["summary"]["active"] == 3
    assert data["summary"]["trust_score"] == pytest.approx(1 / 3, abs=1e-3)


def test_an_unknown_state_is_usage(kb_root: Path, run_kb: Run) -> None:
    """A state that does not exist is exit 2 and names those that do."""
    done = run_kb("list", "--state", "rotten", cwd=kb_root)
    assert done.code == 2
    assert "expired" in done.err


def test_tabs_and_newlines_stay_inside_their_field(kb_root: Path, run_kb: Run) -> None:
    """A tab in a title cannot make a column."""
    (kb_root / "odd.md").write_text('---\ntitle: "a\\tb"\nowner: "x\\ny"\n---\n\nText.\n')
    lines = run_kb("list", cwd=kb_root).out.splitlines()
    assert {line.count("\t") for line in lines} == {7}


def test_an_id_is_whole_before_the_verifier_is_named(
    kb_root: Path, run_kb: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At 80 columns a long ID stands there in full, and who verified the card does not."""
    ident = "billing/a-card-with-quite-a-long-name"
    (kb_root / f"{ident}.md").write_text(
        "---\ntitle: Long\nverified: 2026-11-01\nverified_by: ada@example.org\n---\n\nText.\n"
    )
    monkeypatch.setenv("COLUMNS", "80")
    out = run_kb("list", "--format", "table", cwd=kb_root).out
    assert ident in out
    assert "by ada" not in out
    monkeypatch.setenv("COLUMNS", "140")
    assert "by ada" in run_kb("list", "--format", "table", cwd=kb_root).out


def test_cards_sorted_by_due_date_show_it(kb_root: Path, run_kb: Run) -> None:
    """On a terminal the due date stands beside each card only where it is what they are sorted by."""
    assert "2026-10-01" in run_kb("list", "--sort", "due", "--format", "table", cwd=kb_root).out
    assert "2026-10-01" not in run_kb("list", "--format", "table", cwd=kb_root).out
