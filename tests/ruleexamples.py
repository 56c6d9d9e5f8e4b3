"""Examples of rules: `tests/rules/<rule>/{good,bad}/*`, how they are laid out and what a check finds in them.

An example is one Markdown file, or a folder that is a knowledge base of its own.

A folder with `history.toml` is an example of history: each `[[commit]]` of it, the first one
being number 1, lays the folder of its number over the files so far. Its keys:

    author = "Name <address>"     who wrote it
    committer = "Name <address>"  who committed it, when that is another
    date = 2026-11-01             when
    message = "…"                 with its trailers
    remove = ["path", …]          what it deletes
    links = { path = "target" }   symbolic links it makes

and of the whole: `depth = 1` judges a shallow clone with that many commits, `uncommitted = true` lays the
folder `uncommitted` over the work tree, and `change = true` judges what changed since the first commit.

A folder with `web.toml` is checked with --links. `[answers]` has by path the status that a
server gives, or `{ status = 301, location = "/there" }`; SERVER in a card is its address.
"""

import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from datedgit import make_repository
from webserver import serve, status

from kbcli.config import RuleSetting, load_config
from kbcli.foundation.git.log import load_history
from kbcli.foundation.weblinks.outcomes import WebSettings
from kbcli.knowledge.cards.library import Library, load_library
from kbcli.knowledge.gate.differential import compare_with_base
from kbcli.knowledge.gate.rule import Finding
from kbcli.knowledge.gate.rules.links import ask_web_links
from kbcli.knowledge.gate.run import choose_rules, run_check
from kbcli.operations.rules import RULES

RULES_FOLDER = Path(__file__).parent / "rules"
TODAY = date(2026, 11, 21)
SETTINGS = WebSettings(timeout=2.0, retries=0, backoff=0.01, delay=0.0, private=True, proxies={})
HISTORY, WEB, UNCOMMITTED = "history.toml", "web.toml", "uncommitted"
_EXPECTED = re.compile(r"expect: ([\d, ]+)")


def list_examples(kind: str, rule: str = "*") -> list[Path]:
    """The examples of every rule, or of one, sorted."""
    found = RULES_FOLDER.glob(f"{rule}/{kind}/*")
    return sorted(path for path in found if path.is_dir() or path.suffix == ".md")


def name_rule(example: Path) -> str:
    """The ID of the rule that an example is of."""
    return example.parent.parent.name


def name_example(example: Path) -> str:
    """`rule-name` for the report of a test."""
    return f"{name_rule(example)}-{example.stem}"


class LaidOut:
    """An example as it lies in a folder of its own, ready to be checked."""

    def __init__(self, root: Path, *, asks_web: bool, is_change: bool = False) -> None:
        self.root = root
        self._asks_web = asks_web
        self._is_change = is_change

    @property
    def files(self) -> list[Path]:
        """Its files, sorted, without git's."""
        found = sorted(self.root.rglob("*"))
        return [path for path in found if path.is_file() and ".git" not in path.relative_to(self.root).parts]

    def check(self, rule: str = "", severity: str = "") -> tuple[Finding, ...]:
        """What `kb check` finds, with history where there is some, and with one rule set to a severity."""
        library = self._load(rule, severity)
        if self._is_change:
            rules = choose_rules(library.config, RULES, in_change=True)
            return compare_with_base(library, TODAY, "base", rules).caused.findings
        history = load_history(self.root) if library.config.git_root is not None else None
        web = ask_web_links(library, settings=SETTINGS) if self._asks_web else None
        return run_check(library, TODAY, RULES, history=history, web=web).findings

    def _load(self, rule: str, severity: str) -> Library:
        top = self.root if (self.root / ".git").exists() else None
        library = load_library(load_config(self.root, top, environment={}))
        if not rule:
            return library
        rules = library.config.rules
        setting = rules.get(rule, RuleSetting())._replace(severity=severity)
        return replace(library, config=library.config._replace(rules={**rules, rule: setting}))


@contextmanager
def lay_out(example: Path, folder: Path) -> Iterator[LaidOut]:
    """Copy an example out of the repository it lies in, play its history, and serve its pages meanwhile."""
    root = folder / "example"
    if (example / HISTORY).exists():
        _play_history(example, root)
    elif example.is_dir():
        shutil.copytree(example, root)
    else:
        root.mkdir()
        shutil.copy(example, root)
    if not (example / WEB).exists():
        is_change = (root / ".git/refs/tags/base").exists()
        yield LaidOut(root, asks_web=False, is_change=is_change)
        return
    (root / WEB).unlink()
    answers = tomllib.loads((example / WEB).read_text(encoding="utf-8"))["answers"]
    with serve() as server:
        for path, answer in answers.items():
            code, place = (answer, "") if isinstance(answer, int) else (answer["status"], answer["location"])
            server.routes[path] = status(code, **({"Location": place} if place else {}))
        for path in root.rglob("*.md"):
            path.write_text(
                path.read_text(encoding="utf-8").replace("SERVER", server.url("")), encoding="utf-8"
            )
        yield LaidOut(root, asks_web=True)


def read_expected(path: Path) -> list[int] | None:
    """The lines that `expect: 3, 5` in a file names, None when it names none."""
    data = path.read_bytes()
    text = data.decode("utf-16") if data.startswith(b"\xff\xfe") else data.decode("utf-8", "replace")
    found = _EXPECTED.search(text)
    return [int(number) for number in found[1].split(",")] if found else None


def _play_history(example: Path, root: Path) -> None:
    story = tomllib.loads((example / HISTORY).read_text(encoding="utf-8"))
    commits = story["commit"]
    if os.name != "posix" and any("links" in commit for commit in commits):
        pytest.skip("symbolic links need rights here")
    stream = b"".join(
        _write_commit(commit, example / str(number)) for number, commit in enumerate(commits, 1)
    )
    make_repository(root)
    _run_git("-C", root, "fast-import", "--quiet", data=stream)
    _run_git("-C", root, "checkout", "-qf", "main")
    if story.get("change"):
        _run_git("-C", root, "tag", "base", f"main~{len(commits) - 1}")
    if "depth" in story:
        whole = root.rename(root.with_name("whole"))
        _run_git("clone", "-q", f"--depth={story['depth']}", whole.as_uri(), root)
    if story.get(UNCOMMITTED):
        shutil.copytree(example / UNCOMMITTED, root, dirs_exist_ok=True)


def _write_commit(commit: dict[str, Any], folder: Path) -> bytes:
    """One commit in the language of `git fast-import`."""
    day = commit["date"]
    moment = f"{int(datetime(day.year, day.month, day.day, 12, tzinfo=UTC).timestamp())} +0000"
    author, message = commit["author"], commit["message"].encode()
    parts = [
        b"commit refs/heads/main\n",
        f"author {author} {moment}\ncommitter {commit.get('committer', author)} {moment}\n".encode(),
        b"data %d\n%b\n" % (len(message), message),
        *(f"D {path}\n".encode() for path in commit.get("remove", ())),
    ]
    files = [
        (path.relative_to(folder).as_posix(), path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    ]
    entries = [("100644", path, data) for path, data in files]
    entries += [("120000", path, target.encode()) for path, target in commit.get("links", {}).items()]
    for mode, path, data in entries:
        parts.append(f"M {mode} inline {path}\n".encode() + b"data %d\n%b\n" % (len(data), data))
    return b"".join(parts)


def _run_git(*arguments: object, data: bytes | None = None) -> bytes:
    return subprocess.run(["git", *map(str, arguments)], input=data, check=True, capture_output=True).stdout
