"""kb mv."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

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
