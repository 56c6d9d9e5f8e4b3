"""Promises of `kb check`."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from datedgit import make_repository

Run = Callable[..., object]


def find_rules(text: str) -> set[tuple[str, str]]:
    """(rule, card) of each finding in JSON."""
    return {(found["rule"], found["card"]) for found in json.loads(text)["data"]["findings"]}


def test_an_error_decides_the_exit_status(kb_root: Path, run_kb: Run) -> None:
    """An expired card is an error with path and line, and exit 1."""
    done = run_kb("check", cwd=kb_root)
    assert done.code == 1
    assert any(line.startswith("api/quotas.md:7: error: expired:") for line in done.out.splitlines())


def test_warnings_pass_unless_strict(kb_root: Path, run_kb: Run) -> None:
    """Without errors the gate opens; --strict counts warnings."""
    (kb_root / "api/quotas.md").unlink()
    assert run_kb("check", cwd=kb_root).code == 0
    assert run_kb("check", "--strict", cwd=kb_root).code == 1


def test_rules_by_the_hundred_are_one_line(kb_root: Path, run_kb: Run) -> None:
    """Unverified cards are counted in one line unless --verbose asks for each."""
    brief = run_kb("check", cwd=kb_root)
    assert "billing/refund.md:1: warning: unverified" not in brief.out
    assert "unverified: 1 finding (" in brief.err
    assert "unverified: 1 finding (" in run_kb("check", "--format", "table", cwd=kb_root).out
    assert "billing/refund.md:1: warning: unverified" in run_kb("check", "--verbose", cwd=kb_root).out


def test_paths_restrict_the_findings(kb_root: Path, run_kb: Run) -> None:
    """Only findings in the named cards count, from wherever the path is relative to."""
    assert run_kb("check", "billing", cwd=kb_root).code == 0
    assert run_kb("check", "quotas.md", cwd=kb_root / "api").code == 1
    assert run_kb("check", "nowhere.md", cwd=kb_root).code == 2


@pytest.mark.parametrize("form", ["table", "plain", "json", "github", "gitlab", "junit", "sarif"])
def test_every_format_fails_alike(kb_root: Path, run_kb: Run, form: str) -> None:
    """The exit status does not depend on the format, and each names the expired card."""
    done = run_kb("check", "--format", form, cwd=kb_root)
    assert done.code == 1
    assert "quotas" in done.out


def test_base_blames_only_the_change(kb_root: Path, run_kb: Run, git_commit: Callable[..., str]) -> None:
    """A typo mended in an expired card fails nobody, as that its text changed is a warning; a link that the change broke does."""
    subprocess.run(["git", "switch", "-qc", "work"], cwd=kb_root, check=True)
    card = kb_root / "api/quotas.md"
    card.write_text(card.read_text().replace("has a quota", "has one quota"))
    assert run_kb("check", "--base", "main", cwd=kb_root).code == 0
    git_commit(kb_root, "Typo")
    assert run_kb("check", "--base", "main", cwd=kb_root).code == 0
    (kb_root / "api/too-many-requests.md").unlink()
    done = run_kb("check", "--base", "main", "--strict", "--format", "json", cwd=kb_root)
    assert (done.code, find_rules(done.out)) == (
        1,
        {("broken-link", "api/quotas"), ("changed", "api/quotas")},
    )


def test_base_follows_a_rename(kb_root: Path, run_kb: Run, git_commit: Callable[..., str]) -> None:
    """An expired card that was only moved is not a new finding."""
    subprocess.run(["git", "switch", "-qc", "work"], cwd=kb_root, check=True)
    subprocess.run(["git", "mv", "api/quotas.md", "api/plan-quotas.md"], cwd=kb_root, check=True)
    assert run_kb("check", "--base", "main", cwd=kb_root).code == 0
    git_commit(kb_root, "Move")
    assert run_kb("check", "--base", "main", cwd=kb_root).code == 0


def test_base_works_in_a_shallow_clone_of_a_merge(
    kb_root: Path, tmp_path: Path, run_kb: Run, git_commit: Callable[..., str]
) -> None:
    """On a pull request's merge commit, fetched with depth 1, the base is its parent; else one fetch is suggested."""
    subprocess.run(["git", "switch", "-qc", "work"], cwd=kb_root, check=True)
    (kb_root / "bad.md").write_text("---\ntitle: Bad\nverified: 2026-02-30\n---\n\nText.\n")
    git_commit(kb_root, "Work")
    subprocess.run(["git", "switch", "-q", "main"], cwd=kb_root, check=True)
    base = git_commit(kb_root, "Meanwhile")
    subprocess.run(["git", "merge", "-q", "--no-ff", "-m", "Merge", "work"], cwd=kb_root, check=True)
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", "--depth", "1", f"file://{kb_root}", str(clone)], check=True)
    done = run_kb("check", "--base", base, cwd=clone)
    assert done.code == 3
    assert "git fetch" in done.err
    subprocess.run(["git", "fetch", "-q", "--depth", "1", "origin", base], cwd=clone, check=True)
    done = run_kb("check", "--base", base, "--format", "json", cwd=clone)
    assert (done.code, find_rules(done.out)) == (1, {("bad-date", "bad"), ("missing-owner", "bad")})


