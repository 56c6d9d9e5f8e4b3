"""Promises of `kb check --base` about verifications: by comparing both sides it knows which of them speak of the text of now."""

from datetime import timedelta
from pathlib import Path

import pytest

from kbcli.config import load_config
from kbcli.knowledge.cards.library import load_library
from kbcli.knowledge.edit.verification import stamp_card
from kbcli.knowledge.gate.run import run_check
from kbcli.operations.rules import RULES
from tests.unit.gate.test_differential import TODAY, Repo

DATED = '[fields]\nverified = "last_reviewed_on"\n'
LONG = "".join(f"Sentence {number} says what to do when the answer is late.\n\n" for number in range(8))


def read_field(repo: Repo, path: str, name: str) -> str:
    """A field of a card as it stands in the file."""
    lines = (repo.top / path).read_text(encoding="utf-8").split("\n")
    return next((line.removeprefix(f"{name}: ") for line in lines if line.startswith(f"{name}: ")), "")


def verify(repo: Repo, path: str) -> None:
    """Verify a card as kb does."""
    library = load_library(load_config(repo.root, repo.top, {}))
    stamp_card(library.config, library.by_path[path], TODAY, "ada@example.org")


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """A card with a digest, verified long before the merge base."""
    repo = Repo(tmp_path / "repository")
    repo.card("a.md", verified="2026-10-01")
    verify(repo, "a.md")
    text = (repo.top / "a.md").read_text(encoding="utf-8")
    repo.write("a.md", text.replace(f"verified: {TODAY}", "verified: 2026-10-01"))
    repo.mark()
    assert repo.find() == set()
    return repo


def edit(repo: Repo, *changes: tuple[str, str], path: str = "a.md", to: str = "") -> None:
    """Replace words of a card, and move it."""
    text = (repo.top / path).read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (repo.top / path).unlink()
    repo.write(to or path, text)


@pytest.mark.parametrize("kept", ["", "verified_digest: v1:12\n", "verified_digest:\n"])
@pytest.mark.parametrize("to", ["", "b.md"])
def test_a_text_changed_under_a_removed_or_garbled_digest_is_changed(repo: Repo, kept: str, to: str) -> None:
    """Neither hides that the text is not the verified one, renamed or not."""
    digest = read_field(repo, "a.md", "verified_digest")
    edit(repo, (f"verified_digest: {digest}\n", kept), ("Wait.", "Do not wait."), to=to)
    assert ("changed", to or "a.md") in repo.rules()
    repo.commit()
    assert ("changed", to or "a.md") in repo.rules()


def test_a_digest_written_by_hand_under_an_old_date_is_changed(repo: Repo) -> None:
    """The digest fits the new text, but the verification it stands under is of another one: after the merge nothing would tell."""
    old = read_field(repo, "a.md", "verified_digest")
    edit(repo, ("Wait.", "Do not wait."))
    verify(repo, "a.md")
    new = read_field(repo, "a.md", "verified_digest")
    assert new != old
    assert repo.rules() == set()
    edit(repo, (f"verified: {TODAY}", "verified: 2026-10-01"))
    assert repo.rules() == {("changed", "a.md"), ("left-gate", "a.md")}


def test_without_digests_an_edited_text_under_the_same_date_is_changed(tmp_path: Path) -> None:
    """The base's text tells; a new date, tags, a reflowed paragraph and another place are none of it."""
    repo = Repo(tmp_path / "repository")
    repo.write("kb.toml", DATED)
    repo.card("a.md", "Wait a minute\nand try again.\n", last_reviewed_on="2026-10-01", tags="[x]")
    repo.mark()
    edit(repo, ("minute\nand", "minute and"), ("[x]", "[y]"), to="b/a.md")
    assert repo.find() == set()
    edit(repo, ("minute", "day"), path="b/a.md")
    assert repo.rules() == {("changed", "b/a.md")}
    edit(repo, ("day", "minute"), ("Wait", "    Wait"), path="b/a.md")
    assert repo.rules() == {("changed", "b/a.md")}
    edit(repo, ("2026-10-01", "2026-10-09"), path="b/a.md")
    assert repo.rules() == {("changed", "b/a.md")}
    edit(repo, ("2026-10-09", str(TODAY)), path="b/a.md")
    assert repo.rules() == set()


