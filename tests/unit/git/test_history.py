"""What git knows of the files, from real repositories."""

import os
import subprocess

import pytest
from datedgit import make_repository

from kbcli.errors import GitError
from kbcli.foundation.git.log import find_versions, load_history
from kbcli.foundation.git.objects import read_blob, read_blobs

ODD_NAMES = [
    "新しい カード.md",
    "क.md",
    "🙂.md",
    "two\nlines.md",
    " lead.md",
    'tab\tq"uote.md',
    ":(top)x.md",
    "-n.md",
    "*.md",
]


def git(folder, *arguments):
    """Run git in a folder and return what it says."""
    done = subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)
    return done.stdout.decode().strip()


@pytest.fixture
def repository(tmp_path):
    """An empty repository."""
    folder = tmp_path / "repo"
    make_repository(folder)
    return folder


def write(folder, path, text):
    """Write a file, making its folders."""
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_text(text, encoding="utf-8")


LONG = "".join(f"line {number}\n" for number in range(30))


def test_who_created_and_changed_a_file_is_known_over_renames(repository, git_commit):
    """Creation, change, former paths, blobs and trailers of a renamed and edited file are all there."""
    write(repository, "a/x.md", LONG)
    first = git_commit(repository, "Add x\n\nVerified-by: Ada <a@example.org>", "2026-01-01")
    (repository / "b").mkdir()
    git(repository, "mv", "a/x.md", "b/y.md")
    write(repository, "b/y.md", LONG + "more\n")
    second = git_commit(repository, "Move x", "2026-02-01")
    history = load_history(repository)
    changed, created = (version.commit for version in history.versions["b/y.md"])
    assert (created.sha, changed.sha) == (first, second)
    assert str(created.date) == "2026-01-01"
    assert created.trailers == (("Verified-by", "Ada <a@example.org>"),)
    assert (changed.author_name, changed.author_email, changed.subject) == (
        "Ada Example",
        "ada@example.org",
        "Move x",
    )
    assert [version.path for version in history.versions["b/y.md"]] == ["b/y.md", "a/x.md"]
    assert read_blob(repository, history.versions["b/y.md"][1].blob) == LONG.encode()
    assert find_versions(repository, "b/y.md").versions["b/y.md"] == history.versions["b/y.md"]


def test_names_in_any_script_are_read(repository, git_commit):
    """Spaces, quotes, newlines, emoji, CJK and names that look like options or patterns are plain names."""
    for name in ODD_NAMES:
        write(repository, name, f"{name}\n{LONG}")
    git_commit(repository, "Ünïcödé ☃")
    history = load_history(repository)
    for name in ODD_NAMES:
        assert history.versions[name][-1].commit.subject == "Ünïcödé ☃"
    for name in ODD_NAMES[:7]:
        if not name.startswith(":"):
            assert len(find_versions(repository, name).versions[name]) == 1


def test_a_folder_below_the_top_has_its_own_names(repository, git_commit):
    """Asked about a subfolder, paths are relative to it, also in merges, and what is outside is left out."""
    write(repository, "content/x.md", LONG)
    write(repository, "other.md", "x")
    git_commit(repository, "Add")
    git(repository, "checkout", "-qb", "side")
    write(repository, "content/x.md", LONG.replace("line 3\n", "side\n"))
    git_commit(repository, "Side")
    git(repository, "checkout", "-q", "main")
    write(repository, "content/x.md", LONG.replace("line 3\n", "main\n"))
    git_commit(repository, "Main")
    subprocess.run(["git", "merge", "-q", "side"], cwd=repository, check=False, capture_output=True)
    write(repository, "content/x.md", LONG.replace("line 3\n", "both\n"))
    merge = git_commit(repository, "Merge")
    history = load_history(repository / "content")
    assert set(history.versions) == {"x.md"}
    assert history.versions["x.md"][0].commit.sha == merge
    assert {version.commit.subject for version in history.versions["x.md"]} == {
        "Add",
        "Side",
        "Main",
        "Merge",
    }
    single = find_versions(repository / "content", "x.md").versions["x.md"]
    assert single[0].commit.sha == merge


def test_a_file_from_outside_the_folder_is_followed_there(repository, git_commit):
    """Asked about one file, a rename from outside the folder is followed."""
    write(repository, "old/x.md", LONG)
    git_commit(repository, "Add")
    (repository / "content").mkdir()
    git(repository, "mv", "old/x.md", "content/x.md")
    git_commit(repository, "Move")
    versions = find_versions(repository / "content", "x.md").versions["x.md"]
    assert [version.path for version in versions] == ["x.md", "../old/x.md"]


def test_a_branch_that_edits_the_old_name_belongs_to_the_file(repository, git_commit):
    """A change made under the old name on another branch is part of the renamed file's history."""
    write(repository, "x.md", LONG)
    git_commit(repository, "Add", "2026-01-01")
    git(repository, "checkout", "-qb", "side")
    write(repository, "x.md", LONG + "side\n")
    side = git_commit(repository, "Side", "2026-03-01")
    git(repository, "checkout", "-q", "main")
    git(repository, "mv", "x.md", "y.md")
    git_commit(repository, "Move", "2026-02-01")
    git(repository, "merge", "-q", "--no-edit", "side")
    assert side in {version.commit.sha for version in load_history(repository).versions["y.md"]}


