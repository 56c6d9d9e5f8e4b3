"""Git and other kbs moving at every moment of a search: the answer was true at some time of it, and so is the next.

A search is taken apart into named steps: git is asked, it answers, the cards are listed, each is read,
the index is committed and so on. In one run after the other, something happens at one moment between
two of these, or inside git's answer; then nothing of it is left to luck.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from itertools import pairwise, product
from pathlib import Path
from types import FrameType
from typing import Any, Self

import pytest

from kbcli.config import Config
from kbcli.knowledge.index import updating
from kbcli.knowledge.index.sync import OpenIndex, open_local_index
from kbcli.knowledge.index.whoosh.store import find_index_folder

pytestmark = pytest.mark.skipif(not hasattr(os, "posix_spawnp"), reason="elsewhere every file is looked at")

STEPS = frozenset(
    {
        "_start_status",
        "result",
        "load_current",
        "list_unwatched_paths",
        "list_paths_between",
        "list_card_paths",
        "find_changes",
        "read_file",
        "hold_lock",
        "commit",
    }
)
"""The functions of kb before which something may happen."""

Files = dict[str, str]
Step = tuple[str, ...]
"""What one thing is that happens: a git command, a whole search by another kb, or an edit of a card."""

BRANCHES: dict[str, Files] = {
    "main": {"leaving.md": "# Leaving\n", "switched.md": "# Main\n", "a/walker.md": "# Walker\n"},
    "other": {"coming.md": "# Coming\n", "switched.md": "# Other\n", "b/walker.md": "# Walker\n"},
    "third": {"switched.md": "# Third\n", "c/walker.md": "# Walker\n"},
}
WALKER = "walker.md"
SEARCH: Step = ("search",)
EDIT: Step = ("edit",)


class World:
    """A repository, the index of it, and what its cards were at each time of a run."""

    def __init__(self, config: Config, keep: Path) -> None:
        self.config = config
        self._keep = keep
        self._folder = find_index_folder(config.root)
        self._commits: dict[str, str] = {}
        self.seen: list[Files] = []

    def git(self, *arguments: str) -> str:
        """What git says."""
        done = subprocess.run(
            ["git", *arguments], cwd=self.config.root, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def read(self) -> Files:
        """What the cards are now."""
        root = self.config.root
        return {path.relative_to(root).as_posix(): path.read_text() for path in root.rglob("*.md")}

    def begin(self, indexed: str) -> None:
        """A clean work tree of `other`, old enough not to be doubted, and the index as of `indexed`."""
        self.git("checkout", "-q", "-f", "-B", "other", self._commits["other"])
        shutil.rmtree(self._folder, ignore_errors=True)
        if indexed:
            shutil.copytree(self._keep / indexed, self._folder)
        time.sleep(0.03)
        self.seen = [self.read()]

    def keep_indexes(self) -> None:
        """Build the index of each branch, once."""
        for branch in BRANCHES:
            self.git("checkout", "-q", branch)
            shutil.rmtree(self._folder, ignore_errors=True)
            time.sleep(0.03)
            open_local_index(self.config)
            shutil.copytree(self._folder, self._keep / branch)
            self._commits[branch] = self.git("rev-parse", "HEAD")

    def happen(self, steps: Sequence[Step]) -> None:
        """Let something happen, and remember what the cards are after each step."""
        for step in steps:
            if step == SEARCH:
                read_titles(open_local_index(self.config))
            elif step == EDIT:
                (self.config.root / "switched.md").write_text("# Edited\n")
            else:
                self.git(*step)
            self.seen.append(self.read())

    def expect_possible(self, found: Files) -> None:
        """Each card is as it was at some time, and what was there all the time is there."""
        for path in found.keys() | {path for files in self.seen for path in files}:
            assert found.get(path) in {files.get(path) for files in self.seen}, (path, found)
        assert any(path.endswith(WALKER) for path in found), found

    def expect_in_step(self) -> None:
        """Whatever is checked out from now on, each search tells just what is there."""
        self.expect_now()
        for branch in BRANCHES:
            self.git("checkout", "-q", "-f", branch)
            self.expect_now()

    def expect_now(self) -> None:
        """A search tells what is there now."""
        index = open_local_index(self.config)
        assert not index.is_stale
        assert read_titles(index) == self.read()


def read_titles(index: OpenIndex) -> Files:
    """The text of each card, by its path."""
    reader = index.reader
    records = [reader.record(number) for number in reader.numbers()]
    assert len({record.path for record in records}) == len(records)
    return {record.path: f"# {record.title}\n" for record in records}


class Moments:
    """Counts the moments of a search, and lets something happen at one of them.

    When `every`, there is one before each step, else before each that differs from the one before.
    """

    def __init__(self, number: int, action: Callable[[], None], *, every: bool) -> None:
        self._number = number
        self._every = every
        self._last = ""
        self._action = action
        self._is_acting = False
        self.count = 0
        self.met: set[str] = set()

    def __enter__(self) -> Self:
        sys.setprofile(self._watch)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)

    def _watch(self, frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        if event != "call" or code.co_name not in STEPS or "kbcli" not in code.co_filename:
            return
        if self._is_acting or (code.co_name == self._last and not self._every):
            return
        self._last = code.co_name
        self.met.add(code.co_name)
        if self.count == self._number:
            self._is_acting = True
            self._action()
            self._is_acting = False
        self.count += 1


def run_at_every_moment(world: World, indexed: str, steps: Sequence[Step], *, every: bool) -> set[str]:
    """One search for each moment at which the steps may happen. Gives the steps of kb that were met."""
    number, met = 0, set[str]()
    while True:
        world.begin(indexed)
        moments = Moments(number, lambda: world.happen(steps), every=every)
        with moments:
            index = open_local_index(world.config)
        met |= moments.met
        if number >= moments.count:
            return met
        try:
            world.expect_possible(read_titles(index))
            world.expect_in_step()
        except AssertionError as error:
            raise AssertionError(f"{indexed} {steps} at moment {number}: {error}") from error
        number += 1


@pytest.fixture
def world(make_config: Callable[..., Config], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """A repository of three branches, and the index of each."""
    monkeypatch.setattr(updating, "WRITER_TIMEOUT", 0.01)
    world = World(make_config(BRANCHES["main"], git=True), tmp_path / "indexes")
    for before, branch in pairwise(BRANCHES):
        world.git("checkout", "-q", "-b", branch)
        world.git("rm", "-q", *BRANCHES[before].keys() - BRANCHES[branch].keys())
        for path, text in BRANCHES[branch].items():
            (world.config.root / path).parent.mkdir(exist_ok=True)
            (world.config.root / path).write_text(text)
        world.git("add", "-A")
        world.git("commit", "-q", "-m", branch)
    world.keep_indexes()
    return world


def checkout(*branches: str) -> tuple[Step, ...]:
    """One checkout after the other."""
    return tuple(("checkout", "-q", "-f", branch) for branch in branches)


MOVES: dict[str, tuple[Step, ...]] = {
    "checkout": checkout("main"),
    "there and back": checkout("main", "other"),
    "another kb": (*checkout("main"), SEARCH),
    "another kb, and back": (*checkout("main"), SEARCH, *checkout("other")),
    "HEAD alone": (("symbolic-ref", "HEAD", "refs/heads/main"),),
    "index alone": (("read-tree", "main"),),
    "soft, then hard": (("reset", "-q", "--soft", "main"), ("reset", "-q", "--hard", "main")),
    "edit": (EDIT,),
    "edit, commit": (EDIT, ("commit", "-q", "-a", "-m", "Edited"), ("checkout", "-q", "HEAD^")),
    "edit, another kb, undo": (EDIT, SEARCH, ("checkout", "-q", "--", "switched.md")),
}
Case = tuple[str, str]
SOME: tuple[Case, ...] = (("third", "checkout"),)
ALL: tuple[Case, ...] = tuple(product(("", *BRANCHES), MOVES))
some_and_all = pytest.mark.parametrize(
    "cases",
    [pytest.param(SOME, marks=pytest.mark.short), pytest.param(ALL, marks=pytest.mark.stress)],
    ids=["some", "all"],
)


@some_and_all
def test_moves_between_any_two_steps(world: World, cases: Sequence[Case]) -> None:
    """HEAD, git's index, the files and another kb move between any two steps of a search."""
    met = set[str]()
    for indexed, move in cases:
        met |= run_at_every_moment(world, indexed, MOVES[move], every=cases is ALL)
    assert met == STEPS


