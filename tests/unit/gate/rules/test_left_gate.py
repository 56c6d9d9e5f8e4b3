"""Promises of the rule left-gate: no change takes something out of the gate without a word."""

import json
import subprocess
from pathlib import Path

import pytest
from datedgit import read_head

from kbcli.config import load_config
from kbcli.knowledge.cards.library import load_library
from kbcli.knowledge.edit.verification import stamp_card
from kbcli.knowledge.gate.differential import compare_with_base
from kbcli.knowledge.gate.rule import Finding
from kbcli.knowledge.gate.run import choose_rules
from kbcli.operations.base import Base
from kbcli.operations.check import check_cards, update_baseline
from kbcli.operations.rules import RULES
from tests.unit.gate.test_differential import BROKEN, TODAY, Repo

SETTINGS = """verify_every = "90d"
[groups]
a = ["ada@example.org"]
[rules]
changed = "error"
suspect = "error"
"""
DEFAULTS = '[[defaults]]\npaths = ["a.md"]\n'
DEPENDS = "depends_on: [data.txt]\n"


def judge(repo: Repo) -> list[Finding]:
    """What the change caused, but for unverified cards."""
    library = load_library(load_config(repo.root, repo.top, {}))
    rules = choose_rules(library.config, RULES, in_change=True)
    done = compare_with_base(library, TODAY, repo.base, rules)
    return [found for found in done.caused.findings if found.rule != "unverified"]


def check(repo: Repo, **values: bool) -> tuple[bool, str]:
    """Whether `kb check --base` fails, and what it says of what does not count."""
    report = check_cards(Base(repo.root, today=lambda: TODAY), base=repo.base, **values)
    return report.result.failed, report.uncounted


def verify(repo: Repo, path: str, *, unflag: bool = False) -> None:
    """Verify a card as kb does."""
    library = load_library(load_config(repo.root, repo.top, {}))
    stamp_card(library.config, library.by_path[path], TODAY, "ada@example.org", unflag=unflag)


def replace_in(repo: Repo, path: str, *changes: tuple[str, str]) -> None:
    """Replace words of a file that are there."""
    text = (repo.top / path).read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    repo.write(path, text)


def drop_lines(repo: Repo, path: str, *names: str) -> None:
    """Delete fields of a card by hand."""
    lines = (repo.top / path).read_text(encoding="utf-8").splitlines(keepends=True)
    repo.write(
        path, "".join(line for line in lines if not line.startswith(tuple(f"{name}:" for name in names)))
    )


@pytest.fixture
def repo(tmp_path: Path, kept_folder: Path) -> Repo:
    """Three cards verified long ago: one with a dependency, one that translates it, one with a flag."""
    kept = kept_folder / "left gate"
    if not kept.exists():
        make_cards(kept)
    repo = Repo(tmp_path / "repository", kept)
    repo.base = read_head(repo.top)
    return repo


