"""Pinning digests to what is trusted."""

from datetime import date
from hashlib import sha256

import pytest
from datedgit import make_repository

from kbcli.config import load_config
from kbcli.errors import RefusedError
from kbcli.knowledge.cards.library import load_library
from kbcli.knowledge.edit.fields import read_raw_fields
from kbcli.knowledge.edit.verification import commit_pins, pin_card, pin_cards, plan_pins, stamp_card
from kbcli.knowledge.index.references import load_card
from kbcli.knowledge.past.provenance import load_changed
from kbcli.knowledge.trust.dependencies import find_suspects, stamp_entries
from kbcli.knowledge.trust.judging import judge_library

DAY = date(2026, 11, 21)
TOML = '[fields]\nverified = "last_reviewed_on"\nverify_every = "review_in"\n'
CARD = "---\ntitle: {title}\nlast_reviewed_on: {day}\nreview_in: 6 months\n---\nText of {title}.\n"


@pytest.fixture
def config(tmp_path, git_commit):
    """A repository with another schema: a good card, an expired one, and one that changed after its date."""
    root = tmp_path / "other"
    root.mkdir()
    make_repository(root)
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
    return plan_pins(library, library.cards, judge_library(library, DAY, changed=load_changed(library)))


def test_only_what_is_trusted_is_pinned_and_the_basis_is_said(config):
    """A text that history knows unchanged is pinned, a file of which nothing is known is refused, the others are not trusted."""
    rows = [(row.card.id, row.result, row.basis) for row in plan(config)]
    assert rows == [
        ("changed", "untrusted", "history"), ("expired", "untrusted", "history"),
        ("fresh", "refused", "date"), ("good", "pinned", "history"),
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
    assert shown.split()[-1] == "good.md"
    assert "fresh.md" not in shown
    assert "Verified-by" not in shown


def test_a_text_that_changed_meanwhile_is_refused(config):
    """What was judged is what is pinned, or nothing."""
    card = load_card(config, "good")
    (config.root / "good.md").write_text(CARD.format(title="good", day="2026-11-01") + "More.\n")
    with pytest.raises(RefusedError, match="meanwhile"):
        pin_card(config, card, {"verified_digest": card.digest})


def test_a_shallow_clone_pins_nothing_that_it_cannot_know(config, tmp_path):
    """Where history is cut off, a page that changed after its date is not pinned as if it had not; the reason says so."""
    import subprocess

    shallow = tmp_path / "shallow"
    subprocess.run(["git", "clone", "-q", "--depth=1", config.root.as_uri(), str(shallow)], check=True)
    rows = plan(load_config(shallow, shallow, {}))
    assert [(row.card.id, row.result) for row in rows] == [
        ("changed", "refused"), ("expired", "untrusted"), ("good", "refused"),
    ]  # fmt: skip
    assert "this clone is shallow" in rows[0].text
    assert "--unshallow" in rows[0].hint


def test_a_card_outside_of_git_is_not_pinned(tmp_path):
    """Without a history nobody knows whether a text is the one that was dated."""
    (tmp_path / "kb.toml").write_text(TOML)
    (tmp_path / "a.md").write_text(CARD.format(title="a", day="2026-11-01"))
    (row,) = plan(load_config(tmp_path, None, {}))
    assert (row.result, "not a git repository" in row.text) == ("refused", True)


def test_stamps_of_the_first_scheme_are_written_anew_where_they_hold(tmp_path):
    """Whatever the state of a card, text, source and dependencies that are as stamped are stamped by today's scheme."""
    (tmp_path / "kb.toml").write_text("")
    (tmp_path / "src.py").write_text("LIMIT = 10\n")
    (tmp_path / "a.md").write_text("---\ntitle: A\n---\nText.\n")
    config = load_config(tmp_path, None, {})
    source = load_card(config, "a")
    entries = (("card:a", source.digest_v1), ("src.py", sha256(b"LIMIT = 10\n").hexdigest()))
    head = (
        f"translation_of: a\ntranslation_digest: {source.digest_v1}\n"
        f"depends_on: [src.py, 'card:a']\ndepends_digest: {stamp_entries(entries, 'v1')}\n"
    )
    states = {
        "old": "verified: 2020-01-01\nverify_every: 90d",
        "off": "status: archived",
        "new": "verified: 2026-11-01",
    }
    for name, state in states.items():
        path = tmp_path / f"{name}.md"
        path.write_text(f"---\ntitle: {name}\n{state}\n{head}---\nText.\n")
        stamp = load_card(config, name).digest_v1
        path.write_text(path.read_text().replace("---\nText", f"verified_digest: {stamp}\n---\nText"))
    (tmp_path / "new.md").write_text((tmp_path / "new.md").read_text() + "More.\n")
    assert "suspect" not in {trust.state for trust in judge_library(load_library(config), DAY).values()}
    rows = pin_cards(config, plan(config))
    assert {row.card.id: row.result for row in rows} == {
        "a": "untrusted", "new": "pinned", "off": "pinned", "old": "pinned",
    }  # fmt: skip
    text = (tmp_path / "old.md").read_text()
    assert (text.count("v1:"), text.count("v2:")) == (0, 3)
    library = load_library(config)
    states = {
        path: trust.state
        for path, trust in judge_library(library, DAY, suspects=find_suspects(library)).items()
    }
    assert states == {"a.md": "unverified", "new.md": "changed", "off.md": "archived", "old.md": "expired"}
    # The text of this one is not what was verified, and its stamp goes on saying so.
    assert "verified_digest: v1:" in (tmp_path / "new.md").read_text()
