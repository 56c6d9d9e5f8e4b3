"""kb index."""

import json
from collections.abc import Callable
from pathlib import Path

from tests.conftest import Outcome

RunKb = Callable[..., Outcome]


def test_the_index_is_brought_in_step_and_described(kb_root: Path, run_kb: RunKb) -> None:
    """The first run indexes every card, the second none, --rebuild all of them again."""
    numbers = []
    for arguments in ((), (), ("--rebuild",)):
        data = json.loads(run_kb("index", *arguments, "--format", "json", cwd=kb_root).out)["data"]
        numbers.append((data["documents"], data["indexed_now"]))
    assert numbers == [(3, 3), (3, 0), (3, 3)]


def test_the_index_lies_outside_of_the_repository(
    kb_root: Path, run_kb: RunKb, isolated_environment: Path
) -> None:
    """It is in the user's cache folder."""
    path = json.loads(run_kb("index", "--format", "json", cwd=kb_root).out)["data"]["path"]
    assert Path(path).is_relative_to(isolated_environment)
    assert "cards in" in run_kb("index", "--format", "table", cwd=kb_root).out