class TornAnswer:
    """Git as it answers when something happens while it looks: HEAD of one time, the paths of another."""

    def __init__(self, world: World, move: str, *, head_first: bool) -> None:
        self._happen = lambda: world.happen(MOVES[move])
        self._head_first = head_first
        self._spawn = os.posix_spawnp
        self._answer = world.config.root.parent / "answer"
        self.is_given = False

    def spawn(self, program: str, arguments: Sequence[str], environment: Any, *, file_actions: Any) -> int:
        """Start git; the first time, what it says is made of two answers."""
        if self.is_given:
            return self._spawn(program, arguments, environment, file_actions=file_actions)
        self.is_given = True
        answers = [subprocess.check_output(arguments, env=environment)]
        self._happen()
        answers.append(subprocess.check_output(arguments, env=environment))
        heads, paths = answers if self._head_first else reversed(answers)
        parts = [part for part in heads.split(b"\0") if part.startswith(b"# ")]
        parts += [part for part in paths.split(b"\0") if not part.startswith(b"# ")]
        self._answer.write_bytes(b"\0".join(parts))
        return self._spawn("cat", ["cat", os.fspath(self._answer)], environment, file_actions=file_actions)


@some_and_all
@pytest.mark.parametrize("head_first", [True, False])
def test_moves_while_git_answers(
    world: World, cases: Sequence[Case], head_first: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What git says is no one state of the repository, and is not taken for one."""
    for indexed, move in cases:
        world.begin(indexed)
        torn = TornAnswer(world, move, head_first=head_first)
        with monkeypatch.context() as patch:
            patch.setattr(os, "posix_spawnp", torn.spawn)
            index = open_local_index(world.config)
        assert torn.is_given
        world.expect_possible(read_titles(index))
        world.expect_in_step()


def test_removal_undone(make_config: Callable[..., Config]) -> None:
    """A card that git was told to remove before the index was built is found when that is undone."""
    config = make_config(BRANCHES["main"], git=True)
    for arguments in (("rm", "-q", "leaving.md"), ("reset", "-q", "--hard")):
        subprocess.run(["git", *arguments], cwd=config.root, check=True, capture_output=True)
        found = read_titles(open_local_index(config))
        assert ("leaving.md" in found) == (arguments[0] == "reset")
