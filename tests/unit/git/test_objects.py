"""Which files are not as a commit has them."""

import subprocess

from kbcli.foundation.git.objects import list_changed_paths, read_tree


def test_any_kind_of_change_counts(kb_root, git_commit):
    """Committed, staged, unstaged and untracked changes are found; a touched file and CRLF are none."""
    base = git_commit(kb_root, "Base")
    paths = {"committed.md", "staged.md", "unstaged.md", "untracked.md", "touched.md", "crlf.md"}
    for name in paths - {"untracked.md"}:
        (kb_root / name).write_text("one\ntwo\n")
    base = git_commit(kb_root, "Add")
    (kb_root / "committed.md").write_text("new\n")
    git_commit(kb_root, "Change")
    (kb_root / "staged.md").write_text("new\n")
    subprocess.run(["git", "add", "-A"], cwd=kb_root, check=True)
    (kb_root / "unstaged.md").write_text("new\n")
    (kb_root / "untracked.md").write_text("new\n")
    (kb_root / "touched.md").write_bytes(b"one\ntwo\n")
    (kb_root / "crlf.md").write_bytes(b"one\r\ntwo\r\n")
    found = list_changed_paths(kb_root, kb_root, base, paths)
    assert found == {"committed.md", "staged.md", "unstaged.md", "untracked.md"}


def test_paths_are_those_of_the_folder(kb_root, git_commit):
    """Below the git root, paths are relative to the knowledge base, whatever its name."""
    base = git_commit(kb_root, "Base")
    assert "api/quotas.md" in read_tree(kb_root, base).files
    (kb_root / "api/quotas.md").write_text("new")
    paths = ["quotas.md", "too-many-requests.md"]
    assert list_changed_paths(kb_root / "api", kb_root, base, paths) == {"quotas.md"}


def test_no_filter_of_the_repository_runs(kb_root, git_commit, tmp_path):
    """A clean filter that a hostile config names is not started."""
    base = git_commit(kb_root, "Base")
    trap = tmp_path / "ran"
    (kb_root / ".gitattributes").write_text("*.md filter=evil\n")
    subprocess.run(["git", "config", "filter.evil.clean", f"touch {trap}; cat"], cwd=kb_root, check=True)
    (kb_root / "api/quotas.md").write_text("new")
    assert list_changed_paths(kb_root, kb_root, base, ["api/quotas.md"])
    assert not trap.exists()
