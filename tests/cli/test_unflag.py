"""kb unflag."""

from collections.abc import Callable
from pathlib import Path

from tests.conftest import Outcome

RunKb = Callable[..., Outcome]


def test_a_report_is_taken_back(kb_root: Path, run_kb: RunKb) -> None:
    """Afterwards the file is as it was before the flag."""
    before = (kb_root / "api" / "too-many-requests.md").read_bytes()
    run_kb("flag", "too-many-requests", "--reason", "x", cwd=kb_root)
    done = run_kb("unflag", "too-many-requests", cwd=kb_root)
    assert (done.code, done.out) == (0, "api/too-many-requests\tverified\n")
    assert (kb_root / "api" / "too-many-requests.md").read_bytes() == before


def test_a_card_without_a_report_is_refused(kb_root: Path, run_kb: RunKb) -> None:
    """There is nothing to take back."""
    assert run_kb("unflag", "refund", cwd=kb_root).code == 3