def make_cards(top: Path) -> None:
    """Write them, and commit them."""
    repo = Repo(top)
    repo.write("kb.toml", SETTINGS)
    repo.write("data.txt", "one")
    repo.card("a.md", verify_every=None, depends_on="[data.txt]")
    repo.card("de/a.md", "Warte.\n", verify_every=None, translation_of="a", lang="de")
    repo.card("c.md", "Try again.\n", verify_every=None)
    for path in ("a.md", "de/a.md", "c.md"):
        verify(repo, path)
        replace_in(repo, path, (f"verified: {TODAY}", "verified: 2026-10-01"))
    replace_in(repo, "c.md", ("verified:", "flagged: no longer true\nverified:"))
    repo.mark()
    assert judge(repo) == []


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (f'exclude = ["a.md"]\n{SETTINGS}', "1 card left the gate: a"),
        (f'include = ["de/**"]\n{SETTINGS}', "2 cards left the gate: a, c"),
        (f'extensions = [".markdown"]\n{SETTINGS}', "3 cards left the gate: a, c, de/a"),
        (f'{SETTINGS}{DEFAULTS}status = "archived"\n', "1 card left the gate: a"),
        (f'{SETTINGS}[values.status]\nactive = "draft"\n{DEFAULTS}status = "active"\n', "1 card left the gate: a"),
        (f'{SETTINGS}{DEFAULTS}verify_every = "5y"\n', "1 card falls due later: a"),
        (SETTINGS.replace("90d", "never"), "3 cards fall due later: a, c, de/a"),
        (f'{SETTINGS}[fields]\ndepends_on = "needs"\nflagged = "x"\n', "2 cards are read from other fields: a, c"),
        (SETTINGS.replace('changed = "error"', 'changed = "off"'), "rule changed lowered from error to off"),
        (SETTINGS.replace('changed = "error"\n', ""), "rule changed lowered from error to warning"),
        (
            SETTINGS.replace('suspect = "error"', 'suspect = {severity = "error", warn_after = "9d"}'),
            "rule suspect lowered from error to off",
        ),
        (f'{SETTINGS}{DEFAULTS}rules = {{changed = "off"}}\n', "rule changed lowered from error to off for 1 card"),
        (f'{SETTINGS}[rules.owners.a]\nexpired = "off"\n', "rule expired lowered from error to off for 3 cards"),
        (f'{SETTINGS}[links]\ndeny = ["b.org", "*.gov"]\n', "links no longer asked: *.gov, b.org"),
        (f'{SETTINGS}[fields]\nverify_every = "x"\n', "verifications no longer pin the text by a digest"),
        (f'{SETTINGS}[links]\ngenerated = ["api/**"]\n', "links no longer followed, as the build makes what they lead to: api/**"),
        (f'{SETTINGS}[links]\nallow = ["a.org"]\n', "links no longer asked: all but links.allow"),
        (SETTINGS.replace('[groups]\na = ["ada@example.org"]\n', ""), "groups removed: a"),
    ],
)  # fmt: skip
def test_a_milder_kb_toml_is_an_error_that_says_what_left(repo: Repo, settings: str, words: str) -> None:
    """Whatever setting does it; and what the old settings find counts as if they still held."""
    repo.write("kb.toml", settings)
    replace_in(repo, "a.md", ("Wait.", "Do not wait."))
    found = judge(repo)
    of_settings = [one for one in found if one.path == "kb.toml"]
    assert [(one.rule, one.severity) for one in of_settings] == [("left-gate", "error")]
    assert words in of_settings[0].message.split("; ")
    assert ("changed", "a.md", "error") in {(one.rule, one.path, one.severity) for one in found}


def test_a_kb_toml_put_back_is_none(repo: Repo) -> None:
    """What is as it was takes nothing out: only the card that changed, and its translation, are told."""
    repo.write("kb.toml", DEFAULTS)
    assert "kb.toml" in {one.path for one in judge(repo)}
    repo.write("kb.toml", SETTINGS)
    replace_in(repo, "a.md", ("Wait.", "Do not wait."))
    assert {one.path for one in judge(repo)} == {"a.md", "de/a.md"}


def test_a_stricter_or_larger_kb_toml_is_none(repo: Repo) -> None:
    """A shorter interval, a stricter rule, another group, and an exclude of what was no card leave nothing out."""
    repo.write("drafts/x.md", "Not yet.\n")
    settings = SETTINGS.replace('suspect = "error"', 'suspect = "error"\nexpired = "error"').replace(
        "90d", "80d"
    )
    repo.write(
        "kb.toml", f'exclude = ["drafts/**"]\n{settings}due = "warning"\n[rules.owners.b]\ndue = "error"\n'
    )
    assert judge(repo) == []


@pytest.mark.parametrize(
    ("settings", "body"),
    [('types = ["faq"]\n', "Wait.\n"), ("[links]\nwiki = false\n", "[[no]]\n")],
)  # fmt: skip
def test_a_kb_toml_that_hides_findings_is_a_warning(tmp_path: Path, settings: str, body: str) -> None:
    """Whether it mends or hides them kb cannot tell; the old ones are no blame, a new one counts, and accepted it is quiet."""
    repo = Repo(tmp_path / "repository")
    then = "[links]\nwiki = true\n"
    repo.write("kb.toml", then)
    repo.card("a.md", f"# A.1\n\n{body}", type="faq")
    repo.mark()
    repo.write("kb.toml", settings + (then if "wiki" not in settings else ""))
    rule = "bad-field" if "faq" in settings else "broken-link"
    assert [(one.severity, one.message) for one in judge(repo)] == [
        ("warning", f"it no longer finds 1 that the former one does: {rule}")
    ]
    assert not check(repo, accept=True)[0]
    assert judge(repo) == []