def test_a_new_date_may_be_some_days_older_than_the_branch(tmp_path: Path) -> None:
    """People read first and write later; three weeks before the first word was written nobody read it."""
    repo = Repo(tmp_path / "repository")
    repo.write("kb.toml", DATED)
    repo.card("a.md", last_reviewed_on="2026-10-01")
    repo.mark()
    repo.card("a.md", "Do not wait.\n", last_reviewed_on=str(TODAY - timedelta(days=9)))
    assert repo.rules() == set()
    repo.card("a.md", "Do not wait.\n", last_reviewed_on=str(TODAY - timedelta(days=21)))
    assert repo.rules() == {("changed", "a.md")}


def test_a_new_page_may_be_some_days_older_than_the_branch(tmp_path: Path) -> None:
    """Its date is nobody's before: of that of a page that went, it may be the same page, and of three weeks ago it is of no new one."""
    recent = str(TODAY - timedelta(days=9))
    repo = Repo(tmp_path / "repository")
    repo.write("kb.toml", DATED)
    repo.card("old.md", LONG, last_reviewed_on=recent)
    repo.mark()
    repo.card("new.md", last_reviewed_on=recent)
    assert repo.rules() == set()
    (repo.top / "old.md").unlink()
    assert repo.rules() == {("changed", "new.md")}
    repo.card("new.md", last_reviewed_on=str(TODAY - timedelta(days=21)))
    assert repo.rules() == {("changed", "new.md")}


@pytest.mark.parametrize("setting", ["[[defaults]]\npaths = ['a.md']\naudience = 'public'\n", ""])
def test_an_audience_that_kb_toml_gives_anew_is_another_text(tmp_path: Path, setting: str) -> None:
    """It was never so before, though the file never changed: also where the history would be read by the new kb.toml."""
    repo = Repo(tmp_path / "repository")
    repo.write("kb.toml", DATED)
    repo.card("a.md", last_reviewed_on="2026-10-01")
    repo.mark()
    repo.write("kb.toml", f"{setting}title = 'x'\n{DATED}" if not setting else f"{DATED}{setting}")
    assert repo.rules() == ({("changed", "a.md")} if setting else set())


def test_cards_that_change_places_are_those_they_were(tmp_path: Path) -> None:
    """However small: neither is due later, nor did its date go back; an edit on the way is one, and a copy is no move."""
    repo = Repo(tmp_path / "repository")
    repo.card("a.md", "Wait.\n", last_reviewed_on="2026-10-01", verify_every="90d")
    repo.card("b.md", "Go.\n", last_reviewed_on="2026-11-01", verify_every="1y")
    repo.card("c.md", "Ask.\n", last_reviewed_on="2026-09-01", verify_every="30d")
    repo.write("kb.toml", DATED)
    repo.mark()
    texts = [(repo.top / path).read_text(encoding="utf-8") for path in ("a.md", "b.md", "c.md")]
    for path, text in zip(("b.md", "c.md", "a.md"), texts, strict=True):
        repo.write(path, text)
    assert repo.find() == set()
    edit(repo, ("Ask.", "Never ask."))
    assert ("changed", "a.md") in repo.rules()
    repo.write("a.md", texts[1])
    repo.write("b.md", texts[1].replace("Go.", "Stay."))
    assert ("changed", "b.md") in repo.rules()


def test_another_page_in_the_place_of_a_card_is_named(tmp_path: Path) -> None:
    """Whoever opens its address gets a text that kb does not read; one that was there before is no news."""
    repo = Repo(tmp_path / "repository")
    for path in ("a.md", "de/b.md"):
        repo.card(path, LONG, verified="2026-10-01")
    repo.write("de/b.html", "old")
    repo.mark()
    (repo.top / "de/b.md").unlink()
    assert repo.find() == set()
    (repo.top / "a.md").unlink()
    repo.write("a.mdx", "Quite another page.\n")
    assert repo.rules() == {("left-gate", "a.md")}


