"""Promises of `kb check --base`: what the change caused is told, what was there before is not."""

import os
import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest
from datedgit import make_repository, read_head

from kbcli.config import load_config
from kbcli.errors import GitError
from kbcli.foundation.git.log import load_history
from kbcli.knowledge.cards.library import load_library
from kbcli.knowledge.edit.moving import apply_move, plan_move
from kbcli.knowledge.gate.differential import compare_with_base
from kbcli.knowledge.gate.run import choose_rules
from kbcli.knowledge.trust.dependencies import digest_dependencies
from kbcli.operations.rules import RULES
from tests.unit.gate.test_gate import SHOUTING

TODAY = date(2026, 11, 21)
Found = set[tuple[str, str, str]]
BROKEN = "See [it](no.md).\n"


class Repo:
    """A knowledge base in a git repository; `base` is the commit that `mark` made, to compare with."""

    def __init__(self, top: Path, copied: Path | None = None) -> None:
        self.top = self.root = top
        self.base = ""
        if copied is not None:
            shutil.copytree(copied, top)
            return
        make_repository(top)
        self.write("kb.toml", "")

    def git(self, *arguments: str) -> str:
        """Run git at the top."""
        options = ("-c", "protocol.file.allow=always")
        done = subprocess.run(
            ["git", *options, *arguments], cwd=self.top, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def write(self, path: str, text: str) -> None:
        """Write a file, making its folder."""
        full = self.top / path
        full.parent.mkdir(parents=True, exist_ok=True)
        full.write_text(text, encoding="utf-8")

    def card(self, path: str, body: str = "Wait.\n", **fields: str | None) -> None:
        """Write a card; a field given as None is left out."""
        values: dict[str, str | None] = {
            "title": f"Card {path}",
            "owner": "a",
            "verify_every": "90d",
            **fields,
        }
        header = "".join(f"{name}: {value}\n" for name, value in values.items() if value is not None)
        self.write(path, f"---\n{header}---\n{body}")

    def stamp(self, path: str, *needed: str) -> None:
        """Write a verified card whose dependencies are pinned as they are on disk."""
        values = f"[{', '.join(repr(one) for one in needed)}]"
        fields = {"verified": "2026-11-20", "depends_on": values}
        self.card(path, **fields)
        library = load_library(load_config(self.root, self.top, {}))
        card = library.by_id[path.removesuffix(".md")]
        self.card(path, **fields, depends_digest=digest_dependencies(card, library))

    def commit(self) -> str:
        """Commit everything."""
        self.git("add", "-A")
        self.git("commit", "-qm", "Change", "--allow-empty")
        return read_head(self.top)

    def mark(self) -> None:
        """Commit everything: this is the state before the change."""
        self.base = self.commit()

    def find(self, *, history: bool = False) -> Found:
        """(rule, path, subject) of what the change caused, but for cards that nobody verified."""
        library = load_library(load_config(self.root, self.top, {}))
        rules = choose_rules(library.config, RULES, history=history, in_change=True)
        past = load_history(self.root) if history else None
        done = compare_with_base(library, TODAY, self.base, rules, history=past)
        return {(one.rule, one.path, one.subject) for one in done.caused.findings if one.rule != "unverified"}

    def rules(self, *, history: bool = False) -> set[tuple[str, str]]:
        """(rule, path) of the same."""
        return {(rule, path) for rule, path, _ in self.find(history=history)}


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """A repository with an empty kb.toml, nothing committed."""
    return Repo(tmp_path / "repository")


@pytest.mark.parametrize(
    "name", ["src/[id]/p.tsx", "src//q.py", "link.py", "./src/q.py", "sr*/**/q.py", "src"]
)
def test_a_changed_dependency_is_blamed_however_it_is_named(repo: Repo, name: str) -> None:
    """A literal name with glob characters, a link, a path not in its shortest form: the change of the file is caused."""
    repo.write("src/[id]/p.tsx", "one")
    repo.write("src/q.py", "one")
    (repo.top / "link.py").symlink_to("src/q.py")
    repo.stamp("a.md", name)
    repo.mark()
    assert repo.find() == set()
    repo.write("src/[id]/p.tsx" if "[" in name else "src/q.py", "two")
    assert repo.rules() == {("suspect", "a.md")}
    repo.commit()
    assert repo.rules() == {("suspect", "a.md")}
    repo.mark()
    repo.card("b.md")
    assert repo.find() == set()


def test_a_dependency_that_a_filter_makes_is_judged_as_it_is_on_disk(repo: Repo) -> None:
    """With a smudge filter, a changed file is blamed and an unchanged one is not, suspect or not."""
    repo.git("config", "filter.up.smudge", "tr a-z A-Z")
    repo.git("config", "filter.up.clean", "tr A-Z a-z")
    repo.write(".gitattributes", "*.big filter=up\n")
    repo.write("one.big", "ONE")
    repo.write("two.big", "TWO")
    repo.stamp("a.md", "one.big")
    repo.stamp("b.md", "two.big")
    repo.mark()
    repo.write("one.big", "OTHER")
    assert repo.rules() == {("suspect", "a.md")}
    repo.commit()
    assert repo.rules() == {("suspect", "a.md")}
    repo.mark()
    repo.card("c.md")
    assert repo.find() == set()


def test_a_card_that_is_a_link_is_judged_by_its_text(repo: Repo) -> None:
    """A card that is a link to a file of another suffix is not taken for an empty one at the base."""
    repo.write("notes.txt", "---\ntitle: Notes\nowner: a\nverify_every: 90d\n---\nText.\n")
    (repo.top / "a.md").symlink_to("notes.txt")
    repo.mark()
    repo.write("notes.txt", "Text.\n")
    assert ("missing-title", "a.md") in repo.rules()


@pytest.mark.parametrize(
    "needed", [".github/workflows/*.yml", ".github/workflows", ".github/workflows/ci.yml"]
)
def test_hidden_folders_count_at_the_base_as_they_do_now(repo: Repo, needed: str) -> None:
    """Dependencies in a hidden folder: deleting them is blamed, and an old suspect on nobody."""
    repo.write(".github/workflows/ci.yml", "one")
    repo.stamp("a.md", needed)
    repo.mark()
    repo.write(".github/workflows/ci.yml", "two")
    old = repo.base
    repo.mark()
    repo.card("b.md")
    assert repo.find() == set()
    repo.base = old
    shutil.rmtree(repo.top / ".github")
    assert ("missing-dependency", "a.md") in repo.rules()


def test_the_base_is_listed_without_git_around_the_temporary_folder(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A temporary folder inside a repository that ignores it hides no card of the base."""
    repo.card("a.md", BROKEN)
    repo.write(".gitignore", "tmp/\n")
    repo.mark()
    (repo.top / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(repo.top / "tmp"))
    assert repo.find() == set()


def test_a_misspelt_setting_is_blamed_on_who_brings_it(repo: Repo) -> None:
    """Unknown settings and rules in kb.toml that the change brought in are told, older ones are not."""
    repo.write("kb.toml", 'colour = "red"\n')
    repo.mark()
    assert repo.find() == set()
    repo.write("kb.toml", 'colour = "red"\nshape = "round"\n[rules]\nexpried = "error"\n')
    assert repo.find() == {("bad-config", "kb.toml", "shape"), ("bad-config", "kb.toml", "expried")}


def test_facts_of_kb_toml_are_those_of_the_base(repo: Repo) -> None:
    """Dropping a group that owns cards, or an exclude, brings in faults that the change caused."""
    repo.card("a.md")
    repo.card("old/b.md", BROKEN)
    repo.write("kb.toml", 'exclude = ["old/**"]\n[groups]\na = ["x@example.org"]\nb = ["y@example.org"]\n')
    repo.mark()
    repo.write("kb.toml", 'exclude = ["old/**"]\n[groups]\nb = ["y@example.org"]\n')
    assert repo.rules() == {("unknown-owner", "a.md"), ("left-gate", "kb.toml")}
    repo.write("kb.toml", '[groups]\na = ["x@example.org"]\nb = ["y@example.org"]\n')
    assert repo.find() == {("broken-link", "old/b.md", "no.md")}


def test_severities_are_those_of_now(repo: Repo) -> None:
    """A rule that the change switches on does not blame it for old cards; a broken kb.toml of then stops nothing."""
    repo.card("a.md", BROKEN)
    repo.write("kb.toml", '[rules]\nbroken-link = "off"\n')
    repo.mark()
    repo.write(
        "kb.toml",
        '[rules]\nbroken-link = "error"\n[[defaults]]\npaths = ["**"]\nrules = {unverified = "error"}\n',
    )
    assert repo.find() == set()
    repo.write("kb.toml", "not toml")
    repo.mark()
    repo.write("kb.toml", "")
    assert repo.find() == set()


def test_a_mailmap_line_that_goes_is_missed(repo: Repo) -> None:
    """Deleting the line of .mailmap that made the verifier an owner is caused by the change."""
    repo.write("kb.toml", '[groups]\na = ["ada@work.example"]\n')
    repo.write(".mailmap", "Ada <ada@work.example> <ada@home.example>\n")
    repo.card("a.md", verified="2026-11-01", verified_by="ada@home.example")
    repo.mark()
    assert repo.find(history=True) == set()
    repo.write(".mailmap", "")
    assert ("not-owner", "a.md") in repo.rules(history=True)


def test_codeowners_counts_at_the_base(repo: Repo) -> None:
    """A card without an owner, verified by somebody whom CODEOWNERS does not name, is an old matter."""
    repo.write("kb.toml", '[groups]\nx = ["x@example.org"]\n')
    repo.write(".github/CODEOWNERS", "* @someone\n")
    repo.card("a.md", owner=None, verified="2026-11-01", verified_by="ada@example.org")
    repo.mark()
    repo.card("b.md", owner="x")
    assert not {path for rule, path in repo.rules(history=True) if rule == "not-owner"}
    repo.write(".github/CODEOWNERS", "* ada@example.org\n")
    repo.mark()
    repo.write(".github/CODEOWNERS", "* @someone\n")
    assert ("not-owner", "a.md") in repo.rules(history=True)


def test_a_link_whose_fault_changes_is_a_new_fault(repo: Repo) -> None:
    """A link with a bad anchor is pardoned, until the change deletes its target."""
    repo.card("a.md", "See [it](b.md#nowhere).\n")
    repo.card("b.md")
    repo.mark()
    assert repo.find() == set()
    (repo.top / "b.md").unlink()
    assert repo.find() == {("broken-link", "a.md", "b.md#nowhere")}


def test_a_link_into_a_submodule_is_judged_by_its_version(repo: Repo, tmp_path: Path) -> None:
    """Links into a submodule: an old broken one is pardoned, one that a new version of it broke is blamed."""
    inner = Repo(tmp_path / "inner")
    inner.write("there.txt", "one")
    inner.commit()
    repo.git("submodule", "add", "-q", str(inner.top), "sub")
    repo.card("a.md", "See [one](sub/there.txt) and [two](sub/no.txt).\n")
    repo.mark()
    assert repo.find() == set()
    (inner.top / "there.txt").unlink()
    inner.commit()
    subprocess.run(
        ["git", "-c", "protocol.file.allow=always", "pull", "-q"], cwd=repo.top / "sub", check=True
    )
    assert ("broken-link", "a.md", "sub/there.txt") in repo.find()
    repo.commit()
    assert ("broken-link", "a.md", "sub/there.txt") in repo.find()


@pytest.mark.parametrize("staged", [True, False])
def test_a_new_card_under_a_vacated_name_inherits_nothing(repo: Repo, *, staged: bool) -> None:
    """After `mv a.md z.md`, a new a.md with the same fault is blamed, and z.md is not."""
    repo.card("a.md", BROKEN, title="Refunds")
    repo.mark()
    (repo.top / "a.md").rename(repo.top / "z.md")
    repo.card("a.md", BROKEN, title="Invoices")
    if staged:
        repo.commit()
    assert repo.find() == {("broken-link", "a.md", "no.md")}


def test_a_copy_is_a_new_card(repo: Repo) -> None:
    """A copy of a faulty card that stays is blamed, though the original was edited meanwhile."""
    repo.card("a.md", f"{BROKEN}One two three four.\n", title="Refunds")
    repo.mark()
    shutil.copy(repo.top / "a.md", repo.top / "z.md")
    repo.card("a.md", f"{BROKEN}One two three five.\n", title="Refunds")
    assert ("broken-link", "z.md") in repo.rules()
    assert ("broken-link", "a.md") not in repo.rules()


@pytest.mark.parametrize("staged", [True, False])
@pytest.mark.parametrize("settings", ["", 'title = "Support"\n'])
def test_moving_the_knowledge_base_blames_nobody(repo: Repo, settings: str, *, staged: bool) -> None:
    """After its folder was moved, the old faults are old, and a new one is told."""
    (repo.top / "kb.toml").unlink()
    repo.write("docs/kb.toml", settings)
    repo.card("docs/a.md", BROKEN, verified="2026-01-01")
    repo.card("docs/b.md")
    repo.mark()
    (repo.top / "docs").rename(repo.top / "content")
    repo.root = repo.top / "content"
    if staged:
        repo.commit()
    assert repo.find() == set()
    assert repo.find(history=True) == set()
    repo.card("content/b.md", "See [it](gone.md).\n")
    assert repo.find() == {("broken-link", "b.md", "gone.md")}


@pytest.mark.parametrize("change", ["rename", "delete"])
def test_of_an_old_pair_it_makes_no_difference_which_is_told(repo: Repo, change: str) -> None:
    """Renaming one of two cards with one title, or deleting one of three, blames none; a further one is blamed."""
    for name in ("b.md", "c.md", "d.md"):
        repo.card(name, f"About {name}, in words of its own.\n", title="Refunds")
    repo.mark()
    if change == "rename":
        repo.git("mv", "b.md", "z.md")
    else:
        (repo.top / "b.md").unlink()
    assert repo.find() == set()
    repo.card("a.md", "Something else again.\n", title="Refunds")
    assert {rule for rule, _ in repo.rules()} == {"duplicate-title"}


def test_of_cards_with_one_id_it_makes_no_difference_which_is_told(repo: Repo) -> None:
    """Former IDs in dispute: renaming one of the cards blames none; a further claim is blamed."""
    repo.card("a.md", "One.\n", former_ids="[old]")
    repo.card("b.md", "Two.\n", former_ids="[old]")
    repo.mark()
    repo.git("mv", "a.md", "z.md")
    assert repo.find() == set()
    repo.card("c.md", "Three.\n", former_ids="[old]")
    assert "duplicate-id" in {rule for rule, _ in repo.rules()}


def test_a_moved_card_keeps_its_old_broken_links(repo: Repo) -> None:
    """`kb mv` writes a broken link anew; it is the same link, and so it is for a plain move."""
    repo.card("a.md", f"{BROKEN}See [that](b.md#nowhere).\n")
    repo.card("b.md")
    repo.mark()
    config = load_config(repo.root, repo.top, {})
    library = load_library(config)
    apply_move(config, plan_move(config, library.by_id["a"], "sub/"))
    assert "../no.md" in (repo.top / "sub/a.md").read_text()
    assert repo.find() == set()
    repo.commit()
    assert repo.find() == set()


def test_settings_of_git_do_not_matter(repo: Repo, isolated_environment: Path) -> None:
    """A rename is seen with diff.relative and diff.renameLimit set, in a knowledge base below the top."""
    (repo.top / "kb.toml").unlink()
    repo.root = repo.top / "docs"
    repo.write("docs/kb.toml", "")
    lines = "".join(f"Line {number} of some length.\n" for number in range(30))
    for name in ("a", "b"):
        repo.card(f"docs/{name}.md", f"{name} {lines}{BROKEN}", distinct_from="[a, b, c, d]")
    repo.mark()
    with (isolated_environment / ".gitconfig").open("a") as stream:
        stream.write("[diff]\n\trelative = true\n\trenameLimit = 1\n")
    for old, new in (("a", "c"), ("b", "d")):
        repo.git("mv", f"docs/{old}.md", f"docs/{new}.md")
        repo.write(f"docs/{new}.md", (repo.root / f"{new}.md").read_text() + "More.\n")
    repo.git("add", "-A")
    assert repo.find() == set()


def test_a_move_that_git_was_not_told_of_is_seen(repo: Repo) -> None:
    """A plain `mv` without `git add` keeps a card's pardon."""
    repo.card("a.md", BROKEN)
    repo.mark()
    (repo.top / "a.md").rename(repo.top / "z.md")
    assert repo.find() == set()


@pytest.mark.skipif(os.name != "posix", reason="symbolic links")
def test_nothing_is_written_through_a_link_of_the_base(repo: Repo, tmp_path: Path) -> None:
    """A dependency that is a link out of the repository is neither read nor written when the base is laid out."""
    target = tmp_path / "target.md"
    target.write_text("secret")
    (repo.top / "a.md").symlink_to(target)
    (repo.top / "dep.txt").symlink_to(target)
    (repo.top / "near.md").symlink_to("../nowhere.md")
    repo.card("b.md", depends_on="[dep.txt]")
    repo.mark()
    repo.card("c.md")
    assert repo.find() == set()
    assert target.read_text() == "secret"


def test_a_clone_without_old_versions_says_so(repo: Repo, tmp_path: Path) -> None:
    """A partial clone that lacks the files of the base stops with the fetch to run; nothing is taken for empty then."""
    repo.card("a.md", BROKEN)
    repo.mark()
    repo.card("a.md", f"{BROKEN}More.\n")
    repo.commit()
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.git("clone", "-q", "--filter=blob:none", repo.top.as_uri(), str(tmp_path / "clone"))
    repo.top = repo.root = tmp_path / "clone"
    with pytest.raises(GitError) as caught:
        repo.find()
    assert "--refetch" in (caught.value.hint or "")


def test_a_finding_about_a_file_that_is_no_card_is_known_from_before(repo: Repo) -> None:
    """What a rule reads beside cards is read at the merge base too; a renamed file keeps its pardon."""
    repo.root = repo.top / "docs"
    (repo.top / "kb.toml").rename(repo.top / "kb.old")
    repo.write("docs/kb.toml", "")
    repo.write("docs/notes.txt", "HEAR\nRead on.\n")
    repo.mark()
    repo.git("mv", "docs/notes.txt", "docs/more.txt")
    repo.write("docs/more.txt", "Well.\nHEAR\nNOW\nRead on.\n")
    repo.git("add", "-A")
    library = load_library(load_config(repo.root, repo.top, {}))
    done = compare_with_base(library, TODAY, repo.base, [SHOUTING])
    assert [(found.path, found.subject) for found in done.existing] == [("more.txt", "HEAR")]
    assert [(found.path, found.subject) for found in done.caused.findings] == [("more.txt", "NOW")]
