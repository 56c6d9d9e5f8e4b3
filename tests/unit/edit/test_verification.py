"""Stamping cards, and what changed since they were stamped."""

import subprocess
from datetime import date

import pytest

from kbcli.config import Config, load_config
from kbcli.errors import RefusedError, UsageError
from kbcli.foundation.calendar import NEVER, Interval
from kbcli.foundation.git.people import Person
from kbcli.knowledge.cards.reader import read_card
from kbcli.knowledge.edit.fields import read_raw_fields
from kbcli.knowledge.edit.verification import commit_stamps, plan_verification, stamp_card
from kbcli.knowledge.index.references import load_card
from kbcli.knowledge.trust.judging import judge_one

DAY = date(2026, 11, 21)
BY = "api-lead@example.org"


@pytest.fixture
def config(kb_root):
    """The settings of the example knowledge base."""
    return load_config(kb_root, kb_root, {})


def write(config, path, text):
    """Write a card and read it."""
    full = config.root / path
    full.parent.mkdir(parents=True, exist_ok=True)
    full.write_text(text, encoding="utf-8")
    return read_card(full.read_bytes(), path, config)


def test_a_stamp_holds_until_the_text_changes(config):
    """A stamped card is verified; a changed word makes it changed; the old word makes it verified again."""
    stamp_card(config, load_card(config, "billing/refund"), DAY, BY)
    card = load_card(config, "billing/refund")
    assert (card.verified, card.verified_by, card.verified_digest) == (DAY, BY, card.digest)
    assert judge_one(config, card, DAY).state == "verified"
    path = config.root / card.path
    path.write_text(path.read_text().replace("five days", "six days"))
    assert judge_one(config, load_card(config, "billing/refund"), DAY).state == "changed"
    path.write_text(path.read_text().replace("six days", "five days"))
    assert judge_one(config, load_card(config, "billing/refund"), DAY).state == "verified"


def test_only_the_stamp_is_written(config, kb_root):
    """The difference git shows is the stamp; a flagged card is stamped only where the report is taken back."""
    path = kb_root / "api/quotas.md"
    before = path.read_text().splitlines()
    stamp_card(config, load_card(config, "api/quotas"), DAY, BY, evidence=["https://example.org/x"])
    added = [line for line in path.read_text().splitlines() if line not in before]
    assert [line.split(":")[0] for line in added] == ["verified", "verified_digest", "evidence"]
    path.write_text(path.read_text().replace("---\nEach", "flagged: {by: x, reason: wrong}\n---\nEach"))
    with pytest.raises(RefusedError, match="wrong"):
        stamp_card(config, load_card(config, "api/quotas"), DAY, BY)
    stamp_card(config, load_card(config, "api/quotas"), DAY, BY, unflag=True)
    assert load_card(config, "api/quotas").flagged is None


def test_the_verified_text_is_found_in_history(config, kb_root, git_commit):
    """What the verifier vouched for is shown against what stands now, though the card was renamed since."""
    card = load_card(config, "billing/refund")
    stamp_card(config, card, DAY, BY)
    git_commit(kb_root, "Verify", "2026-11-02")
    subprocess.run(["git", "mv", "billing/refund.md", "billing/money-back.md"], cwd=kb_root, check=True)
    git_commit(kb_root, "Move", "2026-11-03")
    path = kb_root / "billing/money-back.md"
    path.write_text(path.read_text().replace("five days", "six days"))
    git_commit(kb_root, "Change", "2026-11-04")
    plan = plan_verification(config, load_card(config, "billing/money-back"))
    assert plan.basis == "digest"
    assert plan.changed
    assert plan.refusal == ""
    assert "five days" in plan.old_text
    assert "six days" in plan.new_text
    assert plan.since.subject == "Verify"