def test_a_baseline_only_shrinks(kb_root: Path, run_kb: Run) -> None:
    """Accepted findings pass; new ones fail and cannot be added; mended ones must leave the file."""
    assert run_kb("check", "--update-baseline", cwd=kb_root).code == 0
    assert run_kb("check", cwd=kb_root).code == 0
    bad = kb_root / "bad.md"
    bad.write_text("---\ntitle: Bad\nverified: 2026-02-30\n---\n\nText.\n")
    assert run_kb("check", cwd=kb_root).code == 1
    assert run_kb("check", "--update-baseline", cwd=kb_root).code == 1
    assert "bad-date" not in (kb_root / "kb-baseline.json").read_text()
    bad.unlink()
    (kb_root / "api/quotas.md").unlink()
    done = run_kb("check", cwd=kb_root)
    assert done.code == 1
    assert "kb-baseline.json:3: error: stale-baseline" in done.out
    assert run_kb("check", "--update-baseline", cwd=kb_root).code == 0
    assert run_kb("check", cwd=kb_root).code == 0


def test_a_baseline_holds_any_name(kb_root: Path, run_kb: Run) -> None:
    """A file whose name is not UTF-8 is accepted like others, and found mended when it is gone."""
    odd = kb_root / os.fsdecode(b"caf\xe9 \\.md")
    try:
        odd.write_text("Text.\n")
    except OSError:
        pytest.skip("this system refuses such names")
    assert run_kb("check", "--update-baseline", cwd=kb_root).code == 0
    assert run_kb("check", cwd=kb_root).code == 0
    odd.unlink()
    assert "kb-baseline.json:5: error: stale-baseline" in run_kb("check", cwd=kb_root).out


def test_a_rule_that_did_not_run_is_not_mended(
    kb_root: Path, run_kb: Run, git_commit: Callable[..., str]
) -> None:
    """What was accepted with --history stays accepted in a plain check, which cannot judge it."""
    card = kb_root / "api/too-many-requests.md"
    card.write_text(card.read_text().replace("api-lead@example.org", "stranger@example.org"))
    git_commit(kb_root, "Verified by nobody we know")
    assert run_kb("check", "--history", "--strict", "--update-baseline", cwd=kb_root).code == 0
    assert "unattested" in (kb_root / "kb-baseline.json").read_text()
    assert run_kb("check", cwd=kb_root).code == 0
    assert "unattested" in (kb_root / "kb-baseline.json").read_text()


def test_the_baseline_follows_a_moved_card(kb_root: Path, run_kb: Run) -> None:
    """A finding accepted in a card stays accepted when `kb mv` gives the card another ID."""
    assert run_kb("check", "--update-baseline", cwd=kb_root).code == 0
    assert run_kb("mv", "api/quotas", "api/plan-quotas", cwd=kb_root).code == 0
    assert run_kb("check", cwd=kb_root).code == 0


def test_a_baseline_is_about_everything(kb_root: Path, run_kb: Run) -> None:
    """--update-baseline refuses to be combined with a part of the knowledge base or of its findings."""
    assert run_kb("check", "--update-baseline", "--base", "main", cwd=kb_root).code == 2
    assert run_kb("check", "--update-baseline", "api", cwd=kb_root).code == 2
    done = run_kb("check", "--update-baseline", "--format", "json", cwd=kb_root)
    assert json.loads(done.out)["data"]["baseline"]["accepted"] == 1


def test_an_emptied_digest_is_no_way_out(kb_root: Path, run_kb: Run) -> None:
    """A card whose digest was emptied is changed, and the emptied field is a finding."""
    assert run_kb("verify", "api/quotas", "--yes", cwd=kb_root).code == 0
    card = kb_root / "api/quotas.md"
    text = card.read_text()
    line = next(part for part in text.splitlines() if part.startswith("verified_digest:"))
    for empty in ("verified_digest:", "verified_digest: ''", "verified_digest: []"):
        card.write_text(text.replace(line, empty) + "\nA new claim.\n")
        rules = find_rules(run_kb("check", "--format", "json", cwd=kb_root).out)
        assert ("bad-field", "api/quotas") in rules
        assert "api/quotas\tchanged" in run_kb("list", cwd=kb_root).out