def test_a_text_that_comes_again_under_another_name_brings_no_old_verification(tmp_path: Path) -> None:
    """Removed and written anew, mostly rewritten: a date older than the merge base cannot be of that text."""
    repo = Repo(tmp_path / "repository")
    repo.write("kb.toml", DATED)
    repo.card("a.md", LONG, last_reviewed_on="2026-10-01")
    repo.mark()
    (repo.top / "a.md").unlink()
    repo.commit()
    repo.card("b.md", LONG.replace("answer is late", "customer calls"), last_reviewed_on="2026-10-01")
    assert repo.rules() == {("changed", "b.md")}
    repo.card("b.md", LONG, title="Card a.md", last_reviewed_on="2026-10-01")
    assert repo.find() == set()


@pytest.mark.parametrize("pins", [True, False])
@pytest.mark.parametrize("way", ["merge", "rebase", "merge into main"])
def test_what_was_verified_on_a_branch_stays_verified_when_main_moves_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pins: bool, way: str
) -> None:
    """However the branch is brought up to date, also as the merge commit that a service makes for CI."""

    def set_day(day: str) -> None:
        for name in ("AUTHOR", "COMMITTER"):
            monkeypatch.setenv(f"GIT_{name}_DATE", f"{day}T12:00:00Z")

    repo, field = Repo(tmp_path / "repository"), "verified" if pins else "last_reviewed_on"
    repo.write("kb.toml", "" if pins else DATED)
    for name in ("a.md", "b.md"):
        repo.card(name, **{field: "2026-09-01"})
    set_day("2026-10-01")
    main = repo.commit()
    repo.git("switch", "-qc", "branch")
    repo.card("a.md", "Do not wait.\n", **{field: "2026-09-01"})
    repo.card("new.md", "Hurry.\n")
    for path in ("a.md", "new.md"):
        verify(repo, path)
        edit(repo, (f"{field}: {TODAY}", f"{field}: 2026-10-04"), path=path)
    set_day("2026-10-04")
    repo.commit()
    repo.git("switch", "-q", "--detach", main)
    repo.write("other.txt", "x")
    set_day("2026-11-20")
    repo.mark()
    if way == "rebase":
        repo.git("switch", "-q", "branch")
        repo.git("rebase", "-q", repo.base)
    else:
        repo.git("switch", "-q", "branch" if way == "merge" else "--detach")
        repo.git("merge", "-q", "--no-edit", repo.base if way == "merge" else "branch")
    assert repo.find() == set()
    edit(repo, ("Wait.", "Run."), path="b.md")
    assert repo.rules() == {("changed", "b.md")}


def test_a_card_that_comes_back_into_the_gate_brings_no_text_that_changed_outside(tmp_path: Path) -> None:
    """A draft may be edited and stamped in silence; made active, it is what was verified, or changed."""
    repo = Repo(tmp_path / "repository")
    repo.card("a.md", verified="2026-10-01")
    verify(repo, "a.md")
    edit(repo, (f"verified: {TODAY}", "verified: 2026-10-01"))
    repo.commit()
    edit(repo, ("title:", "status: draft\ntitle:"))
    repo.mark()
    edit(repo, ("status: draft\n", ""))
    assert repo.find() == set()
    edit(repo, ("Wait.", "Do not wait."))
    verify(repo, "a.md")
    edit(repo, (f"verified: {TODAY}", "verified: 2026-10-01"), ("title:", "status: draft\ntitle:"))
    repo.mark()
    edit(repo, ("status: draft\n", ""))
    assert repo.rules() == {("changed", "a.md"), ("left-gate", "a.md")}


@pytest.mark.parametrize("status", ["", "status: draft\n"])
def test_a_text_that_nobody_verified_is_not_vouched_for_by_standing_at_the_base(
    repo: Repo, status: str
) -> None:
    """Another card's text takes the place of a verified one; that of a verified card may."""
    repo.card("b.md", "Do not wait.\n", title="Card a.md")
    edit(repo, ("title:", f"{status}title:"), path="b.md")
    repo.mark()
    edit(repo, ("Wait.", "Do not wait."))
    verify(repo, "a.md")
    edit(repo, (f"verified: {TODAY}", "verified: 2026-10-01"))
    assert {("changed", "a.md"), ("left-gate", "a.md")} <= repo.rules()