@pytest.mark.parametrize("where", ["kb.toml", "content/api/kb.toml"])
def test_a_second_kb_toml_does_not_take_the_place_of_the_first_in_silence(tmp_path: Path, where: str) -> None:
    """At the top of the repository it hides content/kb.toml, in a folder the one above."""
    repo = Repo(tmp_path / "repository")
    (repo.top / "kb.toml").unlink()
    repo.write("content/kb.toml", SETTINGS)
    repo.card("content/api/a.md", verified="2026-11-20")
    repo.card("content/b.md", verified="2026-11-20")
    repo.mark()
    repo.write(where, '[rules]\nchanged = "off"\n')
    repo.root = (repo.top / where).parent
    replace_in(repo, "content/api/a.md", ("Wait.", "Do not wait."))
    (error,) = [one for one in judge(repo) if one.rule == "left-gate"]
    assert "it takes the place of content/kb.toml" in error.message
    assert "rule changed lowered from error to off" in error.message
    assert ("changed", "error") in {(one.rule, one.severity) for one in judge(repo)}


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("a.md", ["verified_digest"]), ("a.md", ["depends_on", "depends_digest"]), ("a.md", ["depends_digest"]),
        ("de/a.md", ["translation_of", "translation_digest"]), ("de/a.md", ["translation_digest"]),
        ("c.md", ["flagged"]), ("c.md", ["verified", "verified_by", "verified_digest"]),
    ],
)  # fmt: skip
def test_a_field_deleted_by_hand_is_an_error(repo: Repo, path: str, names: list[str]) -> None:
    """Also where nothing else of the card changed: the next change would have nothing to be judged by."""
    drop_lines(repo, path, *names)
    found = [one for one in judge(repo) if one.rule == "left-gate"]
    assert [(one.path, one.severity, one.subject.partition(" ")[0]) for one in found] == [
        (path, "error", names[0])
    ]


@pytest.mark.parametrize("name", ["verified_digest", "depends_digest", "translation_digest"])
def test_a_stamp_that_was_garbled_is_an_error(repo: Repo, name: str) -> None:
    """What cannot be read is judged by nobody."""
    path = "de/a.md" if name == "translation_digest" else "a.md"
    replace_in(repo, path, (f"{name}: v", f"{name}: x"))
    assert ("left-gate", path, "error") in {(one.rule, one.path, one.severity) for one in judge(repo)}


def test_a_fresh_verification_settles_what_was_dropped(repo: Repo) -> None:
    """A flag that `kb verify --unflag` takes, a dependency and a source dropped and verified anew are somebody's word."""
    verify(repo, "c.md", unflag=True)
    drop_lines(repo, "a.md", "depends_on", "depends_digest")
    verify(repo, "a.md")
    drop_lines(repo, "de/a.md", "translation_of", "translation_digest")
    verify(repo, "de/a.md")
    assert judge(repo) == []


def test_a_date_typed_by_hand_settles_nothing_where_there_was_a_digest(repo: Repo) -> None:
    """The date alone is no verification of a text in a repository of digests."""
    drop_lines(repo, "a.md", "depends_on", "depends_digest", "verified_digest")
    replace_in(repo, "a.md", ("2026-10-01", str(TODAY)))
    found = {one.subject.partition(" ")[0] for one in judge(repo) if one.rule == "left-gate"}
    assert found == {"verified_digest", "depends_on"}