def test_a_damaged_baseline_opens_no_gate(kb_root: Path, run_kb: Run) -> None:
    """A baseline with a merge conflict stops the check with exit 3."""
    (kb_root / "kb-baseline.json").write_text("<<<<<<< HEAD\n")
    assert run_kb("check", cwd=kb_root).code == 3


@pytest.mark.skipif(os.name != "posix", reason="symbolic links")
def test_a_baseline_that_leads_outside_is_not_written(kb_root: Path, tmp_path: Path, run_kb: Run) -> None:
    """A hostile link in place of the baseline is refused, and its target left alone."""
    target = tmp_path / "target"
    target.write_text('{"kb_baseline": 1, "findings": [null]}')
    (kb_root / "kb-baseline.json").symlink_to(target)
    assert run_kb("check", "--update-baseline", cwd=kb_root).code == 3
    assert target.read_text().startswith('{"kb_baseline"')


def test_git_is_told_once_how_to_join_baselines(kb_root: Path, run_kb: Run) -> None:
    """--update-baseline adds one line to .gitattributes, says so, and leaves the rest of it byte for byte."""
    attributes = kb_root / ".gitattributes"
    attributes.write_bytes(b"# ours\r\n*.png binary")
    done = run_kb("check", "--update-baseline", cwd=kb_root)
    assert (done.code, done.err.count("kb-baseline.json merge=union")) == (0, 1)
    assert attributes.read_bytes() == b"# ours\r\n*.png binary\r\nkb-baseline.json merge=union\r\n"
    done = run_kb("check", "--update-baseline", cwd=kb_root)
    assert (done.code, ".gitattributes" in done.err) == (0, False)
    assert attributes.read_bytes().count(b"merge=union") == 1


def test_what_a_repository_says_of_merging_stands(kb_root: Path, run_kb: Run) -> None:
    """Another merge driver, named anywhere in the repository, is left alone."""
    make_repository(kb_root.parent)
    for text in ("*.json -merge\n", "kb/kb-baseline.json merge=ours\n"):
        subprocess.run(["rm", "-rf", kb_root / ".git"], check=True)
        (kb_root.parent / ".gitattributes").write_text(text)
        assert run_kb("check", "--update-baseline", cwd=kb_root).code == 0
        assert not (kb_root / ".gitattributes").exists()


@pytest.mark.skipif(os.name != "posix", reason="symbolic links")
def test_attributes_that_are_a_link_are_left_alone(kb_root: Path, tmp_path: Path, run_kb: Run) -> None:
    """Git reads no link there, and it may lead anywhere: the baseline is written, the link's target is not."""
    target = tmp_path / "target"
    target.write_text("mine\n")
    (kb_root / ".gitattributes").symlink_to(target)
    done = run_kb("check", "--update-baseline", cwd=kb_root)
    assert done.code == 0
    assert ".gitattributes was left as it is" in done.err
    assert (target.read_text(), (kb_root / "kb-baseline.json").exists()) == ("mine\n", True)


def test_a_conflict_in_the_baseline_is_mended_by_updating_it(
    kb_root: Path, run_kb: Run, git_commit: Callable[..., str]
) -> None:
    """Two branches accept different findings, and no .gitattributes joins them: --update-baseline keeps both."""
    for name in ("ours", "theirs"):
        subprocess.run(["git", "switch", "-qc", name, "main"], cwd=kb_root, check=True)
        (kb_root / f"{name}.md").write_text("---\ntitle: Bad\nverified: 2026-02-30\n---\n\nText.\n")
        assert run_kb("check", "--update-baseline", cwd=kb_root).code == 0
        (kb_root / ".gitattributes").unlink()
        git_commit(kb_root, name)
    assert subprocess.run(["git", "merge", "ours"], cwd=kb_root, check=False, capture_output=True).returncode
    done = run_kb("check", cwd=kb_root)
    assert (done.code, "--update-baseline" in done.err) == (3, True)
    assert run_kb("check", "--update-baseline", cwd=kb_root).code == 0
    assert run_kb("check", cwd=kb_root).code == 0
    found = json.loads((kb_root / "kb-baseline.json").read_text())["findings"][:-1]
    assert [card for _, card, _ in found] == ["ours", "theirs", "api/quotas"]


def test_github_gets_annotations_and_a_summary(
    kb_root: Path, tmp_path: Path, run_kb: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In GitHub Actions the findings are annotations on stdout and a Markdown table in the job summary."""
    summary = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    done = run_kb("check", "--format", "github", cwd=kb_root)
    assert "::error file=api/quotas.md,line=7," in done.out
    text = summary.read_text()
    assert "kb check: 1 error" in text
    assert "| api/quotas.md | 7 | expired |" in text
