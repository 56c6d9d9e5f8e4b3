"""Promises of `kb report`."""

import csv
import io
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., object]


def test_json_has_every_section(kb_root: Path, run_kb: Run) -> None:
    """The envelope holds score, groups, curve, load, expired cards and rubber stamps; it exits 0."""
    done = run_kb("report", "--format", "json", cwd=kb_root)
    assert done.code == 0
    envelope = json.loads(done.out)
    data = envelope["data"]
    assert (envelope["kb"], envelope["command"], envelope["problems"]) == (1, "report", [])
    assert data["summary"]["trust_score"] == pytest.approx(1 / 3, abs=1e-4)
    assert list(data["groups"]) == ["owner", "tag", "product", "lang"]
    assert [group["owner"] for group in data["groups"]["owner"]] == ["api-team", "billing-team"]
    assert [point["day"] for point in data["curve"]] == [
        "2026-11-01",
        "2026-11-08",
        "2026-11-15",
        "2026-11-21",
    ]
    assert [row["card"]["id"] for row in data["expired"]] == ["api/quotas"]
    assert data["load"]["total"] == {"overdue": 1, "due": [0] * 9 + [1, 0, 0]}
    assert data["stamps"]["verifications"] == 0
    assert data["history"] == {"available": True, "why": None}


def test_curve_is_what_list_says_of_a_checkout(
    kb_root: Path, run_kb: Run, git_commit: Callable[..., str], tmp_path: Path
) -> None:
    """Each point has the counts of `kb list --today` in a clone of its commit, with history and without."""
    card = kb_root / "billing/refund.md"
    card.write_text(card.read_text().replace("owner:", "verify_every: 7d\nverified: 2026-11-07\nowner:"))
    git_commit(kb_root, day="2026-11-07")
    edited = kb_root / "api/too-many-requests.md"
    edited.write_text(edited.read_text() + "\nOr ask for more.\n")
    git_commit(kb_root, day="2026-11-12")
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", kb_root, clone], check=True)
    curves = []
    for flag in ("--no-history", "--history"):
        curve = json.loads(run_kb("report", flag, "--format", "json", cwd=kb_root).out)["data"]["curve"]
        for point in curve[:-1]:
            subprocess.run(["git", "checkout", "-q", "--detach", point["commit"]], cwd=clone, check=True)
            listed = run_kb("--today", point["day"], "list", flag, "--format", "json", cwd=clone, today=None)
            assert json.loads(listed.out)["data"]["summary"]["counts"] == point["counts"], (
                flag,
                point["day"],
            )
        curves.append([point["counts"] for point in curve])
    assert curves[0] != curves[1]


def test_other_formats(kb_root: Path, run_kb: Run) -> None:
    """Table, Markdown, CSV, HTML and plain lines all carry the score; in a pipe it is lines."""
    assert "trust score 33% of 3 active cards" in run_kb("report", "--format", "table", cwd=kb_root).out
    assert "**Trust score 33%**" in run_kb("report", "--format", "markdown", cwd=kb_root).out
    assert (
        "<title>Example support: where we stand, 2026-11-21</title>"
        in run_kb("report", "--format", "html", cwd=kb_root).out
    )
    rows = list(csv.DictReader(io.StringIO(run_kb("report", "--format", "csv", cwd=kb_root).out)))
    assert (rows[0]["section"], rows[0]["trust_score"]) == ("now", "0.3333")
    assert run_kb("report", cwd=kb_root).out.startswith("now\t\t\t2026-11-21\t\t0.3333\t3\t1\t")


def test_by_since_and_filters(kb_root: Path, run_kb: Run) -> None:
    """--by gives each group its curve, --since cuts the past, and a filter narrows everything."""
    data = json.loads(
        run_kb("report", "--by", "tag", "--since", "2026-11-10", "--format", "json", cwd=kb_root).out
    )["data"]
    assert [group["tag"] for group in data["groups"]["tag"]] == ["api", "billing", "limits"]
    assert [point["day"] for point in data["groups"]["tag"][0]["curve"]] == ["2026-11-15", "2026-11-21"]
    data = json.loads(run_kb("report", "--owner", "billing-team", "--format", "json", cwd=kb_root).out)[
        "data"
    ]
    assert (data["summary"]["active"], data["curve"][0]["active"], data["expired"]) == (1, 1, [])


@pytest.mark.parametrize(
    "arguments", [("--by", "colour"), ("--since", "soon"), ("--since", "2030-01-01"), ("--format", "pdf")]
)
def test_wrong_usage(kb_root: Path, run_kb: Run, arguments: tuple[str, ...]) -> None:
    """What has no meaning exits 2 with a sentence."""
    done = run_kb("report", *arguments, cwd=kb_root)
    assert done.code == 2
    assert done.err.count("kb: error: ") == 1


def test_shallow_clone_still_reports(
    kb_root: Path, run_kb: Run, git_commit: Callable[..., str], tmp_path: Path
) -> None:
    """Without the past there is no curve, the reason is said, and the rest is there."""
    git_commit(kb_root)
    clone = tmp_path / "shallow"
    subprocess.run(["git", "clone", "-q", "--depth=1", kb_root.as_uri(), clone], check=True)
    data = json.loads(run_kb("report", "--format", "json", cwd=clone).out)["data"]
    assert "shallow" in data["history"]["why"]
    assert (len(data["curve"]), data["stamps"], data["basis"]) == (1, None, "date")
    assert data["summary"]["active"] == 3


def test_nothing_is_written_to_the_repository(kb_root: Path, run_kb: Run) -> None:
    """The cache lies in the user's folder; the working tree stays clean."""
    run_kb("report", cwd=kb_root)
    status = subprocess.run(
        ["git", "status", "--porcelain", "--ignored"], cwd=kb_root, check=True, capture_output=True, text=True
    )
    assert status.stdout == ""
    assert len(list(Path(os.environ["XDG_CACHE_HOME"], "kb", "report").glob("*.json"))) == 1