def test_a_stamp_of_dependencies_written_anew_without_a_verification_is_an_error(repo: Repo) -> None:
    """The file changed, and the stamp of it too, but nobody looked at the card; the same after a move of the file is none."""
    text = (repo.top / "a.md").read_text(encoding="utf-8")
    repo.git("mv", "data.txt", "moved.txt")
    replace_in(repo, "a.md", ("data.txt", "moved.txt"))
    verify(repo, "a.md")
    replace_in(repo, "a.md", (f"verified: {TODAY}", "verified: 2026-10-01"))
    assert judge(repo) == []
    repo.git("mv", "moved.txt", "data.txt")
    repo.write("data.txt", "two")
    repo.write("a.md", text)
    assert [one.rule for one in judge(repo)] == ["suspect"]
    verify(repo, "a.md")
    assert judge(repo) == []
    replace_in(repo, "a.md", (f"verified: {TODAY}", "verified: 2026-10-01"))
    assert [(one.rule, one.subject.partition(" ")[0]) for one in judge(repo)] == [
        ("left-gate", "depends_digest")
    ]


def test_a_name_is_changed_only_by_who_writes_another_thing_there(repo: Repo) -> None:
    """A source that goes leaves its translations suspect, not changed; another spelling of the same card is none either."""
    repo.git("mv", "a.md", "b.md")
    replace_in(repo, "b.md", ("Wait.", "Do not wait."))
    found = {(one.rule, one.path) for one in judge(repo)}
    assert found == {("changed", "b.md"), ("suspect", "de/a.md"), ("bad-field", "de/a.md")}
    replace_in(repo, "b.md", ("Do not wait.", "Wait."), ("verified:", "former_ids: [a]\nverified:"))
    replace_in(repo, "c.md", ("verified:", "depends_on: ['card:a', './data.txt']\nverified:"))
    repo.mark()
    replace_in(repo, "de/a.md", ("translation_of: a", "translation_of: b"))
    replace_in(repo, "c.md", ("card:a", "card:b"), ("./data.txt", "data.txt"))
    assert judge(repo) == []
    replace_in(repo, "de/a.md", ("translation_of: b", "translation_of: c"))
    assert {(one.rule, one.path) for one in judge(repo)} == {("left-gate", "de/a.md"), ("suspect", "de/a.md")}


@pytest.mark.parametrize("status", ["draft", "archived"])
def test_a_card_that_becomes_a_draft_or_is_archived_is_a_warning(repo: Repo, status: str) -> None:
    """It may be right to, and it must not go unsaid; one that was a draft before is nobody's news."""
    replace_in(repo, "a.md", ("title:", f"status: {status}\ntitle:"), ("Wait.", "Do not wait."))
    found = [one for one in judge(repo) if one.path == "a.md"]
    assert [(one.rule, one.severity, one.line) for one in found] == [("left-gate", "warning", 2)]
    repo.mark()
    replace_in(repo, "a.md", ("wait", "run"))
    assert [one for one in judge(repo) if one.path == "a.md"] == []


def test_a_card_moved_to_where_none_are_read_is_a_warning(repo: Repo) -> None:
    """Into a hidden folder, say, or a submodule: the file is there, and no card."""
    (repo.top / ".old").mkdir()
    repo.git("mv", "c.md", ".old/c.md")
    assert [(one.rule, one.card, one.severity) for one in judge(repo)] == [("left-gate", "c", "warning")]
    (repo.top / ".old/c.md").unlink()
    repo.git("add", "-A")
    assert judge(repo) == []
    # A submodule takes the place of a folder, and is not checked out.
    repo.git("rm", "-rqf", "de")
    repo.write(".gitmodules", '[submodule "de"]\n\tpath = de\n\turl = ../de\n')
    repo.git("update-index", "--add", "--cacheinfo", f"160000,{repo.base},de")
    assert [(one.rule, one.card, one.severity) for one in judge(repo)] == [("left-gate", "de/a", "warning")]


def test_a_new_card_verified_without_a_digest_is_told_where_others_have_one(repo: Repo) -> None:
    """A warning; an error under a date older than the base."""
    repo.card("new.md", "Fresh.\n", verified=str(TODAY))
    assert [(one.rule, one.severity) for one in judge(repo)] == [("left-gate", "warning")]
    repo.card("new.md", "Fresh.\n", verified="2026-10-01")
    assert [(one.rule, one.severity) for one in judge(repo)] == [("changed", "error"), ("left-gate", "error")]


