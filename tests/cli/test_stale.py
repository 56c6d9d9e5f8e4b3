"""Promises of `kb stale`."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

Run = Callable[..., object]


def test_worst_first_with_days(kb_root: Path, run_kb: Run) -> None:
    """Expired stands before unverified, with the days since it was due; verified cards are left out."""
    rows = [line.split("\t") for line in run_kb("stale", cwd=kb_root).out.splitlines()]
    assert [(row[0], row[1], row[2]) for row in rows] == [
        ("api/quotas", "expired", "-51"),
        ("billing/refund", "unverified", ""),
    ]


def test_within_looks_ahead(kb_root: Path, run_kb: Run) -> None:
    """--within adds what falls due in that time."""
    soon = run_kb("stale", "--within", "70d", cwd=kb_root).out
    assert "api/too-many-requests" in soon
    assert "api/too-many-requests" not in run_kb("stale", "--within", "60d", cwd=kb_root).out


def test_today_may_stand_after_the_command(kb_root: Path, run_kb: Run) -> None:
    """`kb stale --today DAY` judges by that day and says so on stderr."""
    done = run_kb("stale", "--today", "2027-02-01", cwd=kb_root, today=None)
    assert "api/too-many-requests\texpired" in done.out
    assert "2027-02-01" in done.err


def test_groups_and_summary(kb_root: Path, run_kb: Run) -> None:
    """--by owner groups the cards, and the summary line has the trust score."""
    done = run_kb("stale", "--by", "owner", "--format", "table", cwd=kb_root)
    assert done.out.index("api-team") < done.out.index("api/quotas") < done.out.index("billing-team")
    assert "trust score 33% of 3 active cards" in done.out
    data = json.loads(run_kb("stale", "--by", "owner", "--format", "json", cwd=kb_root).out)["data"]
    assert [group["owner"] for group in data["groups"]] == ["api-team", "billing-team"]


def test_csv_and_markdown(kb_root: Path, run_kb: Run) -> None:
    """CSV parses with a header, and Markdown is a table that names the cards."""
    rows = list(csv.DictReader(io.StringIO(run_kb("stale", "--format", "csv", cwd=kb_root).out)))
    assert [row["id"] for row in rows] == ["api/quotas", "billing/refund"]
    assert "api/quotas" in run_kb("stale", "--format", "markdown", cwd=kb_root).out


def test_a_stale_base_is_no_failure(kb_root: Path, run_kb: Run) -> None:
    """The report exits 0 whatever it shows; the gate is `kb check`."""
    assert run_kb("stale", cwd=kb_root).code == 0


def test_history_is_asked_on_request(kb_root: Path, run_kb: Run, git_commit: Callable[..., str]) -> None:
    """A change after the date of a card without a digest shows with --history or kb.toml's, and the table says which."""
    path = kb_root / "api/too-many-requests.md"
    path.write_text(path.read_text().replace("more requests", "too many requests"))
    git_commit(kb_root, "Change", "2026-11-05")
    assert "too-many-requests" not in run_kb("stale", cwd=kb_root).out
    assert (
        "judged by the date alone; --history asks git"
        in run_kb("stale", "--format", "table", cwd=kb_root).out
    )
    asked = run_kb("stale", "--history", "--format", "json", cwd=kb_root)
    cards = {card["id"]: card for card in json.loads(asked.out)["data"]["cards"]}
    assert (cards["api/too-many-requests"]["state"], cards["api/too-many-requests"]["basis"]) == (
        "changed",
        "history",
    )
    assert json.loads(asked.out)["data"]["summary"]["basis"] == {"digest": 0, "history": 2, "date": 0}
    (kb_root / "kb.toml").write_text("history = true\n")
    assert "too-many-requests" in run_kb("stale", cwd=kb_root).out
    assert "2 cards judged by git history" in run_kb("list", "--format", "table", cwd=kb_root).out
    assert "too-many-requests" not in run_kb("stale", "--no-history", cwd=kb_root).out


def test_days_and_spans_beyond_the_calendar_are_refused(kb_root: Path, run_kb: Run) -> None:
    """A day that nothing can be reckoned from is wrong usage, whatever the command, and so is a span of ten thousand years."""
    for line in (
        ("--today", "9999-12-31", "list"),
        ("--today", "0001-01-01", "report"),
        ("stale", "--within", "9999y"),
    ):
        assert run_kb(*line, cwd=kb_root).code == 2
