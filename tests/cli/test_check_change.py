"""Promises of `kb check --base` as people use it: what a branch may do, and how it is accepted."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from datedgit import make_repository

from kbcli.config import load_config
from kbcli.errors import KbError
from kbcli.knowledge.index.references import load_card

Run = Callable[..., object]
Commit = Callable[..., str]
STRICT = '[rules]\nchanged = "error"\nsuspect = "error"\n'
DATED = f'[fields]\nverified = "reviewed"\n{STRICT}'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An empty repository."""
    folder = tmp_path / "repository"
    folder.mkdir()
    make_repository(folder)
    return folder


def write(root: Path, name: str, body: str, *fields: str) -> None:
    """A card."""
    lines = (f"title: {name}", "owner: ada@example.org", "verify_every: 1y", *fields)
    (root / f"{name}.md").write_text("\n".join(("---", *lines, "---", body)))


def change(root: Path, name: str, old: str, new: str) -> None:
    """Edit a card."""
    path = root / f"{name}.md"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


def find(done: object) -> set[tuple[str, str]]:
    """(rule, card) of each finding in JSON."""
    return {(found["rule"], found["card"]) for found in json.loads(done.out)["data"]["findings"]}  # type: ignore[attr-defined]


@pytest.mark.parametrize("apart", [True, False])
@pytest.mark.parametrize("settings", [STRICT, DATED])
def test_a_formatter_passes_when_its_cards_are_accepted(
    root: Path, run_kb: Run, git_commit: Commit, settings: str, apart: bool
) -> None:
    """With its commit in the same branch, or merged before: a reviewed line for each card, and for no other text."""

    def check(*options: str) -> object:
        return run_kb("check", "--base", "main", "--format", "json", *options, cwd=root)

    pins = settings == STRICT
    (root / "kb.toml").write_text(settings)
    for name, more in {"a": (), "b": ("depends_on: [card:a]",)}.items():
        write(root, name, "* One\n", *more, *(() if pins else ("reviewed: 2026-10-01",)))
    if pins:
        assert run_kb("verify", "a", "b", "--yes", cwd=root).code == 0
        for name in ("a", "b"):
            change(root, name, "verified: 2026-11-21", "verified: 2026-10-01")
    git_commit(root, "Verify")
    if not apart:
        subprocess.run(["git", "switch", "-qc", "format"], cwd=root, check=True)
    for name in ("a", "b"):
        change(root, name, "* One", "- One")
    sha = git_commit(root, "Format")
    if apart:
        subprocess.run(["git", "switch", "-qc", "format"], cwd=root, check=True)
    done = run_kb("verify", "--mechanical", sha, "--commit", cwd=root)
    assert done.code == 0
    if apart and not pins:
        assert check().code == 0
        return
    assert check().code == 1
    done = check("--accept")
    assert (done.code, find(done)) == (0, set())
    lines = (root / "kb-baseline.json").read_text()
    assert lines.count('["left-gate", "a", "text ') == lines.count('["left-gate", "b", "text ') == 1
    git_commit(root, "Accept")
    assert (check().code, run_kb("check", cwd=root).code) == (0, 0)
    change(root, "a", "One", "Two")
    assert (check().code, ("changed", "a") in find(check())) == (1, True)


def test_a_digest_of_the_first_scheme_is_an_error_only_where_a_change_writes_it(
    root: Path, run_kb: Run, git_commit: Commit
) -> None:
    """One that was there passes, and `kb verify --pin` brings it up to date without a word of the gate."""
    (root / "kb.toml").write_text("")
    for name in ("old", "new"):
        write(root, name, "One\n")
    assert run_kb("verify", "old", "new", "--yes", cwd=root).code == 0
    cards = {name: load_card(load_config(root, root, {}), name) for name in ("old", "new")}
    change(root, "old", cards["old"].digest, cards["old"].digest_v1)
    git_commit(root, "Verify")
    subprocess.run(["git", "switch", "-qc", "work"], cwd=root, check=True)
    change(root, "new", cards["new"].digest, cards["new"].digest_v1)
    assert run_kb("check", cwd=root).code == 0
    done = run_kb("check", "--base", "main", "--format", "json", cwd=root)
    assert (done.code, find(done)) == (1, {("old-digest", "new")})
    assert run_kb("verify", "--pin", cwd=root).code == 0
    done = run_kb("check", "--base", "main", "--format", "json", cwd=root)
    assert (done.code, find(done)) == (0, set())


@pytest.mark.parametrize(("options", "dated"), [(["--history"], False), (["--base", "main"], True)])
def test_history_is_read_only_where_there_is_something_to_ask_it(
    root: Path,
    run_kb: Run,
    git_commit: Commit,
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
    dated: bool,
) -> None:
    """Not where no card has a date, and not for both sides of a change; where it is asked of a dated card it is read."""

    def refuse(*_arguments: object) -> None:
        raise KbError("git log was read")

    (root / "kb.toml").write_text(DATED)
    write(root, "a", "One\n", *(["reviewed: 2026-10-01"] if dated else []))
    git_commit(root, "Begin")
    monkeypatch.setattr("kbcli.operations.check.load_history", refuse)
    monkeypatch.setattr("kbcli.knowledge.gate.differential.load_history", refuse)
    assert run_kb("check", *options, cwd=root).code == 0
    if not dated:
        assert run_kb("check", "--base", "main", *options, cwd=root).code == 0
        change(root, "a", "owner:", "reviewed: 2026-10-01\nowner:")
    assert run_kb("check", "--history", cwd=root).code == 3