def test_an_old_card_that_is_dated_without_a_digest_or_late_is_told_where_others_have_one(repo: Repo) -> None:
    """A date typed into a card that nobody verified: a warning; an error under a date older than the change, with a digest too."""
    repo.card("new.md", "Fresh.\n")
    repo.mark()
    repo.card("new.md", "Fresh.\n", verified=str(TODAY))
    assert [(one.rule, one.severity) for one in judge(repo)] == [("left-gate", "warning")]
    repo.card("new.md", "Fresh.\n", verified="2026-10-01")
    assert [(one.rule, one.severity) for one in judge(repo)] == [("left-gate", "error")]
    verify(repo, "new.md")
    assert judge(repo) == []
    replace_in(repo, "new.md", (f"verified: {TODAY}", "verified: 2026-10-01"))
    assert [(one.rule, one.severity) for one in judge(repo)] == [("left-gate", "error")]


@pytest.mark.parametrize("way", ["edit", "move"])
def test_a_baseline_accepts_only_what_was_found_at_the_base(repo: Repo, way: str) -> None:
    """Neither an entry of what was mended long ago, nor one of another card under that name, is a way past the gate."""
    repo.card(
        "x.md",
        "Once wrong.\n" + 40 * "Another line.\n",
        verified="2026-10-01",
        verified_digest="v2:" + "0" * 32,
        verify_every=None,
    )
    update_baseline(Base(repo.root, today=lambda: TODAY))
    assert '["changed", "x", ""]' in (repo.top / "kb-baseline.json").read_text(encoding="utf-8")
    if way == "edit":
        verify(repo, "x.md")
    repo.mark()
    assert not check(repo)[0]
    if way == "edit":
        replace_in(repo, "x.md", ("Once", "Twice"))
    else:
        replace_in(repo, "a.md", ("Wait.", "Do not wait."))
        (repo.top / "x.md").unlink()
        repo.git("mv", "a.md", "x.md")
        replace_in(repo, "de/a.md", ("translation_of: a", "translation_of: x"))
    assert ("changed", "x.md") in {(one.rule, one.path) for one in judge(repo)}
    assert check(repo)[0]


@pytest.mark.parametrize("others", [0, 2])
def test_a_knowledge_base_that_moved_is_the_same_one(tmp_path: Path, others: int) -> None:
    """Its cards are compared, however its kb.toml was rewritten, and whichever others went away with it."""
    repo = Repo(tmp_path / "repository")
    (repo.top / "kb.toml").unlink()
    for folder in ("docs", *(f"tests/{number}" for number in range(others))):
        repo.write(f"{folder}/kb.toml", SETTINGS)
        repo.card(f"{folder}/a.md", verified="2026-10-01", title=folder)
        repo.card(f"{folder}/{folder[-1]}.md", verified="2026-10-01", title=f"More {folder}")
    repo.mark()
    repo.git("mv", "docs", "content")
    repo.git("rm", "-rqf", "--ignore-unmatch", "tests")
    repo.write("content/kb.toml", "[groups]\n" + 40 * "# rewritten\n")
    repo.root = repo.top / "content"
    repo.git("add", "-A")
    replace_in(repo, "content/a.md", ("Wait.", "Do not wait."))
    assert {("left-gate", "kb.toml"), ("changed", "a.md")} <= {(one.rule, one.path) for one in judge(repo)}


def test_a_knowledge_base_that_went_into_a_folder_leaves_the_others_by_name(tmp_path: Path) -> None:
    """Also a card whose namesake in that folder was a card before: the one is not the other."""
    repo = Repo(tmp_path / "repository")
    repo.card("a.md", verified="2026-10-01")
    repo.card("content/a.md", "Another.\n", title="B", verified="2026-10-01")
    repo.mark()
    repo.git("mv", "kb.toml", "content/kb.toml")
    repo.root = repo.top / "content"
    replace_in(repo, "a.md", ("Wait.", "Do not wait."))
    assert [(one.rule, one.message) for one in judge(repo)] == [
        ("left-gate", "its file is no card any more at a.md")
    ]


