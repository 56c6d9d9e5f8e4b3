"""Fixtures for rules that are judged by git history: real repositories, and who commits what in them."""

import os
import shutil
import subprocess
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from datedgit import make_repository, read_head

from kbcli.config import load_config
from kbcli.foundation.git.log import load_history
from kbcli.knowledge.cards.library import Library, load_library
from kbcli.knowledge.gate.differential import compare_with_base
from kbcli.knowledge.gate.rule import Finding
from kbcli.knowledge.gate.run import choose_rules, run_check
from kbcli.operations.rules import RULES

TODAY = date(2026, 11, 21)
ADA, BOB = "Ada Example <ada@example.org>", "Bob Sample <bob@example.org>"
GITHUB = "GitHub <noreply@github.com>"
KB_TOML = '[groups]\napi-team = ["ada@example.org", "Carl Third <carl@example.org>"]\nweb-team = ["bob@example.org"]\n'


class Repo:
    """A knowledge base in a git repository; `day` is that of the next commit and moves on by itself."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.clock = 0

    def git(self, *arguments: str, author: str = ADA, committer: str = "", check: bool = True) -> str:
        """Run git as somebody (`Name <email>`)."""
        environment = dict(os.environ)
        for role, who in (("AUTHOR", author), ("COMMITTER", committer or author)):
            name, _, email = who.rstrip(">").partition(" <")
            environment[f"GIT_{role}_NAME"], environment[f"GIT_{role}_EMAIL"] = name, email
            environment[f"GIT_{role}_DATE"] = (
                f"2026-11-{1 + self.clock // 24:02}T{self.clock % 24:02}:00:00+0000"
            )
        done = subprocess.run(
            ["git", *arguments], cwd=self.root, env=environment, check=check, capture_output=True, text=True
        )
        return done.stdout.strip()

    def write(self, path: str, text: str) -> None:
        """Write a file, making its folder."""
        full = self.root / path
        full.parent.mkdir(parents=True, exist_ok=True)
        full.write_text(text, encoding="utf-8")

    def card(self, path: str = "a.md", body: str = "Wait a minute.\n", **fields: str | None) -> None:
        """Write a card of the API team that Ada verified; a field given as None is left out."""
        values: dict[str, str | None] = {
            "title": path.removesuffix(".md"), "owner": "api-team", "verify_every": "90d", "verified": "2026-11-01",
            "verified_by": "ada@example.org",
        }  # fmt: skip
        values.update(fields)
        header = "".join(f"{name}: {value}\n" for name, value in values.items() if value is not None)
        self.write(path, f"---\n{header}---\n{body}")

    def commit(self, message: str = "Change", *trailers: str, author: str = ADA, committer: str = "") -> str:
        """Commit everything, and return the commit's ID."""
        self.clock += 1
        self.git("add", "-A")
        text = message + ("\n\n" + "\n".join(trailers) if trailers else "")
        self.git("commit", "-q", "--allow-empty", "-m", text, author=author, committer=committer)
        return read_head(self.root)

    def load(self, root: Path | None = None) -> Library:
        """Read the knowledge base."""
        folder = root or self.root
        return load_library(load_config(folder, folder, environment={}))

    def find(self, rule: str, *, root: Path | None = None, paths: list[str] | None = None) -> list[Finding]:
        """The findings of a rule (switched on when it is off), and what history could not tell it."""
        library = self.load(root)
        chosen = tuple(
            replace(one, severity="warning") for one in RULES if one.id in (rule, "unknown-history")
        )
        result = run_check(library, TODAY, chosen, history=load_history(library.config.root), paths=paths)
        return list(result.findings)

    def find_caused(self, base: str, *rules: str) -> set[tuple[str, str]]:
        """(rule, card) of what the change since `base` caused, among these rules."""
        library = self.load()
        chosen = choose_rules(library.config, RULES, history=True, in_change=True)
        done = compare_with_base(library, TODAY, base, chosen, history=load_history(self.root))
        return {(found.rule, found.card) for found in done.caused.findings if found.rule in rules}

    def clone(self, folder: Path, depth: int) -> Path:
        """A shallow clone."""
        subprocess.run(
            ["git", "clone", "-q", f"--depth={depth}", self.root.as_uri(), str(folder)], check=True
        )
        return folder


@pytest.fixture
def repo(tmp_path: Path, kept_folder: Path) -> Repo:
    """A repository whose first commit holds only kb.toml, with two groups."""
    kept, root = kept_folder / "repository", tmp_path / "repository"
    if not kept.exists():
        first = Repo(kept)
        make_repository(kept)
        first.write("kb.toml", KB_TOML)
        first.commit("Begin")
    shutil.copytree(kept, root)
    made = Repo(root)
    made.clock = 1
    return made
