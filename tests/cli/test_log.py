"""kb log."""

import json
import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path

from tests.conftest import Outcome

RunKb = Callable[..., Outcome]
Commit = Callable[..., str]


def test_newest_first_with_the_due_date_that_passed(kb_root: Path, run_kb: RunKb) -> None:
    """In a pipe: day, event, who, commit, words and text; the last event stands first."""
    done = run_kb("log", "quotas", cwd=kb_root)
    assert done.code == 0
    rows = [line.split("\t") for line in done.out.splitlines()]
    assert [row[:3] for row in rows] == [
        ["2026-11-01", "verified", "api-lead@example.org"],
        ["2026-11-01", "created", "ada@example.org"],
        ["2026-10-01", "expired", ""],
    ]
    assert {len(row) for row in rows} == {7}


def test_a_rubber_stamp_is_called_so(kb_root: Path, run_kb: RunKb, git_commit: Commit) -> None:
    """A second verification of the same text says that it is unchanged; one of another text how much it changed."""
    run_kb("verify", "quotas", "--yes", "--commit", cwd=kb_root)
    path = kb_root / "api/quotas.md"
    path.write_text(path.read_text().replace("a quota a minute", "a quota a second"))
    run_kb("verify", "quotas", "--yes", "--commit", cwd=kb_root, today=date(2026, 12, 1))
    done = run_kb("log", "quotas", "--only", "verified", "--format", "table", cwd=kb_root)
    texts = [line.partition("ada  ")[2] or line.partition("lead  ")[2] for line in done.out.splitlines()[1:]]
    assert [text.split(",")[0].strip() for text in texts] == [
        "+1 −1 word since it was last verified", "text unchanged since it was last verified", "for the first time",
    ]  # fmt: skip


def test_json_has_counts_commits_and_what_is_not_committed(kb_root: Path, run_kb: RunKb) -> None:
    """Each event has its documented keys; an uncommitted change has neither day nor commit."""
    path = kb_root / "billing/refund.md"
    path.write_text(path.read_text().replace("five days", "six working days"))
    data = json.loads(run_kb("log", "refund", "--format", "json", cwd=kb_root).out)["data"]
    assert data["id"] == "billing/refund"
    assert data["notes"] == []
    event = data["events"][0]
    assert (event["event"], event["day"], event["committed"]) == ("edited", None, False)
    assert (event["words_added"], event["words_removed"], event["text"]) == (2, 1, "changed")
    assert (
        data["events"][1]["commit"]
        == subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=kb_root, check=True, capture_output=True, text=True
        ).stdout.strip()
    )


def test_some_events_only(kb_root: Path, run_kb: RunKb) -> None:
    """--only and --limit choose; an event that does not exist is wrong usage."""
    assert run_kb("log", "quotas", "--only", "created", cwd=kb_root).out.count("\n") == 1
    assert run_kb("log", "quotas", "-n", "1", cwd=kb_root).out.count("\n") == 1
    assert run_kb("log", "quotas", "--only", "birth", cwd=kb_root).code == 2


def test_outside_git_that_is_said(tmp_path: Path, run_kb: RunKb) -> None:
    """Without a repository there is nothing to tell, and the reason is on stderr with exit 0."""
    root = tmp_path / "plain"
    root.mkdir()
    (root / "kb.toml").write_text("")
    (root / "x.md").write_text("---\ntitle: x\n---\nText\n")
    done = run_kb("log", "x", cwd=root)
    assert (done.code, done.out) == (0, "")
    assert "not a git repository" in done.err


def test_what_people_wrote_cannot_steer_the_terminal(
    kb_root: Path, run_kb: RunKb, git_commit: Commit
) -> None:
    """Control characters in a commit's subject or a flag's reason are made visible."""
    path = kb_root / "billing/refund.md"
    path.write_text(path.read_text().replace("five", "six"))
    git_commit(kb_root, "Evil \x1b[2J subject", "2026-11-02")
    for form in ("table", "plain"):
        out = run_kb("log", "refund", "--format", form, cwd=kb_root).out
        assert "\x1b[2J" not in out
        assert "\\x1b[2J" in out