def test_the_baseline_of_the_branch_accepts_nothing(repo: Repo) -> None:
    """Making it anew is an error; an entry that the base has counts on."""
    repo.write("b.md", "x")
    repo.card("b.md", BROKEN)
    repo.write("kb.toml", f'{SETTINGS}broken-link = "error"\n')
    update_baseline(Base(repo.root, today=lambda: TODAY))
    repo.mark()
    assert check(repo) == (False, "3 findings were already there at " + f"{repo.base[:10]} and do not count")
    replace_in(repo, "a.md", ("Wait.", "Do not wait."))
    repo.card("d.md", BROKEN)
    (repo.top / "kb-baseline.json").unlink()
    update_baseline(Base(repo.root, today=lambda: TODAY))
    failed, uncounted = check(repo)
    assert failed
    assert "accepted" not in uncounted
    (grown,) = [one for one in judge(repo) if one.rule == "left-gate"]
    assert (grown.path, grown.severity) == ("kb-baseline.json", "error")


def test_what_is_accepted_stands_in_the_baseline_and_accepts_only_that(repo: Repo) -> None:
    """One line for each thing, in the diff; another text, another setting or another field needs another line."""
    settings = f'exclude = ["a.md"]\n{SETTINGS}'
    repo.write("kb.toml", settings)
    drop_lines(repo, "c.md", "flagged")
    assert check(repo)[0]
    failed, uncounted = check(repo, accept=True)
    assert not failed
    assert "accepted: 1 card left the gate: a" in uncounted
    lines = json.loads((repo.top / "kb-baseline.json").read_text(encoding="utf-8"))["findings"]
    assert [(rule, card) for rule, card, _ in lines[:-1]] == [("left-gate", "c"), ("left-gate", "kb.toml")]
    repo.commit()
    assert not check(repo)[0]
    replace_in(repo, "c.md", ("Try again.", "Never try again."))
    assert check(repo)[0]
    replace_in(repo, "c.md", ("Never try again.", "Try again."))
    repo.write("kb.toml", settings.replace('"a.md"', '"a.md", "de/**"'))
    assert check(repo)[0]
    repo.write("kb.toml", settings)
    assert not check(repo)[0]
    drop_lines(repo, "de/a.md", "translation_of", "translation_digest")
    assert check(repo)[0]


def test_an_accepted_mapping_is_judged_as_the_branch_has_it(repo: Repo) -> None:
    """Fields renamed in kb.toml and in all cards: one line accepts it, and an edited text is still found."""
    repo.write("kb.toml", f'{SETTINGS}[fields]\nverified = "reviewed"\n')
    for path in ("a.md", "de/a.md", "c.md"):
        replace_in(repo, path, ("verified: 2026", "reviewed: 2026"))
    assert check(repo)[0]
    assert not check(repo, accept=True)[0]
    drop_lines(repo, "c.md", "verified_digest")
    replace_in(repo, "c.md", ("Try again.", "Never try again."))
    found = {(one.rule, one.path) for one in judge(repo) if one.path != "kb.toml"}
    assert found == {("changed", "c.md"), ("left-gate", "c.md")}


def test_a_copy_that_drops_what_the_text_rests_on_is_an_error(repo: Repo) -> None:
    """Text and verification of a card under a new name, without its dependency; a whole copy is none, nor one verified anew."""
    text = (repo.top / "a.md").read_text(encoding="utf-8")
    repo.write("copy.md", text)
    repo.write("less.md", text)
    drop_lines(repo, "less.md", "depends_on", "depends_digest")
    found = {(one.path, one.subject.partition(" ")[0]) for one in judge(repo) if one.rule == "left-gate"}
    assert found == {("less.md", "depends_on")}
    verify(repo, "less.md")
    assert not [one for one in judge(repo) if one.rule == "left-gate"]


@pytest.mark.parametrize("former", [False, True])
def test_a_copy_in_the_place_of_another_card_is_one_too(repo: Repo, former: bool) -> None:
    """Written over it, or under a new name as its successor, it drops nothing in silence."""
    replace_in(repo, "c.md", ("title:", "former_ids: [de/a]\ntitle:" if former else "title:"))
    text = (repo.top / "c.md").read_text(encoding="utf-8")
    repo.mark()
    (repo.top / "de/a.md").unlink()
    path = "new.md" if former else "de/a.md"
    repo.write(path, text)
    drop_lines(repo, path, "flagged")
    assert ("left-gate", path, "flagged") in {
        (one.rule, one.path, one.subject.partition(" ")[0]) for one in judge(repo)
    }


