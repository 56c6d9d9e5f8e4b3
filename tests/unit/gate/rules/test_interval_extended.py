"""The rule interval-extended: no more time for an old verification."""

import subprocess
from pathlib import Path

import pytest

from .conftest import BOB, Repo


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ("30d", "90d", True),
        ("90d", "30d", False),
        ("3m", "90d", False),
        ("90d", "never", True),
        ("90d", None, True),
        (None, "1y", False),
        ("4w", "28d", False),
    ],
)
def test_a_later_end_without_a_verification_is_found(
    repo: Repo, before: str | None, after: str | None, found: bool
) -> None:
    """Longer, never and no interval at all are found; shorter, the same in other words, and a first one are not."""
    repo.card(verify_every=before, verified="2026-08-01")
    repo.commit("Add")
    repo.card(verify_every=after, verified="2026-08-01")
    sha = repo.commit("Give it time", author=BOB)
    findings = repo.find("interval-extended")
    assert bool(findings) is found
    if findings:
        assert sha[:10] in findings[0].message
        assert "Bob Sample" in findings[0].message


def test_with_a_verification_it_is_what_the_verifier_chose(repo: Repo) -> None:
    """`kb verify --every 1y` is no trick, and neither is putting the interval back."""
    repo.card(verify_every="30d")
    repo.commit("Add")
    repo.card(verify_every="1y", verified="2026-11-02")
    repo.commit("Verify for longer")
    assert repo.find("interval-extended") == []
    repo.card(verify_every="30d", verified="2026-11-02")
    repo.commit("Shorter")
    repo.card(verify_every="1y", verified="2026-11-02")
    repo.commit("As it was verified")
    assert repo.find("interval-extended") == []


def test_an_edit_that_is_not_committed_counts(repo: Repo) -> None:
    """The working tree is judged as it stands."""
    repo.card(verify_every="30d")
    repo.commit("Add")
    repo.card(verify_every="1y")
    (found,) = repo.find("interval-extended")
    assert "not committed" in found.message


def test_a_mapped_due_date_counts_as_an_interval(repo: Repo) -> None:
    """Where the schema names the due date itself, moving it is the same trick."""
    repo.write("kb.toml", '[fields]\ndue = "review_by"\n')
    repo.card(verify_every=None, review_by="2026-12-01")
    repo.commit("Add")
    repo.card(verify_every=None, review_by="2027-12-01")
    repo.commit("Later", author=BOB)
    assert len(repo.find("interval-extended")) == 1


def test_the_branch_that_did_it_is_blamed(repo: Repo) -> None:
    """One lengthened before was already there; one on the branch is caused by it."""
    for name in ("a.md", "b.md"):
        repo.card(name, verify_every="30d")
    repo.commit("Add")
    repo.card("a.md", verify_every="60d")
    repo.commit("Lengthen a")
    repo.git("switch", "-qc", "work")
    repo.card("b.md", verify_every="60d")
    repo.commit("Lengthen b")
    assert repo.find_caused("main", "interval-extended") == {("interval-extended", "b")}


def fill(repo: Repo, config: str, *names: str, **fields: str | None) -> None:
    """Cards of 20 October without an interval of their own, under a kb.toml."""
    repo.write("kb.toml", config)
    for name in names or ("a.md", "b.md"):
        repo.card(name, verify_every=None, verified="2026-10-20", **fields)
    repo.commit("Add")


@pytest.mark.parametrize(
    ("before", "after", "line", "told"),
    [
        ('verify_every = "30d"', 'title = "T"\nverify_every = "1y"', 2, "verify_every was 30d and is 1y"),
        ('verify_every = "30d"', 'verify_every = "never"', 1, "was 30d and is never"),
        ('verify_every = "30d"', "", 1, "was 30d and is nothing"),
        (
            '[[defaults]]\npaths = ["x/**"]\nverify_every = "9d"\n[[defaults]]\npaths = ["*.md"]\nverify_every = "4w"',
            '[[defaults]]\npaths = ["x/**"]\nverify_every = "9d"\n[[defaults]]\npaths = ["*.md"]\nverify_every = "2y"',
            6,
            "verify_every for *.md was 4w and is 2y",
        ),
        (
            'verify_every = "30d"',
            'verify_every = "30d"\n[[defaults]]\npaths = ["*.md"]\nverify_every = "1y"',
            4,
            "for *.md was 30d and is 1y",
        ),
    ],
)
def test_a_default_that_was_lengthened_is_one_finding(
    repo: Repo, before: str, after: str, line: int, told: str
) -> None:
    """The finding stands at the setting in kb.toml, and tells what it was, who changed it, and for which cards."""
    fill(repo, before)
    assert repo.find("interval-extended") == []
    repo.write("kb.toml", after)
    sha = repo.commit("Give them time", author=BOB)
    (found,) = repo.find("interval-extended")
    assert (found.path, found.line, found.card) == ("kb.toml", line, "")
    for text in (told, sha[:10], "Bob Sample", "2 trusted cards (a, b)"):
        assert text in found.message


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('verify_every = "1y"', 'verify_every = "90d"'),
        ('verify_every = "28d"', 'verify_every = "4w"'),
        ("", 'verify_every = "1y"'),
        ('verify_every = "90d"', 'verify_every = "90d"\n[[defaults]]\npaths = ["x/**"]\nverify_every = "2y"'),
        ('verify_every = "90d"', '[[defaults]]\npaths = ["**"]\nverify_every = "90d"'),
    ],
)
def test_a_default_that_gives_no_more_time_is_fine(repo: Repo, before: str, after: str) -> None:
    """Shorter, the same in other words, a first one, and one for other paths are not found."""
    fill(repo, before)
    repo.write("kb.toml", after)
    repo.commit("Change the default")
    assert repo.find("interval-extended") == []