@pytest.mark.parametrize("name", ["A.MD", "b/README.Markdown"])
def test_a_suffix_in_capitals_is_read_at_the_base_too(tmp_path: Path, name: str) -> None:
    """The text of then is known, so that an edit is a change, and an old finding is an old one."""
    repo = Repo(tmp_path / "repository")
    repo.write("kb.toml", DATED)
    repo.card(name, "Wait.\n\nSee [it](no.md).\n", last_reviewed_on="2026-10-01", owner=None)
    repo.mark()
    edit(repo, ("Wait.", "Do not wait."), path=name)
    assert repo.rules() == {("changed", name)}


def test_what_is_put_back_from_history_is_verified_as_it_was(tmp_path: Path) -> None:
    """A revert to a text and its own date is none; the same text under the later date is."""
    repo = Repo(tmp_path / "repository")
    repo.write("kb.toml", DATED)
    repo.card("a.md", "Wait.\n", last_reviewed_on="2026-09-01")
    repo.commit()
    repo.card("a.md", "Do not wait.\n", last_reviewed_on="2026-10-01")
    repo.mark()
    repo.card("a.md", "Wait.\n", last_reviewed_on="2026-09-01")
    assert ("changed", "a.md") not in repo.rules()
    repo.card("a.md", "Wait.\n", last_reviewed_on="2026-10-01")
    assert repo.rules() == {("changed", "a.md")}


@pytest.mark.parametrize(("how", "day"), [("--no-ff", "2026-10-01"), ("--ff", "2026-02-01")])
def test_what_only_a_branch_once_had_is_not_put_back(tmp_path: Path, how: str, day: str) -> None:
    """A text taken back before it was merged was checked by nobody; nor was, commit by commit, one under an old date."""
    repo = Repo(tmp_path / "repository")
    repo.write("kb.toml", DATED)
    now, other = {"last_reviewed_on": "2026-11-01"}, {"last_reviewed_on": day, "verify_every": None}
    repo.card("a.md", "Wait.\n", **now)
    repo.commit()
    repo.git("switch", "-qc", "branch")
    repo.card("a.md", "Do not wait.\n", **other)
    repo.commit()
    repo.card("a.md", "Wait.\n", **now)
    repo.commit()
    repo.git("switch", "-q", "main")
    repo.git("merge", "-q", "-m", "Merge", how, "branch")
    repo.mark()
    repo.card("a.md", "Do not wait.\n", **other)
    assert {("changed", "a.md"), ("date-went-back", "a.md")} <= repo.rules()


def test_a_pair_of_near_duplicates_is_blamed_only_on_a_change_of_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That others are deleted, so that their common words count again, is no reason to blame two untouched cards."""
    monkeypatch.setattr("kbcli.knowledge.likeness.similarity.TEMPLATE_CARDS", 3)
    repo = Repo(tmp_path / "repository")
    for name in ("a", "b", "c", "d"):
        repo.card(f"{name}.md", LONG if name in "ab" else LONG + f"Only {name} says this.\n" * 40)
    repo.mark()
    (repo.top / "c.md").unlink()
    (repo.top / "d.md").unlink()
    assert {found for found in repo.rules() if found[0] == "near-duplicate"} == set()
    repo.card("b.md", LONG + "More.\n")
    assert ("near-duplicate", "b.md") in repo.rules()


@pytest.mark.parametrize("digest", ["TODO", "v1:12", "", "V1:0000000000000000"])
def test_a_digest_that_cannot_be_read_vouches_for_no_text(tmp_path: Path, digest: str) -> None:
    """In a plain check, too, such a card is changed: a warning about the field is no mild way out of an error."""
    repo = Repo(tmp_path / "repository")
    repo.write("kb.toml", '[rules]\nchanged = "error"\n')
    repo.card("a.md", verified="2026-11-20", verified_digest=digest)
    done = run_check(load_library(load_config(repo.root, repo.top, {})), TODAY, RULES)
    assert [found.rule for found in done.blocking] == ["changed"]
