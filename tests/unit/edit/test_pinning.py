"""Pinning digests to what is trusted."""

from datetime import date

import pytest

from kbcli.config import load_config
from kbcli.errors import RefusedError
from kbcli.knowledge.cards.library import load_card, load_library
from kbcli.knowledge.edit.fields import read_raw_fields
from kbcli.knowledge.edit.verification import commit_pins, pin_card, pin_cards, plan_pins, stamp_card
from kbcli.knowledge.past.provenance import load_changed
from kbcli.knowledge.trust.judging import judge_library

DAY = date(2026, 11, 21)
TOML = '[fields]\nverified = "last_reviewed_on"\nverify_every = "review_in"\n'
CARD = "---\ntitle: {title}\nlast_reviewed_on: {day}\nreview_in: 6 months\n---\nText of {title}.\n"


@pytest.fixture
def config(tmp_path, git_commit):
    """A repository with another schema: a good card, an expired one, and one that changed after its date."""
    import subprocess

    root = tmp_path / "other"
    root.mkdir()
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    (root / "kb.toml").write_text(TOML)
    for title, day in (("good", "2026-11-01"), ("expired", "2026-01-01"), ("changed", "2026-11-01")):
        (root / f"{title}.md").write_text(CARD.format(title=title, day=day))
    git_commit(root, "Begin", "2026-11-01")
    (root / "changed.md").write_text(CARD.format(title="changed", day="2026-11-01") + "More.\n")
    git_commit(root, "Change", "2026-11-05")
    (root / "fresh.md").write_text(CARD.format(title="fresh", day="2026-11-02"))
    return load_config(root, root, {})


def plan(config):
    """The rows of all cards."""
    library = load_library(config)
    return plan_pins(library.cards, judge_library(library, DAY, changed=load_changed(library)))


def test_only_what_is_trusted_is_pinned_and_the_basis_is_said(config):
    """A text that history knows unchanged is pinned by history, a file git lacks by its date, the others not."""
    rows = [(row.card.id, row.result, row.basis) for row in plan(config)]
    assert rows == [
        ("changed", "untrusted", "history"), ("expired", "untrusted", "history"),
        ("fresh", "pinned", "date"), ("good", "pinned", "history"),
    ]  # fmt: skip


def test_the_digest_is_all_that_is_written(config):
    """Date, interval and everything else stay; nobody is named as verifier; a second run keeps what is there."""
    before = (config.root / "good.md").read_text().splitlines()
    pin_cards(config, plan(config))
    added = [line for line in (config.root / "good.md").read_text().splitlines() if line not in before]
    assert added == [f"verified_digest: {load_card(config, 'good').digest}"]
    assert [row.result for row in plan(config) if row.card.id == "good"] == ["kept"]
    assert "digest" not in (config.root / "changed.md").read_text()


def test_a_pinned_card_shows_later_changes_and_can_be_verified_again(config):
    """With a mapping that adds no digests, a card that has one keeps it right."""
    pin_cards(config, plan(config))
    path = config.root / "good.md"
    path.write_text(path.read_text() + "More.\n")
    assert judge_library(load_library(config), DAY)["good.md"].state == "changed"
    stamp_card(config, load_card(config, "good"), DAY, "bo")
    assert judge_library(load_library(config), DAY)["good.md"].state == "verified"
    assert "verified_by" not in read_raw_fields(path.read_bytes())


def test_the_commit_holds_the_pinned_cards_only(config):
    """One commit of the pinned cards, without a verifier."""
    import subprocess

    rows = pin_cards(config, plan(config))
    sha = commit_pins(config, rows, DAY)
    shown = subprocess.run(
        ["git", "show", "--name-only", "--format=%B", sha],
        cwd=config.root,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert shown.split()[-2:] == ["fresh.md", "good.md"]
    assert "Verified-by" not in shown


def test_a_text_that_changed_meanwhile_is_refused(config):
    """What was judged is what is pinned, or nothing."""
    card = load_card(config, "good")
    (config.root / "good.md").write_text(CARD.format(title="good", day="2026-11-01") + "More.\n")
    with pytest.raises(RefusedError, match="meanwhile"):
        pin_card(config, card)
    (config.root / "good.md").write_text("---\ntitle: [\n---\nx\n")
    results = {
        row.card.id: row.result
        for row in pin_cards(config, [row for row in plan(config) if row.card.id == "fresh"])
    }
    assert results == {"fresh": "pinned"}