def test_cards_that_do_not_rely_on_the_default_do_not_count(repo: Repo) -> None:
    """Verified since, with an interval of its own, archived, or expired even so: only what the default revived is told."""
    repo.card("own.md", verified="2026-10-20", verify_every="90d")
    repo.card("old.md", verified="2026-01-20", verify_every=None)
    repo.card("gone.md", verified="2026-10-20", verify_every=None, status="archived")
    fill(repo, 'verify_every = "30d"\n', "a.md", "since.md")
    repo.write("kb.toml", 'verify_every = "90d"\n')
    repo.card("since.md", verified="2026-11-01", verify_every=None)
    repo.commit("Lengthen, and verify one")
    (found,) = repo.find("interval-extended")
    assert "the trusted card a was verified before" in found.message
    assert found.age == 2
    repo.card("a.md", verified="2026-11-02", verify_every=None)
    repo.commit("Verify it, too")
    assert repo.find("interval-extended") == []


def test_the_default_of_the_verification_counts_on_whatever_branch(repo: Repo) -> None:
    """A stamp from a branch with the old default was for the old time; one from after the change was not."""
    fill(repo, 'verify_every = "30d"\n')
    repo.git("switch", "-qc", "side")
    repo.card("a.md", verify_every=None, verified="2026-11-10")
    repo.commit("Verify a beside it")
    repo.git("switch", "-q", "main")
    repo.write("kb.toml", 'verify_every = "1y"\n')
    repo.commit("Lengthen")
    repo.card("b.md", verify_every=None, verified="2026-11-10")
    repo.commit("Verify b after it")
    repo.git("merge", "-q", "--no-edit", "side")
    (found,) = repo.find("interval-extended")
    assert "the trusted card a was" in found.message


def test_whoever_is_precise_about_the_past_accuses_nobody(repo: Repo) -> None:
    """A card that was to fall due after a year, and now after 120 days, got less, though today's default is shorter still."""
    fill(repo, 'verify_every = "1y"\n', "a.md")
    repo.write("kb.toml", 'verify_every = "90d"\n')
    repo.commit("Shorten")
    repo.card("a.md", verified="2026-10-20", verify_every="120d")
    repo.commit("A little more for this one")
    assert repo.find("interval-extended") == []


def test_a_card_that_writes_the_longer_default_down_is_found(repo: Repo) -> None:
    """With kb.toml lengthened and the same interval put into the card, it is the card that is told."""
    fill(repo, 'verify_every = "30d"\n', "a.md")
    repo.write("kb.toml", 'verify_every = "1y"\n')
    repo.card("a.md", verified="2026-10-20", verify_every="1y")
    repo.commit("Both")
    (found,) = repo.find("interval-extended")
    assert (found.path, found.line) == ("a.md", 4)


def test_a_mapped_repository_is_judged_alike(repo: Repo) -> None:
    """Its dates are older than its kb.toml: the first default judged them, and a longer one since is told."""
    for name in ("a.md", "b.md"):
        repo.write(name, "---\ntitle: T\nlast_reviewed_on: 2026-10-20\n---\nText.\n")
    repo.write("b.md", "---\ntitle: T\nlast_reviewed_on: 2026-10-20\nreview_in: 2 months\n---\nText.\n")
    (repo.root / "kb.toml").unlink()
    repo.commit("Long ago")
    mapping = '[fields]\nverified = "last_reviewed_on"\nverify_every = "review_in"\n'
    repo.write("kb.toml", 'verify_every = "30d"\n' + mapping)
    repo.commit("Adopt kb")
    assert repo.find("interval-extended") == []
    repo.write("kb.toml", 'verify_every = "1y"\n' + mapping)
    (found,) = repo.find("interval-extended")
    assert "was 30d and is 1y since a change that is not committed; the trusted card a was" in found.message


def test_a_branch_is_blamed_for_its_own_default(repo: Repo) -> None:
    """A default lengthened before is there already; lengthened again on the branch it is caused by it."""
    fill(repo, 'verify_every = "30d"\n')
    repo.write("kb.toml", 'verify_every = "60d"\n')
    repo.commit("Lengthen")
    repo.git("switch", "-qc", "work")
    repo.card("c.md")
    repo.commit("Something else")
    assert repo.find_caused("main", "interval-extended") == set()
    repo.write("kb.toml", 'verify_every = "90d"\n')
    repo.commit("Lengthen again")
    assert repo.find_caused("main", "interval-extended") == {("interval-extended", "")}


def test_a_clone_without_earlier_settings_does_not_know(repo: Repo, tmp_path: Path) -> None:
    """Where an earlier kb.toml is left out, cards that rely on it are said not to be judged; others are judged."""
    fill(repo, 'verify_every = "30d"\n', "a.md")
    repo.card("b.md")
    repo.commit("Add b")
    repo.write("kb.toml", 'verify_every = "1y"\n')
    repo.commit("Lengthen")
    repo.git("config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "partial"
    subprocess.run(["git", "clone", "-q", "--filter=blob:none", repo.root.as_uri(), str(clone)], check=True)
    (found,) = repo.find("interval-extended", root=clone)
    assert (found.rule, found.card) == ("unknown-history", "a")
