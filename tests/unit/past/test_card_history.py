"""What git history says of one card, or of all that have no digest."""

import subprocess

import pytest

from kbcli.config import load_config
from kbcli.knowledge.cards.library import load_library
from kbcli.knowledge.index.references import load_card
from kbcli.knowledge.past.provenance import find_card_history, judge_change, load_changed


@pytest.fixture
def config(kb_root):
    """The settings of the example knowledge base."""
    return load_config(kb_root, kb_root, {})


def test_one_card_is_judged_as_all_are(config, kb_root, git_commit):
    """The history of one card and that of all give the same verdicts; cards without a date have none."""
    path = kb_root / "api/quotas.md"
    path.write_text(path.read_text().replace("a minute", "a second"))
    git_commit(kb_root, "Change", "2026-11-05")
    library = load_library(config)
    changed = load_changed(library)
    assert changed == {"api/quotas.md": True, "api/too-many-requests.md": False}
    assert {card.path: judge_change(config, card) for card in library.cards} == {
        **changed,
        "billing/refund.md": None,
    }


def test_without_a_repository_nothing_is_said(tmp_path):
    """Outside git no verdict is given, and none is an error."""
    (tmp_path / "x.md").write_text("---\ntitle: x\nverified: 2026-01-01\n---\nText\n")
    config = load_config(tmp_path, None, {})
    assert load_changed(load_library(config)) == {}
    assert judge_change(config, load_card(config, "x")) is None


def test_a_move_that_is_not_committed_is_followed(config, kb_root):
    """The former ID leads to the history, also when the new name was another file's once."""
    text = (kb_root / "api/quotas.md").read_text().replace("type:", "former_ids: [api/quotas]\ntype:")
    (kb_root / "api/quotas.md").unlink()
    (kb_root / "api/plans.md").write_text(text)
    card = load_card(config, "plans")
    assert [version.path for version in find_card_history(config, card).versions[card.path]] == [
        "api/quotas.md"
    ]
    assert judge_change(config, card) is False


def test_a_merge_that_passes_on_a_branch_is_no_version(config, kb_root, git_commit):
    """A merge counts only where it differs from all its parents."""
    path = kb_root / "api/quotas.md"
    subprocess.run(["git", "switch", "-qc", "work"], cwd=kb_root, check=True)
    text = path.read_text()
    path.write_text(text.replace("a minute", "a second"))
    git_commit(kb_root, "Work", "2026-11-02")
    subprocess.run(["git", "switch", "-q", "main"], cwd=kb_root, check=True)
    path.write_text(text.replace("a minute", "an hour"))
    git_commit(kb_root, "Meanwhile", "2026-11-03")
    subprocess.run(["git", "merge", "-q", "-X", "theirs", "-m", "Merge", "work"], cwd=kb_root, check=True)
    assert "a second" in path.read_text()
    versions = find_card_history(config, load_card(config, "quotas")).versions["api/quotas.md"]
    assert [version.commit.subject for version in versions] == ["Meanwhile", "Work", "Begin"]
