"""Cards without a digest: git history says whether the text changed after the date was set."""

import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from datedgit import make_repository

from kbcli.config import load_config
from kbcli.foundation.git.log import load_history
from kbcli.knowledge.cards.library import load_library
from kbcli.knowledge.gate.run import run_check
from kbcli.knowledge.past.provenance import find_changed
from kbcli.operations.rules import RULES
from tests.unit.conftest import write_card

TODAY = date(2026, 11, 21)
Commit = Callable[..., str]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An empty repository with a kb.toml."""
    folder = tmp_path / "repository"
    folder.mkdir()
    make_repository(folder)
    (folder / "kb.toml").write_text("")
    return folder


def judge(root: Path) -> dict[str, bool]:
    """What history says of each card."""
    library = load_library(load_config(root, root, environment={}))
    return dict(find_changed(library, load_history(root)))


def commit_versions(root: Path, commit: Commit, *texts: str, path: str = "a.md") -> None:
    """Commit one version of a card after the other."""
    for number, text in enumerate(texts):
        (root / path).write_text(text)
        commit(root, f"Version {number}")


def test_a_text_changed_after_its_date_was_set_is_changed(root: Path, git_commit: Commit) -> None:
    """The text is compared with the commit that set the date, not with the newest or the first one."""
    commit_versions(
        root, git_commit, write_card("First.\n", verified="2026-01-01"), write_card("Verified.\n"),
        write_card("Verified.\n", tags="[x]"), write_card("Edited.\n"),
    )  # fmt: skip
    assert judge(root) == {"a.md": True}


def test_tags_reflowing_and_a_text_put_back_change_nothing(root: Path, git_commit: Commit) -> None:
    """What does not matter to a digest does not matter here; a revert restores trust."""
    commit_versions(
        root, git_commit, write_card("Wait a minute.\n"), write_card("Wait two minutes.\n"), write_card("Wait a\nminute.\n", tags="[x]")
    )  # fmt: skip
    assert judge(root) == {"a.md": False}


def test_an_edit_in_the_working_tree_counts(root: Path, git_commit: Commit) -> None:
    """What is not committed yet is judged like what is; a date set just now goes with the text beside it."""
    commit_versions(root, git_commit, write_card("Wait.\n"))
    (root / "a.md").write_text(write_card("Edited.\n"))
    assert judge(root) == {"a.md": True}
    (root / "a.md").write_text(write_card("Edited.\n", verified="2026-11-20"))
    assert judge(root) == {"a.md": False}


def test_many_versions_and_a_new_name_are_followed(root: Path, git_commit: Commit) -> None:
    """Twenty edits and a rename later the commit that set the date is still found."""
    body = "".join(f"Line {number} of a longer text.\n\n" for number in range(30))
    commit_versions(
        root, git_commit, write_card(body), *(write_card(body, tags=f"[t{number}]") for number in range(20))
    )
    (root / "a.md").rename(root / "b.md")
    git_commit(root, "Rename")
    assert judge(root) == {"b.md": False}
    commit_versions(root, git_commit, write_card(f"{body}More.\n"), path="b.md")
    assert judge(root) == {"b.md": True}


def test_a_shallow_clone_does_not_guess(root: Path, git_commit: Commit, tmp_path: Path) -> None:
    """Where the commit that set the date is missing, nothing is said of the card."""
    commit_versions(root, git_commit, write_card("Wait.\n"), write_card("Edited.\n"))
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", "--depth=1", root.as_uri(), str(clone)], check=True)
    assert judge(clone) == {}


def test_cards_with_a_digest_or_without_a_date_are_left_out(root: Path, git_commit: Commit) -> None:
    """A digest is better evidence than history; without a date there is nothing to compare with."""
    (root / "pinned.md").write_text(write_card(verified_digest="v1:0123456789abcdef"))
    (root / "undated.md").write_text(write_card(verified=None))
    git_commit(root)
    (root / "untracked.md").write_text(write_card())
    assert judge(root) == {}


def test_without_git_nothing_is_known(tmp_path: Path) -> None:
    """Outside of a repository the date alone counts."""
    (tmp_path / "kb.toml").write_text("")
    (tmp_path / "a.md").write_text(write_card())
    assert find_changed(load_library(load_config(tmp_path, environment={})), load_history(tmp_path)) == {}


def test_the_gate_says_that_it_looked_at_history(root: Path, git_commit: Commit) -> None:
    """With history the gate finds the change and says on what evidence; without, it says nothing."""
    commit_versions(root, git_commit, write_card("Wait.\n"), write_card("Edited.\n"))
    library = load_library(load_config(root, root, environment={}))
    assert run_check(library, TODAY, RULES).by_rule == {}
    (found,) = run_check(library, TODAY, RULES, history=load_history(root)).findings
    assert (found.rule, found.message) == (
        "changed",
        "its text changed since it was verified on 2026-11-01 (by git history)",
    )


def ignore(root: Path, commit: Commit, *shas: str) -> None:
    """Name commits in .git-blame-ignore-revs."""
    (root / ".git-blame-ignore-revs").write_text("# formatter\n" + "".join(f"{sha}\n" for sha in shas))
    commit(root, "Name the formatter's commits")


def test_what_a_mechanical_commit_did_is_no_change(root: Path, git_commit: Commit) -> None:
    """A commit that .git-blame-ignore-revs names changes no text; what others did before or after it does, and so does an edit on top."""
    dated = {"verified": "2026-01-01"}
    for name in ("plain", "edited_before", "edited_after", "never_touched"):
        (root / f"{name}.md").write_text(write_card("* One\n", **dated))
    git_commit(root, "Verify")
    (root / "edited_before.md").write_text(write_card("* Two\n", **dated))
    git_commit(root, "Edit one")
    for name, item in (("plain", "One"), ("edited_before", "Two"), ("edited_after", "One")):
        (root / f"{name}.md").write_text(write_card(f"- {item}\n", **dated))
    sha = git_commit(root, "Format")
    assert judge(root) == {
        "edited_after.md": True,
        "edited_before.md": True,
        "never_touched.md": False,
        "plain.md": True,
    }
    ignore(root, git_commit, sha)
    (root / "edited_after.md").write_text(write_card("- Three\n", **dated))
    assert judge(root) == {
        "edited_after.md": True,
        "edited_before.md": True,
        "never_touched.md": False,
        "plain.md": False,
    }


def test_mechanical_commits_one_after_the_other(root: Path, git_commit: Commit) -> None:
    """Two of them in a row change nothing, and a file that is not committed names none."""
    shas = []
    for body in ("* One\n", "- One\n", "+ One\n"):
        (root / "a.md").write_text(write_card(body, verified="2026-01-01"))
        shas.append(git_commit(root, "Format"))
    (root / ".git-blame-ignore-revs").write_text("\n".join(shas))
    assert judge(root) == {"a.md": True}
    ignore(root, git_commit, *shas[1:])
    assert judge(root) == {"a.md": False}
