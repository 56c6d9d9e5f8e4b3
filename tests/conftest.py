"""Fixtures that every test may use.

- Each test runs in an environment of its own: HOME and the XDG folders lie below `tmp_path`, no
  KB_* variable is set, git knows one identity and no configuration of this machine.
- `kb_root` is a small real knowledge base in a git repository; `git_commit` commits all of it.
- `run_kb` runs a command line in this process and returns exit status and output; the day is TODAY.
- `start_kb` is how a test starts kb as a process of its own.
"""

import gc
import io
import itertools
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest
import trials
from datedgit import make_repository, read_head, refresh_index, run_git

TODAY = date(2026, 11, 21)

_NUMBERS = itertools.count()

# No housekeeping after each commit, no sample hooks, no waiting for the disk.
GIT_CONFIG = """\
[user]
	name = Ada Example
	email = ada@example.org
[init]
	defaultBranch = main
	templateDir =
[maintenance]
	auto = false
[core]
	fsync = none
"""
KB_TOML = """\
title = "Example support"
lang = "en"

[groups]
api-team = ["api-lead@example.org"]
"""
CARDS = {
    "api/too-many-requests.md": """\
---
title: Explain a 429 "too many requests" response
type: answer
aliases: [rate limit, throttled]
tags: [api, limits]
owner: api-team
verify_every: 90d
verified: 2026-11-01
verified_by: api-lead@example.org
---
The customer sent more requests than the plan allows.

Wait for the time in the `Retry-After` header, then send again.
""",
    "api/quotas.md": """\
---
title: Request quotas of each plan
type: reference
tags: [api]
owner: api-team
verify_every: 30d
verified: 2026-09-01
verified_by: api-lead@example.org
---
Each plan has a quota a minute. See [what a 429 means](too-many-requests.md).
""",
    "billing/refund.md": """\
---
title: Refund a payment
type: how-to
tags: [billing]
owner: billing-team
---
Open the payment and choose Refund. The money arrives in five days.
""",
}


def pytest_configure(config: pytest.Config) -> None:
    """`-m stress` tries each property of hypothesis in full."""
    chosen = config.getoption("markexpr")
    trials.in_full = "stress" in chosen and "not stress" not in chosen


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection() -> Iterator[None]:
    """Nothing of what is collected is garbage: looking for some takes a third of the time."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What of tests/stress is no stress run is the short form of one; a property tried in full is one.

    What asks for the cluster needs an engine.
    """
    from hypothesis import is_hypothesis_test

    for item in items:
        if "cluster" in getattr(item, "fixturenames", ()):
            item.add_marker("engine")
        if item.path.parent.name == "stress" and not item.get_closest_marker("stress"):
            item.add_marker("short")
        if trials.in_full and isinstance(item, pytest.Function) and is_hypothesis_test(item.function):
            item.add_marker("stress")


class Outcome(NamedTuple):
    """What a command line did: its exit status and what it wrote."""

    code: int
    out: str
    err: str


@pytest.fixture
def tmp_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of this test's own. That of pytest, which is called like the test, takes longer than many a test."""
    folder = tmp_path_factory.getbasetemp() / f"t{next(_NUMBERS)}"
    folder.mkdir()
    return folder


@pytest.fixture(autouse=True)
def isolated_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of this test's own, outside of the folder `kb_root` lies in; returns it."""
    home = tmp_path / "home"
    home.mkdir()
    for name in tuple(os.environ):
        if name.startswith(("KB_", "GIT_")) or name in (
            "NO_COLOR",
            "FORCE_COLOR",
            "COLUMNS",
            "PAGER",
            "EDITOR",
            "VISUAL",
        ):
            monkeypatch.delenv(name)
    # No power fails while a test runs, and the disk is slow; a process that a test starts still waits for it.
    monkeypatch.setattr(os, "fsync", lambda _handle: None)
    # Else each process of a test compiles kb anew.
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    config = home / ".gitconfig"
    config.write_text(GIT_CONFIG)
    for name, folder in (("CACHE", ".cache"), ("STATE", ".state"), ("DATA", ".data"), ("CONFIG", ".config")):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / folder))
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    return home


@pytest.fixture
def git_commit() -> Callable[..., str]:
    """A function that commits everything in a folder and returns the commit's ID."""

    def commit(folder: Path, message: str = "Change", day: str = "2026-11-01") -> str:
        moment = f"{day}T12:00:00+0000"
        for arguments in (("add", "-A"), ("commit", "-q", "--allow-empty", "-m", message)):
            run_git(folder, *arguments, moment=moment)
        return read_head(folder)

    return commit


@pytest.fixture(scope="session")
def kept_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for what is made once and then only copied."""
    return tmp_path_factory.mktemp("kept")


@pytest.fixture
def kb_root(tmp_path: Path, kept_folder: Path, git_commit: Callable[..., str]) -> Path:
    """A knowledge base with the cards in CARDS, committed to git."""
    kept, root = kept_folder / "kb", tmp_path / "kb"
    if not kept.exists():
        made = kept_folder / "made"
        for path, text in {"kb.toml": KB_TOML, **CARDS}.items():
            (made / path).parent.mkdir(parents=True, exist_ok=True)
            (made / path).write_text(text, encoding="utf-8")
        make_repository(made)
        git_commit(made, "Begin")
        made.rename(kept)
    shutil.copytree(kept, root)
    refresh_index(root)
    return root


@pytest.fixture
def run_kb(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """Run `kb ARGUMENTS` in this process: `run_kb("list", cwd=root, stdin="…", today=None)`."""

    def run(*arguments: str, cwd: Path | None = None, stdin: str = "", today: date | None = TODAY) -> Outcome:
        from kbcli.__main__ import main

        with monkeypatch.context() as patch:
            if cwd is not None:
                patch.chdir(cwd)
            patch.setattr(sys, "stdin", io.StringIO(stdin))
            capsys.readouterr()
            code = main([*(["--today", today.isoformat()] if today else []), *arguments])
            captured = capsys.readouterr()
        return Outcome(code, captured.out, captured.err)

    return run


@pytest.fixture
def start_kb() -> Callable[..., Outcome]:
    """Run kb as a process: `start_kb("list", cwd=root, env={…})`."""
    from kbprocess import run_kb_process

    def start(*arguments: str, cwd: Path, stdin: str = "", env: dict[str, str] | None = None) -> Outcome:
        done = run_kb_process(*arguments, cwd=cwd, stdin=stdin, env={**os.environ, **(env or {})})
        return Outcome(done.returncode, done.stdout, done.stderr)

    return start