def test_without_a_digest_the_date_tells(config, kb_root, git_commit):
    """A card without a digest is compared with the commit that set its date."""
    path = kb_root / "api/quotas.md"
    path.write_text(path.read_text().replace("a quota a minute", "a quota a second"))
    git_commit(kb_root, "Change", "2026-11-05")
    plan = plan_verification(config, load_card(config, "api/quotas"))
    assert (plan.basis, plan.changed, plan.since.subject) == ("date", True, "Begin")
    assert "a minute" in plan.old_text


def test_what_cannot_be_known_is_not_claimed(config, kb_root, tmp_path):
    """Never verified, not committed, and a shallow clone are each said, and no text is made up."""
    assert plan_verification(config, load_card(config, "billing/refund")).basis == "first"
    fresh = write(config, "new.md", "---\ntitle: x\nverified: 2026-01-01\n---\nText\n")
    plan = plan_verification(config, fresh)
    assert (plan.basis, plan.old_text, plan.changed) == ("unknown", None, None)
    subprocess.run(
        ["git", "clone", "-q", "--depth", "1", f"file://{kb_root}", str(tmp_path / "shallow")], check=True
    )
    shallow = load_config(tmp_path / "shallow", tmp_path / "shallow", {})
    plan = plan_verification(shallow, load_card(shallow, "api/quotas"))
    assert plan.basis == "unknown"
    assert "shallow" in plan.basis_text


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("---\ntitle: x\nstatus: draft\n---\nText\n", "draft"),
        ("---\ntitle: x\nstatus: archived\n---\nText\n", "archived"),
        ("---\ntitle: x\n---\n\n", "no text"),
        ("---\ntitle: x\n---\nA\n<<<<<<< a\nB\n=======\nC\n>>>>>>> b\n", "conflict"),
        ("---\ntitle: x: y\n---\nText\n", "line 2"),
        ("---\ntitle: x\nverified: 1\nverified: 2\n---\nText\n", "twice"),
    ],
)
def test_what_may_not_be_verified_is_refused(config, text, word):
    """Drafts, archived, empty, conflicted and damaged cards are refused before anybody reads them, and stay as they are."""
    card = write(config, "bad.md", text)
    assert word in plan_verification(config, card).refusal
    with pytest.raises(RefusedError, match=r"cannot be verified"):
        stamp_card(config, card, DAY, BY)
    assert (config.root / "bad.md").read_text() == text


def test_a_text_that_changed_while_it_was_read_is_not_stamped(config):
    """A save between looking and saying yes is refused: nobody has seen that text."""
    card = load_card(config, "billing/refund")
    path = config.root / card.path
    path.write_text(path.read_text() + "One more line.\n")
    with pytest.raises(RefusedError, match="changed while"):
        stamp_card(config, card, DAY, BY)
    assert "verified" not in path.read_text()


def mapped(config, fields, **settings):
    """The same knowledge base with another schema."""
    return Config(root=config.root, git_root=config.git_root, fields=fields, **settings)


def test_another_schema_gets_only_its_own_fields(config):
    """With a mapping nothing is added but the date; with pin the digest and the verifier are."""
    text = "---\ntitle: x\nlast_reviewed_on: 2026-01-01\nreview_in: 6 months\n---\nText\n"
    fields = {"verified": "last_reviewed_on", "verify_every": "review_in"}
    for pin, names in ((False, set()), (True, {"verified_by", "verified_digest"})):
        schema = mapped(config, fields, pin=pin)
        write(config, "m.md", text)
        stamp_card(schema, read_card(text.encode(), "m.md", schema), DAY, BY)
        now = read_raw_fields((config.root / "m.md").read_bytes())
        assert set(now) == {"title", "last_reviewed_on", "review_in"} | names
        assert now["last_reviewed_on"] == "2026-11-21"


