"""A card and its trust on a past day."""

import os
import subprocess
from datetime import date

import pytest

from kbcli.config import load_config
from kbcli.errors import CardNotFoundError, GitError, UsageError
from kbcli.knowledge.edit.verification import stamp_card
from kbcli.knowledge.index.references import load_card
from kbcli.knowledge.past.card import find_past_card

TODAY = date(2026, 11, 21)


@pytest.fixture
def config(kb_root):
    """The settings of the example knowledge base."""
    return load_config(kb_root, kb_root, {})


def look(config, ident, day):
    """The past card on an ISO day."""
    return find_past_card(config, load_card(config, ident), date.fromisoformat(day), TODAY)


def test_text_and_trust_are_those_of_the_day(config, kb_root, git_commit):
    """The last commit up to the end of the day counts, and the due date is judged on that day."""
    path = kb_root / "api/quotas.md"
    path.write_text(path.read_text().replace("a quota a minute", "a quota a second"))
    git_commit(kb_root, "Change", "2026-11-05")
    assert "a minute" in look(config, "quotas", "2026-11-04").card.body
    then = look(config, "quotas", "2026-11-05")
    assert "a second" in then.card.body
    assert {reason.state for reason in then.trust.reasons} == {"changed", "expired"}
    assert then.trust.basis == "history"
    assert then.committed == date(2026, 11, 5)


def test_what_came_later_does_not_count(config, kb_root, git_commit):
    """A text that was changed and not verified yet was changed then, though it was verified later."""
    path = kb_root / "api/too-many-requests.md"
    path.write_text(path.read_text().replace("more requests", "too many requests"))
    git_commit(kb_root, "Change", "2026-11-05")
    stamp_card(config, load_card(config, "too-many-requests"), date(2026, 11, 10), "bo")
    git_commit(kb_root, "Verify", "2026-11-10")
    assert look(config, "too-many-requests", "2026-11-04").trust.state == "verified"
    assert look(config, "too-many-requests", "2026-11-09").trust.state == "changed"
    assert look(config, "too-many-requests", "2026-11-10").trust.state == "verified"


def test_a_card_is_found_under_its_old_name(config, kb_root, git_commit):
    """Before it was moved it stood elsewhere, and a stranger under its present name is not it."""
    (kb_root / "billing/money.md").write_text("---\ntitle: Money\n---\nQuite another text.\n")
    git_commit(kb_root, "Stranger", "2026-11-01")
    (kb_root / "billing/money.md").unlink()
    git_commit(kb_root, "Gone", "2026-11-02")
    subprocess.run(["git", "mv", "billing/refund.md", "billing/money.md"], cwd=kb_root, check=True)
    git_commit(kb_root, "Move", "2026-11-03")
    (kb_root / "billing/refund.md").write_text("---\ntitle: Something else\n---\nOther text entirely here.\n")
    git_commit(kb_root, "Other", "2026-11-04")
    assert look(config, "money", "2026-11-01").card.path == "billing/refund.md"
    assert look(config, "money", "2026-11-02").card.path == "billing/refund.md"
    assert look(config, "money", "2026-11-04").card.path == "billing/money.md"
    with pytest.raises(CardNotFoundError, match="was not there"):
        look(config, "billing/refund", "2026-11-03")


def test_what_it_depended_on_is_judged_as_it_was(config, kb_root, git_commit):
    """A dependency that changed later does not make the past suspect; one that had changed by then does."""
    (kb_root / "limits.py").write_text("LIMIT = 1\n")
    (kb_root / "dep.md").write_text("---\ntitle: x\ndepends_on: [limits.py, 'card:api/quotas']\n---\nText\n")
    stamp_card(config, load_card(config, "dep"), date(2026, 11, 2), "bo")
    git_commit(kb_root, "Add", "2026-11-02")
    (kb_root / "limits.py").write_text("LIMIT = 2\n")
    git_commit(kb_root, "Raise", "2026-11-05")
    assert look(config, "dep", "2026-11-04").trust.state == "verified"
    assert look(config, "dep", "2026-11-06").trust.state == "suspect"


def test_a_merged_branch_counts_from_its_merge(config, kb_root, git_commit):
    """What a branch wrote earlier was not on the main line until it was merged."""
    subprocess.run(["git", "switch", "-qc", "work"], cwd=kb_root, check=True)
    path = kb_root / "api/quotas.md"
    path.write_text(path.read_text().replace("a minute", "a second"))
    git_commit(kb_root, "Work", "2026-11-02")
    subprocess.run(["git", "switch", "-q", "main"], cwd=kb_root, check=True)
    git_commit(kb_root, "Meanwhile", "2026-11-03")
    stamp = {"GIT_AUTHOR_DATE": "2026-11-09T12:00:00+0000", "GIT_COMMITTER_DATE": "2026-11-09T12:00:00+0000"}
    merge = ["git", "merge", "-q", "--no-ff", "-m", "Merge", "work"]
    subprocess.run(merge, cwd=kb_root, check=True, env={**os.environ, **stamp})
    assert "a minute" in look(config, "quotas", "2026-11-08").card.body
    assert "a second" in look(config, "quotas", "2026-11-09").card.body


def test_days_without_an_answer_are_refused(config, kb_root, git_commit, tmp_path):
    """The future, a day before the card, a file not committed and a cut-off history each say what is wrong."""
    with pytest.raises(UsageError, match="future"):
        look(config, "quotas", "2026-11-22")
    with pytest.raises(CardNotFoundError, match="did not exist"):
        look(config, "quotas", "2026-10-31")
    (kb_root / "fresh.md").write_text("Text\n")
    with pytest.raises(CardNotFoundError, match="not committed"):
        look(config, "fresh", "2026-11-20")
    git_commit(kb_root, "Add", "2026-11-10")
    subprocess.run(
        ["git", "clone", "-q", "--depth", "1", f"file://{kb_root}", str(tmp_path / "shallow")], check=True
    )
    shallow = load_config(tmp_path / "shallow", tmp_path / "shallow", {})
    with pytest.raises(GitError, match="shallow"):
        look(shallow, "quotas", "2026-11-05")
    assert look(shallow, "quotas", "2026-11-10").card.id == "api/quotas"