def test_a_name_used_again_begins_anew(repository, git_commit):
    """A new file under a name that was moved away does not inherit the other's history."""
    write(repository, "x.md", LONG)
    git_commit(repository, "Add", "2026-01-01")
    git(repository, "mv", "x.md", "y.md")
    git_commit(repository, "Move", "2026-02-01")
    write(repository, "x.md", "something else\n")
    again = git_commit(repository, "New x", "2026-03-01")
    history = load_history(repository)
    assert [version.commit.sha for version in history.versions["x.md"]] == [again]
    assert len(history.versions["y.md"]) == 2


def test_nothing_to_know_is_said(tmp_path, repository, monkeypatch):
    """No repository, no commits and no git program each give an empty history that says why."""
    outside = tmp_path / "plain"
    outside.mkdir()
    for folder, word in ((outside, "not a git repository"), (repository, "no commits")):
        history = load_history(folder)
        assert not history.available
        assert word in history.why
        assert not history.versions
        assert find_versions(folder, "x.md").versions == {}
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    assert "git cannot be run" in load_history(repository).why


def test_a_shallow_clone_does_not_claim_to_know_the_beginning(repository, git_commit, tmp_path):
    """In a shallow clone the oldest commit is not taken for the creation, and the history says so."""
    write(repository, "x.md", "one\n")
    write(repository, "y.md", "one\n")
    git_commit(repository, "Add", "2026-01-01")
    write(repository, "x.md", "two\n")
    git_commit(repository, "Change", "2026-02-01")
    write(repository, "x.md", "three\n")
    last = git_commit(repository, "Change again", "2026-03-01")
    git(tmp_path, "clone", "-q", "--depth", "2", f"file://{repository}", "shallow")
    history = load_history(tmp_path / "shallow")
    assert history.available
    assert history.shallow
    assert "shallow" in history.why
    newest, oldest = (version.commit.sha for version in history.versions["x.md"])
    assert newest == last
    assert history.boundary == {oldest}


def test_worktrees_and_submodules_have_history(repository, git_commit, tmp_path):
    """A linked worktree and a submodule, whose .git is a file, are read like any clone."""
    write(repository, "x.md", LONG)
    sha = git_commit(repository, "Add")
    git(repository, "worktree", "add", "-q", str(tmp_path / "tree"), "-b", "other")
    assert load_history(tmp_path / "tree").versions["x.md"][-1].commit.sha == sha
    outer = tmp_path / "outer"
    outer.mkdir()
    git(outer, "init", "-q")
    git(outer, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(repository), "sub")
    git_commit(outer, "Add sub")
    assert load_history(outer / "sub").versions["x.md"][-1].commit.sha == sha
    assert "sub" not in load_history(outer).versions


def test_settings_of_the_repository_do_not_hide_or_run_anything(repository, git_commit, tmp_path):
    """Settings that hide the first commit, colour, reorder or name programs change nothing, and run nothing."""
    write(repository, "x.md", LONG)
    write(repository, "sub/y.md", LONG)
    write(repository, ".gitattributes", "*.md diff=evil\n")
    sha = git_commit(repository, "Add")
    trap = tmp_path / "ran"
    script = tmp_path / "evil.sh"
    script.write_text(f"#!/bin/sh\ntouch '{trap}'\ncat \"$1\" 2>/dev/null\n")
    script.chmod(0o755)
    for key, value in {
        "log.showRoot": "false", "color.ui": "always", "log.showSignature": "true", "diff.evil.textconv": str(script),
        "diff.external": str(script), "core.fsmonitor": str(script), "core.pager": str(script), "diff.renames": "false",
        "log.follow": "true", "format.pretty": "oneline", "log.decorate": "full", "diff.relative": "true",
    }.items():  # fmt: skip
        git(repository, "config", key, value)
    assert load_history(repository).versions["x.md"][-1].commit.sha == sha
    assert load_history(repository / "sub").versions.keys() == {"y.md"}
    assert find_versions(repository, "x.md").versions["x.md"][0].commit.sha == sha
    assert not trap.exists()


def test_many_blobs_come_from_one_process(repository, git_commit, monkeypatch):
    """Blobs of any bytes are read together; those that do not exist, and what is no blob, are left out."""
    data = {f"{number}.md": os.urandom(number * 50) + b"\n\0" for number in range(40)}
    for name, content in data.items():
        (repository / name).write_bytes(content)
    git_commit(repository, "Add")
    history = load_history(repository)
    blobs = {name: history.versions[name][0].blob for name in data}
    started = []
    real = subprocess.Popen.__init__
    monkeypatch.setattr(
        subprocess.Popen, "__init__", lambda self, *a, **k: (started.append(a), real(self, *a, **k))[1]
    )
    tree = git(repository, "rev-parse", "HEAD^{tree}")
    started.clear()
    found = read_blobs(repository, [tree, *blobs.values(), "HEAD^{tree}", "--help"])
    assert len(started) == 1
    assert found == {blobs[name]: content for name, content in data.items()}
    assert read_blobs(repository, ["0" * 40, *blobs.values()]) == found
    assert read_blob(repository, "f" * 40) is None


def test_what_a_partial_clone_left_out_is_not_taken_for_nothing(repository, git_commit, tmp_path):
    """A blob that is on the remote only is an error, with every version of git; no remote is asked."""
    for text in ("old", "new"):
        write(repository, "a.md", text)
        git_commit(repository, text)
    git(repository, "config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "clone"
    git(repository, "clone", "-q", "--filter=blob:none", repository.as_uri(), str(clone))
    new, old = (version.blob for version in load_history(clone).versions["a.md"])
    assert read_blob(clone, new) == b"new"
    with pytest.raises(GitError):
        read_blobs(clone, [new, old])
