"""A report on cards whose fields are meant to break out of every format."""

import os
import subprocess
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from datedgit import make_repository

from kbcli.config import load_config
from kbcli.foundation.git.worktree import find_git_root
from kbcli.knowledge.cards.library import load_library
from kbcli.knowledge.past.factcache import FactCache
from kbcli.knowledge.reports.report import Report, make_report

HOSTILE = '</td><script>alert(1)</script><img src=x onerror="alert(2)"> & \x1b[31m \u202e @team =cmd() https://evil.example'
WriteCard = Callable[[Path, str, str], None]


@pytest.fixture
def write_card() -> WriteCard:
    """Write a card with these lines of front matter."""

    def write(root: Path, name: str, fields: str) -> None:
        (root / f"{name}.md").write_text(f"---\n{fields}\n---\nText. [x](a.md)\n", encoding="utf-8")

    return write


@pytest.fixture
def report_on() -> Callable[..., Report]:
    """Make the report of a folder on a day, with the other arguments of `make_report`."""

    def make(root: Path, today: date = date(2026, 11, 21), **options: object) -> Report:
        config = load_config(root, find_git_root(root))
        return make_report(load_library(config), today, FactCache(config, None), **options)  # type: ignore[arg-type]

    return make


@pytest.fixture
def commit_at() -> Callable[[Path, str, str], None]:
    """Make a folder a repository, if it is none, and commit all of it as if on a day."""

    def commit(root: Path, day: str, subject: str = "Edit") -> None:
        moment = f"{day}T12:00:00+0000"
        if not (root / ".git").exists():
            make_repository(root)
        subprocess.run(["git", "add", "-A"], cwd=root, check=True)
        subprocess.run(
            ["git", "commit", "-qm", subject, "--allow-empty", "--date", moment],
            cwd=root,
            check=True,
            env={**os.environ, "GIT_COMMITTER_DATE": moment},
        )

    return commit


@pytest.fixture
def report(
    tmp_path: Path, write_card: WriteCard, commit_at: Callable[..., None], report_on: Callable[..., Report]
) -> Report:
    """A report on hostile cards, with ten weeks of history, by owner."""
    root = tmp_path / "kb"
    root.mkdir()
    title = HOSTILE.replace("\x1b", "\\e").replace('"', '\\"')
    (root / "kb.toml").write_text(f"title = {HOSTILE.replace(chr(27), '')!r}\n", encoding="utf-8")
    for number in range(30):
        owner = f"{'team ' * 12}{number}" if number else "javascript:alert(3)"
        write_card(
            root,
            f"card-{number:02}",
            f'title: "{title}"\nowner: "{owner}"\ntags: [{HOSTILE.split(maxsplit=1)[0]!r}]\nverify_every: 30d\nverified: 2026-0{number % 9 + 1}-01',
        )
    write_card(
        root,
        "a",
        "title: A\nowner: [ann@example.org, https://example.org/team]\nverify_every: 80d\nverified: 2026-11-01",
    )
    commit_at(root, "2026-09-10", f"Begin {HOSTILE[:40]}")
    return report_on(root, group_by="owner")