@pytest.mark.parametrize(
    ("header", "fields", "every", "expected"),
    [
        ("review_in: 6 months", {"verify_every": "review_in"}, Interval(1, "y"), {"review_in": "1 year"}),
        (
            "expiration_in_days: 90",
            {"verify_every": "expiration_in_days"},
            Interval(12, "w"),
            {"expiration_in_days": "84"},
        ),
        ("verify_every: 90d", {}, Interval(6, "m"), {"verify_every": "6m"}),
        (
            "r: 2026-01-01\nexpires: 2026-01-31",
            {"due": "expires", "verified": "r"},
            None,
            {"expires": "2026-12-21"},
        ),
        (
            "r: 2026-01-01\nexpires: 2026-01-31",
            {"due": "expires", "verified": "r"},
            Interval(1, "m"),
            {"expires": "2026-12-21"},
        ),
    ],
)
def test_intervals_and_due_dates_move_in_their_own_style(config, header, fields, every, expected):
    """An interval is written as the field writes it, and a named due date moves by the same interval."""
    schema = mapped(config, fields)
    text = f"---\ntitle: x\n{header}\n---\nText\n"
    write(config, "m.md", text)
    stamp_card(schema, read_card(text.encode(), "m.md", schema), DAY, BY, every=every)
    now = read_raw_fields((config.root / "m.md").read_bytes())
    assert {name: now[name] for name in expected} == expected


def test_never_needs_a_reason(config):
    """A card that is never verified again says why, and loses the reason when that ends."""
    card = load_card(config, "billing/refund")
    with pytest.raises(UsageError):
        stamp_card(config, card, DAY, BY, every=NEVER)
    stamp_card(config, card, DAY, BY, every=NEVER, reason="it is history")
    card = load_card(config, "billing/refund")
    assert card.verify_every.is_never
    assert card.verify_never_reason == "it is history"
    stamp_card(config, card, DAY, BY, every=Interval(90, "d"))
    assert load_card(config, "billing/refund").verify_never_reason == ""


def test_what_a_card_depends_on_is_pinned(config, kb_root):
    """A change of a file or card it depends on makes the card suspect; verifying it again clears that."""
    (kb_root / "limits.py").write_text("LIMIT = 1\n")
    text = "---\ntitle: x\ndepends_on: [limits.py, 'card:api/quotas']\n---\nText\n"
    stamp_card(config, write(config, "d.md", text), DAY, BY)
    assert judge_one(config, load_card(config, "d"), DAY).state == "verified"
    (kb_root / "limits.py").write_text("LIMIT = 2\n")
    assert judge_one(config, load_card(config, "d"), DAY).state == "suspect"
    stamp_card(config, load_card(config, "d"), DAY, BY)
    assert judge_one(config, load_card(config, "d"), DAY).state == "verified"


def test_a_translation_is_pinned_to_its_source(config, kb_root):
    """Verifying a translation clears the doubt that its source's change raised."""
    stamp_card(
        config,
        write(config, "de.md", "---\ntitle: x\nlang: de\ntranslation_of: api/quotas\n---\nText\n"),
        DAY,
        BY,
    )
    source = kb_root / "api/quotas.md"
    source.write_text(source.read_text() + "More.\n")
    assert judge_one(config, load_card(config, "de"), DAY).state == "suspect"
    stamp_card(config, load_card(config, "de"), DAY, BY)
    assert judge_one(config, load_card(config, "de"), DAY).state == "verified"


def test_one_commit_holds_the_stamps_and_nothing_else(config, kb_root):
    """The commit has exactly the stamped cards and says who verified them."""
    (kb_root / "stray.md").write_text("x")
    cards = [load_card(config, ident) for ident in ("api/quotas", "billing/refund")]
    for card in cards:
        stamp_card(config, card, DAY, BY)
    sha = commit_stamps(config, cards, Person("Ada", BY), DAY)
    shown = subprocess.run(
        ["git", "show", "--format=%s|%(trailers:key=Verified-by,valueonly)", "--name-only", sha],
        cwd=kb_root, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    assert shown.split() == ["Verify", "2", "cards|Ada", f"<{BY}>", "api/quotas.md", "billing/refund.md"]
