"""Who the user is to git, and commits of exactly the files kb wrote."""

import subprocess

import pytest

from kbcli.errors import GitError
from kbcli.foundation.git.commit import commit_files
from kbcli.foundation.git.people import Person, find_identity


def git(folder, *arguments):
    """Run git in a folder and return what it says."""
    done = subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)
    return done.stdout.decode().strip()


def test_the_identity_is_gits(kb_root, monkeypatch, tmp_path):
    """The environment wins over the repository's settings, those over the user's; outside of git the user's count."""
    assert find_identity(kb_root) == Person("Ada Example", "ada@example.org")
    git(kb_root, "config", "user.email", "ada@work.example")
    assert str(find_identity(kb_root)) == "Ada Example <ada@work.example>"
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Grace\nEvil: header")
    assert find_identity(kb_root) == Person("Grace Evil: header", "ada@work.example")
    assert find_identity(tmp_path).email == "ada@example.org"


def test_an_unknown_identity_is_empty(kb_root, monkeypatch):
    """Without settings nobody is invented from the machine's name."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    assert str(find_identity(kb_root)) == ""


def test_exactly_the_named_files_are_committed(kb_root):
    """Other changes, staged or not, stay as they are; new, changed and deleted files are all committed."""
    (kb_root / "neu").mkdir()
    (kb_root / "neu/tracked.md").write_text("old")
    git(kb_root, "add", "neu/tracked.md")
    git(kb_root, "commit", "-qm", "Add")
    (kb_root / "neu/tracked.md").write_text("a name with a star must not match this")
    (kb_root / "other.md").write_text("staged")
    git(kb_root, "add", "other.md")
    (kb_root / "billing/refund.md").write_text("not mine")
    (kb_root / "api/quotas.md").write_text("changed")
    (kb_root / "api/too-many-requests.md").unlink()
    (kb_root / "neu/*.md").write_text("new")
    (kb_root / ":(exclude)neu").write_text("a name, not a pattern")
    paths = ["api/quotas.md", "api/too-many-requests.md", "neu/*.md", ":(exclude)neu"]
    sha = commit_files(kb_root, paths, "Verify", [("Verified-by", "Ada <a@example.org>")])
    assert sha == git(kb_root, "rev-parse", "HEAD")
    assert git(kb_root, "-c", "core.quotePath=false", "show", "--format=", "--name-status").splitlines() == [
        "A\t:(exclude)neu", "M\tapi/quotas.md", "D\tapi/too-many-requests.md", "A\tneu/*.md",
    ]  # fmt: skip
    assert git(kb_root, "status", "--porcelain") == "M billing/refund.md\n M neu/tracked.md\nA  other.md"
    assert git(kb_root, "log", "-1", "--format=%(trailers)") == "Verified-by: Ada <a@example.org>"


def test_a_knowledge_base_below_the_top_commits_its_own_paths(kb_root):
    """Paths are relative to the folder asked about."""
    (kb_root / "api/quotas.md").write_text("changed")
    commit_files(kb_root / "api", ["quotas.md"], "Change")
    assert git(kb_root, "show", "--format=", "--name-only") == "api/quotas.md"


def test_a_trailer_cannot_forge_another(kb_root):
    """A newline in a value does not begin a trailer of its own."""
    (kb_root / "api/quotas.md").write_text("changed")
    commit_files(kb_root, ["api/quotas.md"], "Verify", [("Verified-by", "Ada\nSigned-off-by: Eve")])
    assert git(kb_root, "log", "-1", "--format=%(trailers:only)") == "Verified-by: Ada Signed-off-by: Eve"


def test_a_hook_that_says_no_leaves_everything_as_it_was(kb_root):
    """The user's hooks run; when one refuses, its words are the reason, and a new file is untracked again."""
    hook = kb_root / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'not on a Friday' >&2\nexit 1\n")
    hook.chmod(0o755)
    (kb_root / "new.md").write_text("x")
    (kb_root / "api/quotas.md").write_text("changed")
    before = git(kb_root, "status", "--porcelain")
    with pytest.raises(GitError, match="not on a Friday"):
        commit_files(kb_root, ["new.md", "api/quotas.md"], "Add")
    assert git(kb_root, "status", "--porcelain") == before


def test_nothing_to_commit_makes_no_commit_and_no_repository_is_an_error(kb_root, tmp_path):
    """Without a change there is no commit's ID, without a repository it is said; nothing is made."""
    head = git(kb_root, "rev-parse", "HEAD")
    assert commit_files(kb_root, ["api/quotas.md"], "Nothing") == ""
    assert git(kb_root, "rev-parse", "HEAD") == head
    plain = tmp_path / "plain"
    plain.mkdir()
    with pytest.raises(GitError, match="not in a git repository"):
        commit_files(plain, ["x.md"], "Nothing")


def test_signing_is_honoured(kb_root):
    """With commit.gpgsign the commit is signed, or it fails: never made unsigned."""
    git(kb_root, "config", "commit.gpgsign", "true")
    git(kb_root, "config", "gpg.program", "/bin/false")
    (kb_root / "api/quotas.md").write_text("changed")
    with pytest.raises(GitError):
        commit_files(kb_root, ["api/quotas.md"], "Change")