def test_a_text_that_git_keeps_otherwise_than_it_writes_it_is_an_error(repo: Repo) -> None:
    """By .gitattributes readers in git see another one; where both say the same, as with other line ends, it is none.

    What is not added yet is not kept otherwise; attributes that become others count as new ones do, and those that a clone
    has of its own are none of the change.
    """
    replace_in(repo, "de/a.md", ("Warte.", "Warte $Id: kurz $ im Café."))
    verify(repo, "de/a.md")
    repo.mark()
    own = repo.top / ".git" / "info" / "attributes"
    own.parent.mkdir(exist_ok=True)
    own.write_text("*.md ident\n")
    (repo.root / "de/a.md").unlink()
    repo.git("checkout", "--", ".")
    assert judge(repo) == []
    own.unlink()
    (repo.root / "de/a.md").unlink()
    repo.git("checkout", "--", ".")
    repo.write(".gitattributes", "*.md text eol=lf\n")
    repo.git("add", "--renormalize", ".")
    assert judge(repo) == []
    repo.write(".gitattributes", "*.md ident\n")
    repo.git("add", "--renormalize", ".")
    repo.card("new.md")
    replace_in(repo, "c.md", ("Try again.", "Try again later."))
    verify(repo, "c.md", unflag=True)
    assert [(one.rule, one.path, one.severity) for one in judge(repo)] == [("left-gate", "de/a.md", "error")]
    assert not check(repo, accept=True)[0]
    repo.mark()
    assert judge(repo) == []
    repo.write(".gitattributes", "*.md ident\nde/a.md working-tree-encoding=latin1\n")
    repo.git("add", "--renormalize", ".")
    assert [(one.rule, one.path, one.severity) for one in judge(repo)] == [("left-gate", "de/a.md", "error")]


def keep(repo: Repo, path: str, data: bytes) -> None:
    """Let git keep these bytes of a file, and write to disk what its attributes make of them."""
    blob = subprocess.run(
        ["git", "hash-object", "-w", "--stdin", "--no-filters"], cwd=repo.top, input=data, capture_output=True, check=True
    ).stdout.decode().strip()  # fmt: skip
    repo.git("update-index", "--cacheinfo", f"100644,{blob},{path}")
    (repo.top / path).unlink()
    repo.git("checkout", "--", path)


@pytest.mark.parametrize("way", ["encoding", "filter"])
def test_a_text_behind_attributes_of_the_base_is_an_error(repo: Repo, way: str) -> None:
    """One that git makes the verified text of on disk, by the attributes that were there before; an honest edit is none."""
    value = "working-tree-encoding=ASCII//TRANSLIT" if way == "encoding" else "filter=low"
    repo.git("config", "filter.low.smudge", "sed s/€/EUR/")
    repo.write(".gitattributes", f"c.md {value}\n")
    replace_in(repo, "c.md", ("Try again.", "Pay 5 EUR."))
    verify(repo, "c.md", unflag=True)
    repo.mark()
    data = (repo.top / "c.md").read_bytes()
    keep(repo, "c.md", data.replace(b"owner: a", b"owner: b"))
    assert [one for one in judge(repo) if one.rule == "left-gate"] == []
    keep(repo, "c.md", data.replace(b"EUR", "€".encode()))
    assert [(one.rule, one.path, one.severity) for one in judge(repo)] == [("left-gate", "c.md", "error")]


def test_an_edit_of_a_text_that_git_converts_is_none(repo: Repo) -> None:
    """Where what is on disk tells what git keeps, whoever verifies the one has seen the other."""
    repo.write(".gitattributes", "c.md ident\n")
    replace_in(repo, "c.md", ("Try again.", "Try again $Id$."))
    repo.git("add", "-A")
    (repo.top / "c.md").unlink()
    repo.git("checkout", "--", "c.md")
    verify(repo, "c.md", unflag=True)
    repo.mark()
    replace_in(repo, "c.md", ("Try again", "Never try again"))
    assert ("changed", "c.md") in {(one.rule, one.path) for one in judge(repo)}
    verify(repo, "c.md")
    assert judge(repo) == []
