"""Restamping the cards whose verified text one commit changed."""

import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from datedgit import make_repository

from kbcli.config import Config, load_config
from kbcli.errors import GitError, UsageError
from kbcli.knowledge.cards.library import load_library
from kbcli.knowledge.edit.mechanical import plan_restamps
from kbcli.knowledge.edit.verification import pin_cards
from kbcli.knowledge.index.references import load_card
from kbcli.knowledge.trust.dependencies import digest_dependencies, find_suspects
from kbcli.knowledge.trust.judging import judge_library
from tests.unit.conftest import write_card

DAY = date(2026, 11, 21)
Commit = Callable[..., str]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An empty repository with a kb.toml."""
    folder = tmp_path / "repository"
    folder.mkdir()
    make_repository(folder)
    (folder / "kb.toml").write_text("")
    return folder


def load(root: Path) -> Config:
    """Its settings."""
    return load_config(root, root, environment={})


def write_verified(root: Path, name: str, body: str, **fields: str) -> None:
    """A card with the digest of its text."""
    path = root / f"{name}.md"
    path.write_text(write_card(body, title=name, verified="2026-11-01", **fields))
    digest = load_card(load(root), name).digest
    path.write_text(write_card(body, title=name, verified="2026-11-01", verified_digest=digest, **fields))


def change(root: Path, name: str, old: str, new: str) -> None:
    """Edit a card."""
    path = root / f"{name}.md"
    path.write_text(path.read_text().replace(old, new))


def plan(root: Path, revision: str) -> dict[str, tuple[str, str]]:
    """What the commit means for each card, written too: result and reason, by ID."""
    library = load_library(load(root))
    _, rows = plan_restamps(library, library.cards, judge_library(library, DAY), revision)
    return {row.card.id: (row.result, row.text) for row in pin_cards(library.config, rows)}


def test_only_what_that_commit_alone_changed_is_restamped(root: Path, git_commit: Commit) -> None:
    """Cards that changed before, after, elsewhere or not at all, and those without a digest, keep what they have."""
    for name in ("plain", "before", "after", "elsewhere", "untouched"):
        write_verified(root, name, "* One\n")
    (root / "dated.md").write_text(write_card("* One\n", verified="2026-11-01"))
    git_commit(root, "Verify")
    for name in ("before", "elsewhere"):
        change(root, name, "One", "Two")
    git_commit(root, "Edit")
    for name in ("plain", "before", "after", "dated"):
        change(root, name, "* ", "- ")
    sha = git_commit(root, "Format")
    change(root, "after", "One", "Three")
    git_commit(root, "Edit again")
    before = {path.name: path.read_text() for path in root.glob("*.md")}
    found = plan(root, sha)
    assert {name: result for name, (result, _) in found.items()} == {
        "after": "untrusted", "before": "untrusted", "dated": "untrusted", "plain": "pinned",
    }  # fmt: skip
    assert (found["before"][1], found["after"][1]) == (
        "before the commit its text was not the verified one", "its text changed again after the commit",
    )  # fmt: skip
    assert {path.name for path in root.glob("*.md") if path.read_text() != before[path.name]} == {"plain.md"}
    states = judge_library(load_library(load(root)), DAY)
    assert (states["plain.md"].state, states["before.md"].state) == ("verified", "changed")
    assert plan(root, sha)["plain"] == ("kept", "")


def test_a_translation_follows_a_source_that_is_restamped_with_it(root: Path, git_commit: Commit) -> None:
    """The stamp of its source goes along where both texts changed by the commit only."""
    write_verified(root, "en", "* One\n")
    source = load_card(load(root), "en").digest
    write_verified(root, "de", "* Eins\n", translation_of="en", translation_digest=source)
    git_commit(root, "Verify")
    for name in ("en", "de"):
        change(root, name, "* ", "- ")
    assert plan(root, git_commit(root, "Format")) == dict.fromkeys(
        ("de", "en"), ("pinned", "only the commit changed its text")
    )
    library = load_library(load(root))
    assert find_suspects(library) == {}


def test_what_rests_on_a_restamped_card_or_a_formatted_file_is_not_suspect(
    root: Path, git_commit: Commit
) -> None:
    """Dependants and translations follow, whether the commit changed their own texts or not; another change keeps them suspect."""
    (root / "limits.txt").write_text("*  1\n")
    (root / "other.txt").write_text("*  1\n")
    write_verified(root, "en", "* One\n")
    source = load_card(load(root), "en").digest
    write_verified(root, "de", "Eins\n", translation_of="en", translation_digest=source)
    for name, needed in {"one": "[card:en, limits.txt]", "two": "[other.txt]"}.items():
        write_verified(root, name, "* Text\n" if name == "one" else "Text\n", depends_on=needed)
    library = load_library(load(root))
    for name in ("one", "two"):
        stamp = digest_dependencies(library.by_id[name], library)
        change(root, name, "depends_on:", f"depends_digest: {stamp}\ndepends_on:")
    assert find_suspects(load_library(load(root))) == {}
    git_commit(root, "Verify")
    for name in ("en", "one"):
        change(root, name, "* ", "- ")
    for name in ("limits", "other"):
        (root / f"{name}.txt").write_text("* 1\n")
    sha = git_commit(root, "Format")
    (root / "other.txt").write_text("* 2\n")
    git_commit(root, "Edit")
    assert set(find_suspects(load_library(load(root)))) == {"de", "one", "two"}
    found = plan(root, sha)
    assert {name: result for name, (result, _) in found.items()} == dict.fromkeys(
        ("de", "en", "one"), "pinned"
    )
    assert set(find_suspects(load_library(load(root)))) == {"two"}


def test_a_stamp_of_the_first_scheme_is_followed_too(root: Path, git_commit: Commit) -> None:
    """What an older kb stamped is compared by its own scheme, and stamped by the new one."""
    write_verified(root, "a", "* One\n")
    card = load_card(load(root), "a")
    change(root, "a", card.digest, card.digest_v1)
    git_commit(root, "Verify")
    change(root, "a", "* ", "- ")
    assert plan(root, git_commit(root, "Format"))["a"][0] == "pinned"
    assert load_card(load(root), "a").verified_digest.startswith("v2:")


def test_what_history_does_not_tell_is_refused(root: Path, git_commit: Commit, tmp_path: Path) -> None:
    """An unknown commit, one that touched nothing here, and the edge of a shallow clone are refused with a reason."""
    write_verified(root, "a", "* One\n")
    git_commit(root, "Verify")
    change(root, "a", "* ", "- ")
    sha = git_commit(root, "Format")
    with pytest.raises(GitError, match="no commit"):
        plan(root, "--output=x")
    subprocess.run(["git", "commit", "-q", "--allow-empty", "-m", "Nothing"], cwd=root, check=True)
    with pytest.raises(UsageError, match="changed no file"):
        plan(root, "HEAD")
    shallow = tmp_path / "shallow"
    subprocess.run(["git", "clone", "-q", "--depth=2", root.as_uri(), str(shallow)], check=True)
    with pytest.raises(GitError, match="shallow"):
        plan(shallow, sha)
