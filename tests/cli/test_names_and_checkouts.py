"""Names compare whatever way their letters are composed, and what git says of a checkout is said."""

import subprocess
import unicodedata
from pathlib import Path

import pytest
from datedgit import make_repository, run_git

from kbcli.foundation.disk.paths import match_globs

CAFE, REFUND = "café", "환불"


def decompose(text: str) -> str:
    """As macOS spells names."""
    return unicodedata.normalize("NFD", text)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A card with a decomposed name and tag, a decomposed file in such a folder, and a card that names both as typed."""
    (tmp_path / "kb.toml").write_text("")
    (tmp_path / decompose("größe")).mkdir()
    (tmp_path / decompose("größe") / decompose("maß.png")).write_text("x")
    tagged = f"---\ntitle: C\ntags: [{decompose(REFUND)}]\nowner: {decompose('José')}\n---\nText\n"
    (tmp_path / f"{decompose(CAFE)}.md").write_text(tagged)
    (tmp_path / "links.md").write_text(
        f"---\ntitle: L\nowner: o\ndepends_on: ['card:{CAFE}', größe/maß.png]\n---\n"
        f"[a]({CAFE}.md) [b](größe/maß.png) [c](gone.md)\n"
    )
    make_repository(tmp_path)
    subprocess.run(["git", "add", "-A"], cwd=tmp_path, check=True)
    return tmp_path


def test_a_name_is_found_as_it_is_typed(root: Path, run_kb) -> None:
    """Links, dependencies, IDs, tags and owners lead to names that the disk spells otherwise; mv repairs them."""
    found = [line.split("\t")[0] for line in run_kb("check", "--format", "plain", cwd=root).out.splitlines()]
    assert [line for line in found if "leads nowhere" in line or "dependency" in line] == [
        "links.md:6: warning: broken-link: the link to “gone.md” leads nowhere"
    ]
    assert run_kb("show", CAFE, cwd=root).code == 0
    for flags in (("--tag", REFUND), ("--owner", "José")):
        assert len(run_kb("list", *flags, "--format", "plain", cwd=root).out.splitlines()) == 1
    assert run_kb("mv", CAFE, "coffee", cwd=root).code == 0
    moved = (root / "links.md").read_text()
    assert "[a](coffee.md)" in moved
    assert "card:coffee" in moved


def test_brackets_in_a_glob_are_a_folders_name_too() -> None:
    """`app/[slug]/*.md` means the folder that Next.js calls so, and still a choice of letters."""
    matches = match_globs(["app/[slug]/*.md"])
    assert matches("app/[slug]/a.md")
    assert matches("app/s/a.md")
    assert not matches("app/x/a.md")
    assert match_globs([f"{CAFE}/*.md"])(f"{decompose(CAFE)}/a.md")


def test_a_suffix_in_capitals_is_one(root: Path, run_kb) -> None:
    """NOTE.MD is a card, as a link to it is right."""
    (root / "NOTE.MD").write_text("# Note\n")
    assert "NOTE\t" in run_kb("list", "--format", "plain", cwd=root).out


def test_what_a_sparse_checkout_leaves_out_is_not_missing(tmp_path: Path, run_kb, git_commit) -> None:
    """A dependency that is not checked out is read from git, and links to such files lead somewhere; deleted ones do not."""
    repository = tmp_path / "repository"
    (repository / "src").mkdir(parents=True)
    (repository / "kb").mkdir()
    (repository / "src/a.py").write_text("1\n")
    (repository / "kb/kb.toml").write_text("")
    (repository / "kb/a.md").write_text(
        "---\ntitle: A\nowner: o\nverify_every: 1y\ndepends_on: [src/a.py]\n---\n[a](../src/a.py) [b](../src)\n"
    )
    make_repository(repository)
    assert run_kb("verify", "a", "--yes", "--by", "ada", cwd=repository / "kb").code == 0
    git_commit(repository)
    subprocess.run(["git", "sparse-checkout", "set", "kb"], cwd=repository, check=True)
    assert not (repository / "src").exists()
    assert run_kb("check", "--format", "plain", cwd=repository / "kb").out == ""
    subprocess.run(["git", "sparse-checkout", "disable"], cwd=repository, check=True)
    (repository / "src/a.py").unlink()
    assert "missing-dependency" in run_kb("check", "--format", "plain", cwd=repository / "kb").out


def test_a_card_that_a_sparse_checkout_leaves_out_is_still_named(tmp_path: Path, run_kb) -> None:
    """What a card translates or depends on is not unknown because it is not checked out, nor is the card suspect."""
    repository = tmp_path / "repository"
    for folder in ("content", "other"):
        (repository / folder).mkdir(parents=True)
    (repository / "kb.toml").write_text("")
    (repository / "other/o.md").write_text("---\ntitle: O\nowner: o\n---\nText\n")
    (repository / "content/b.md").write_text(
        "---\ntitle: B\nowner: o\nlang: de\nverify_every: 1y\ntranslation_of: other/o\n"
        "depends_on: ['card:other/o']\n---\nText\n"
    )
    make_repository(repository)
    assert run_kb("verify", "content/b", "--yes", cwd=repository).code == 0
    subprocess.run(["git", "add", "-A"], cwd=repository, check=True)
    run_git(repository, "commit", "-qm", "verified", moment="2026-11-21T12:00:00+0000")
    subprocess.run(["git", "sparse-checkout", "set", "content"], cwd=repository, check=True)
    assert not (repository / "other").exists()
    assert "content/b" not in run_kb("check", "--format", "plain", cwd=repository).out
    assert run_kb("list", "--format", "plain", cwd=repository).out.split("\t")[:2] == [
        "content/b",
        "verified",
    ]


def test_a_repository_of_somebody_else_is_called_that(root: Path, run_kb, monkeypatch) -> None:
    """Where git refuses to look, kb says why, with the remedy that git names, and takes no ignored file for a card."""
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    for command in (["list"], ["check", "--base", "HEAD"], ["search", "text"]):
        done = run_kb(*command, cwd=root)
        assert (done.code, done.out) == (3, "")
        assert "dubious ownership" in done.err
        assert f"git config --global --add safe.directory {root}" in done.err


def test_without_git_it_is_git_that_is_missing(root: Path, run_kb, monkeypatch) -> None:
    """Nobody is told to introduce themselves to a program that is not there, nor that a commit is not."""
    monkeypatch.setenv("PATH", str(root))
    for command in (["verify", "links", "--yes"], ["check", "--base", "main"]):
        done = run_kb(*command, cwd=root)
        assert done.code == 3
        assert "not installed" in done.err


def test_what_points_into_a_submodule_is_told_so(tmp_path: Path, run_kb) -> None:
    """Show, check and search name the submodule, and whether it is checked out, instead of calling the path wrong."""
    files = {
        "kb.toml": "",
        ".gitmodules": '[submodule "shared"]\n\tpath = shared\n\turl = ../shared\n',
        "a.md": "---\ntitle: A\nowner: o\ndepends_on: ['card:shared/limits']\ntranslation_of: shared/limits\n---\n"
        "[a](shared/limits.md) [b](gone.md)\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    make_repository(tmp_path)
    link = f"160000,{'1' * 40},shared"
    subprocess.run(["git", "update-index", "--add", "--cacheinfo", link], cwd=tmp_path, check=True)

    def told(*words: str) -> int:
        done = run_kb(*words, cwd=tmp_path)
        return (done.out + done.err).count("in the git submodule shared, ")

    assert "which is not checked out" in run_kb("show", "shared/limits", cwd=tmp_path).err
    assert (told("check", "--format", "plain"), told("search", "path:shared")) == (3, 1)
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared/limits.md").write_text("Wait.\n")
    assert (told("check", "--format", "plain"), told("show", "shared/limits"), told("show", "gone")) == (
        2,
        1,
        0,
    )
