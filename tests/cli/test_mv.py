"""kb mv."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from datedgit import make_repository

from tests.conftest import Outcome

RunKb = Callable[..., Outcome]


def test_links_follow_a_moved_card(kb_root: Path, run_kb: RunKb) -> None:
    """The card moves, the link to it is repaired and reported, and the former ID still finds it."""
    done = run_kb("mv", "too-many-requests", "limits/429", cwd=kb_root)
    assert done.code == 0
    rows = [line.split("\t") for line in done.out.splitlines()]
    assert rows[0] == ["moved", "limits/429.md", "", "api/too-many-requests", "limits/429"]
    assert rows[1][:2] == ["link", "api/quotas.md"]
    assert "(../limits/429.md)" in (kb_root / "api" / "quotas.md").read_text()
    assert run_kb("show", "api/too-many-requests", "--path", cwd=kb_root).out.endswith("limits/429.md\n")


def test_a_dry_run_changes_nothing(kb_root: Path, run_kb: RunKb) -> None:
    """--dry-run says what would change; git sees no change."""
    done = run_kb("mv", "too-many-requests", "limits/429", "--dry-run", "--format", "json", cwd=kb_root)
    data = json.loads(done.out)["data"]
    assert (data["new_id"], data["written"], len(data["links"])) == ("limits/429", False, 1)
    assert (
        subprocess.run(["git", "status", "--porcelain"], cwd=kb_root, capture_output=True, check=True).stdout
        == b""
    )


def test_the_commit_holds_the_move_and_the_links(kb_root: Path, run_kb: RunKb) -> None:
    """--commit leaves a clean work tree."""
    assert run_kb("mv", "too-many-requests", "limits/429", "--commit", cwd=kb_root).code == 0
    assert (
        subprocess.run(["git", "status", "--porcelain"], cwd=kb_root, capture_output=True, check=True).stdout
        == b""
    )


def test_an_occupied_or_outside_target_is_refused(kb_root: Path, run_kb: RunKb) -> None:
    """Nothing is overwritten, and nothing leaves the repository."""
    assert run_kb("mv", "too-many-requests", "api/quotas", cwd=kb_root).code == 3
    assert run_kb("mv", "too-many-requests", "../outside", cwd=kb_root).code in (2, 3)
    assert (kb_root / "api" / "too-many-requests.md").exists()


@pytest.fixture
def nested(tmp_path: Path, git_commit: Callable[..., str]) -> Path:
    """A repository with a knowledge base in `kb` and documents around it."""
    files = {
        "kb/kb.toml": 'title = "X"\n',
        "kb/t.md": "---\ntitle: Target\n---\nText. See [the readme](../README.md).\n",
        "kb/a.md": "---\ntitle: A\ndepends_on: ./kb/t.md\n---\nSee [t](../kb/t.md#x) and [site](../docs/guide.md).\n",
        "kb/b.md": "---\ntitle: B\ndepends_on: [kb/../kb/t.md, README.md]\n---\nText.\n",
        "README.md": "See [t](kb/t.md), [again](./kb/t.md#x), [b](kb/b.md) and `[code](kb/t.md)`.\n",
        "docs/guide.md": "See [t][1].\n\n[1]: ../kb/t 'T'\n",
        "docs/other.md": "See [t](t.md), and 100 % of <b>t</b>.\n",
        "docs/wide.md": "",
    }
    root = tmp_path / "repository"
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    (root / "docs/wide.md").write_bytes("\ufeffSee [t](../kb/t.md).\n".encode("utf-16-le"))
    make_repository(root)
    git_commit(root)
    (root / "untracked.md").write_text("[t](kb/t.md)\n")
    return root


def test_references_from_everywhere_follow(nested: Path, run_kb: RunKb) -> None:
    """Paths written otherwise, links that leave and come back, and documents around the knowledge base follow."""
    assert run_kb("verify", "a", "b", "--yes", cwd=nested / "kb").code == 0
    done = run_kb("mv", "t", "deep/new", "--commit", cwd=nested / "kb")
    assert done.code == 0
    read = {
        path: (nested / path).read_text() for path in ("kb/a.md", "kb/b.md", "README.md", "docs/guide.md")
    }
    assert "depends_on: [./kb/deep/new.md]\n" in read["kb/a.md"]
    assert "[t](deep/new.md#x) and [site](../docs/guide.md)" in read["kb/a.md"]
    assert "depends_on: [kb/deep/new.md, README.md]\n" in read["kb/b.md"]
    assert (
        read["README.md"]
        == "See [t](kb/deep/new.md), [again](./kb/deep/new.md#x), [b](kb/b.md) and `[code](kb/t.md)`.\n"
    )
    assert read["docs/guide.md"] == "See [t][1].\n\n[1]: ../kb/deep/new 'T'\n"
    assert "[the readme](../../README.md)" in (nested / "kb/deep/new.md").read_text()
    assert (nested / "docs/other.md").read_text() == "See [t](t.md), and 100 % of <b>t</b>.\n"
    assert (nested / "untracked.md").read_text() == "[t](kb/t.md)\n"
    assert "../docs/wide.md" in done.err
    assert "UTF-16" in done.err
    assert "link\t../README.md\t1\tkb/t.md\tkb/deep/new.md\n" in done.out
    status = subprocess.run(
        ["git", "status", "--porcelain"], cwd=nested, capture_output=True, check=True
    ).stdout
    assert status == b"?? untracked.md\n"
    states = run_kb("list", "--format", "plain", cwd=nested / "kb").out
    assert "suspect" not in states
    assert "changed" not in states


def test_a_refused_move_leaves_the_documents_alone(nested: Path, run_kb: RunKb) -> None:
    """All or nothing holds for documents around the knowledge base too."""
    assert run_kb("mv", "t", "b", cwd=nested / "kb").code == 3
    assert run_kb("mv", "t", "new", "--dry-run", cwd=nested / "kb").code == 0
    status = subprocess.run(
        ["git", "status", "--porcelain"], cwd=nested, capture_output=True, check=True
    ).stdout
    assert status == b"?? untracked.md\n"
