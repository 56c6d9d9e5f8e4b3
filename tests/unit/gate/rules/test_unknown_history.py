"""The rule unknown-history: what cannot be known is said, once, and never passes for fine."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import BOB, Repo

Run = Callable[..., object]


def fill(repo: Repo) -> None:
    """Three cards verified in another's name, one of them again in the newest commit."""
    for name in ("a.md", "b.md", "c.md"):
        repo.card(name, verified="2026-10-01")
    repo.commit("Add", author=BOB)
    repo.card("a.md", verified="2026-11-01")
    repo.commit("Verify a", author=BOB)


@pytest.mark.parametrize("rule", ["unattested", "bulk-verified", "interval-extended", "self-verified"])
def test_a_shallow_clone_is_told_in_one_line(repo: Repo, tmp_path: Path, rule: str) -> None:
    """Two of three stamps lie behind the cut: one warning counts them, names the cards and one fetch."""
    fill(repo)
    clone = repo.clone(tmp_path / "clone", depth=2)
    found = [item for item in repo.find(rule, root=clone) if item.rule == "unknown-history"]
    assert [(item.severity, item.path) for item in found] == [("warning", "kb.toml")]
    count = 3 if rule == "self-verified" else 2
    assert f"{count} cards" in found[0].message
    assert "cannot be known: this clone is shallow" in found[0].message
    assert "git fetch --unshallow" in found[0].hint
    if rule == "unattested":
        assert [item.card for item in repo.find(rule, root=clone) if item.rule == rule] == ["a"]


def test_the_suggested_fetch_mends_it(repo: Repo, tmp_path: Path) -> None:
    """After `git fetch --unshallow` everything is known."""
    fill(repo)
    clone = repo.clone(tmp_path / "clone", depth=1)
    subprocess.run(["git", "fetch", "-q", "--unshallow"], cwd=clone, check=True)
    assert [item.rule for item in repo.find("unattested", root=clone)] == ["unattested"] * 3


def test_outside_of_git_nothing_is_known(repo: Repo, tmp_path: Path) -> None:
    """A copy without git cannot vouch for anything, and says so."""
    fill(repo)
    copy = tmp_path / "copy"
    copy.mkdir()
    (copy / "a.md").write_bytes((repo.root / "a.md").read_bytes())
    (found,) = repo.find("unattested", root=copy)
    assert (found.rule, found.card) == ("unknown-history", "a")
    assert "git" in found.message


def test_a_clone_without_old_contents_is_told(repo: Repo, tmp_path: Path) -> None:
    """In a partial clone, which lacks the contents of old versions, nothing passes for fine."""
    fill(repo)
    repo.card("b.md", body="Edited.\n", verified="2026-10-01")
    repo.commit("Edit", author=BOB)
    repo.git("config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "partial"
    subprocess.run(["git", "clone", "-q", "--filter=blob:none", repo.root.as_uri(), str(clone)], check=True)
    found = [item for item in repo.find("unattested", root=clone) if item.rule == "unknown-history"]
    assert len(found) == 1
    assert "lacks old versions" in found[0].message


def test_a_forged_stamp_on_a_pull_request_is_not_hidden_by_depth_1(
    repo: Repo, tmp_path: Path, run_kb: Run
) -> None:
    """A merge commit fetched with depth 1 tells nothing of the branch: its stamps are unknown, old ones no news."""
    fill(repo)
    repo.git("switch", "-qc", "work")
    repo.card("b.md", verified="2026-11-20")
    repo.commit("Forge", author=BOB)
    repo.git("switch", "-q", "main")
    repo.write("notes.txt", "x")
    base = repo.commit("Meanwhile")
    repo.git("merge", "-q", "--no-ff", "-m", "Merge", "work")
    clone = repo.clone(tmp_path / "clone", depth=1)
    subprocess.run(["git", "fetch", "-q", "--depth=1", "origin", base], cwd=clone, check=True)
    done = run_kb("check", "--base", base, "--history", cwd=clone)
    assert "b.md" in done.out
    assert "unknown-history" in done.out
    assert "a.md" not in done.out
    assert run_kb("check", "--base", base, "--history", "--strict", cwd=clone).code == 1


def test_paths_do_not_hide_it(repo: Repo, tmp_path: Path) -> None:
    """`kb check PATH` says of that card what cannot be known of it."""
    fill(repo)
    clone = repo.clone(tmp_path / "clone", depth=1)
    (found,) = repo.find("unattested", root=clone, paths=["b.md"])
    assert (found.rule, found.path) == ("unknown-history", "b.md")


def test_rules_of_history_run_when_asked_for(repo: Repo, run_kb: Run) -> None:
    """By --history, by kb.toml naming one (then only that one), and not with --no-history."""
    fill(repo)
    assert "unattested" not in run_kb("check", cwd=repo.root).out
    assert "unattested" in run_kb("check", "--history", cwd=repo.root).out
    text = (repo.root / "kb.toml").read_text()
    repo.write("kb.toml", text + '[rules]\nunattested = "error"\n')
    assert run_kb("check", cwd=repo.root).code == 1
    assert run_kb("check", "--no-history", cwd=repo.root).code == 0
    repo.write("kb.toml", text + '[rules]\nnot-owner = "error"\n')
    assert "unattested" not in run_kb("check", cwd=repo.root).out
