"""One trust score a day: every command that says one says the same, by the same evidence."""

import json
from pathlib import Path

import pytest
from datedgit import make_repository

DATED = "---\ntitle: {title}\nlast_reviewed_on: 2026-11-01\nreview_in: 6 months\n---\n{text}\n"


@pytest.mark.parametrize(("flags", "setting", "score"), [
    ([], "", 1.0), (["--history"], "", 0.5), ([], "history = true\n", 0.5), (["--no-history"], "history = true\n", 1.0),
])  # fmt: skip
def test_every_command_says_the_same_score(
    tmp_path: Path, run_kb, git_commit, flags: list[str], setting: str, score: float
) -> None:
    """Pages with a date and no digest, one of them edited since: by date, or by history, but everywhere alike."""
    for text in ("Wait a minute.", "Wait an hour."):
        (tmp_path / "a.md").write_text(DATED.format(title="A", text=text))
        (tmp_path / "b.md").write_text(DATED.format(title="B", text="Stay."))
        if text == "Wait a minute.":
            make_repository(tmp_path)
            made = json.loads(run_kb("init", "--yes", "--format", "json", cwd=tmp_path).out)["data"]
            assert made["summary"]["trust_score"] == 1.0
            (tmp_path / "kb.toml").write_text(setting + (tmp_path / "kb.toml").read_text())
        git_commit(tmp_path, "Write", "2026-11-02")
    for command in ("list", "stale", "report"):
        data = json.loads(run_kb(command, *flags, "--format", "json", cwd=tmp_path).out)["data"]
        assert (command, data["summary"]["trust_score"]) == (command, score)
        shown = run_kb(command, *flags, "--format", "table", cwd=tmp_path).out
        assert f"trust score {score:.0%}" in shown
        assert ("by the date alone" in shown or "only the date is judged" in shown) == (score == 1.0)
    checked = json.loads(run_kb("check", *flags, "--format", "json", cwd=tmp_path).out)["data"]["summary"]
    assert checked["rules"].get("changed", 0) == (0 if score == 1.0 else 1)
