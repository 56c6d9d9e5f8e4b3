"""Git at a moment of one's choice, so that what a test makes has the same history on every day."""

import os
import subprocess
from pathlib import Path


def run_git(folder: Path, *arguments: str, moment: str, check: bool = True) -> str:
    """What git prints, stripped. `moment` is that of authors and committers, as git reads dates; no editor opens."""
    dates = {"GIT_AUTHOR_DATE": moment, "GIT_COMMITTER_DATE": moment}
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env={**os.environ, **dates, "GIT_EDITOR": "true"},
        check=check, capture_output=True, text=True,
    )  # fmt: skip
    return done.stdout.strip()
