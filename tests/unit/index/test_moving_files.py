"""Cards that move while they are being looked for: a card that is somewhere all the time is always found."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kbcli.config import Config
from kbcli.foundation.git.worktree import FreshnessCheck
from kbcli.knowledge.index import sync, updating
from kbcli.knowledge.index.documents import Reading, read_file
from kbcli.knowledge.index.sync import OpenIndex, open_local_index

Expect = Callable[..., OpenIndex]
PLACES = ("b/new.md", "a/new.md", "c/new.md")


class Runner:
    """A card that moves on, from place to place, when told to, as long as it has places to go to."""

    def __init__(self, config: Config, moves: int = 1) -> None:
        self.config = config
        self.left = moves
        self.moved = 0
        for folder in "abc":
            (config.root / folder).mkdir(exist_ok=True)
        (config.root / PLACES[0]).write_text("# New\n\nrunning\n")

    def move(self) -> None:
        """Move to the next place; as `kb mv` does, the new file is there before the old one goes."""
        if self.left:
            self.left -= 1
            old, new = (self.config.root / PLACES[(self.moved + step) % 3] for step in (0, 1))
            self.moved += 1
            new.write_bytes(old.read_bytes())
            old.unlink()


@pytest.fixture(params=["git", "plain"])
def config(request: pytest.FixtureRequest, make_config: Callable[..., Config]) -> Config:
    """Cards in a git repository, and without one."""
    files = {f"a/card-{number}.md": f"# Card {number}\n" for number in range(6)}
    return make_config(files, git=request.param == "git")


def move_after_listing(monkeypatch: pytest.MonkeyPatch, runner: Runner) -> None:
    """Let the card move each time that all card files have been listed."""
    listed = sync.list_card_paths

    def list_and_move(config: Config) -> list[str]:
        paths = listed(config)
        runner.move()
        return paths

    monkeypatch.setattr(sync, "list_card_paths", list_and_move)
    monkeypatch.setattr(updating, "list_card_paths", list_and_move)


def move_after_asking(monkeypatch: pytest.MonkeyPatch, runner: Runner) -> None:
    """Let the card move each time that git was asked once more."""

    def ask_and_move(root: Path, git_root: Path | None) -> FreshnessCheck:
        check = FreshnessCheck(root, git_root)
        check.result()
        runner.move()
        return check

    monkeypatch.setattr(updating, "FreshnessCheck", ask_and_move)


def find_running(config: Config, check: FreshnessCheck | None = None) -> int:
    """How often the card is found."""
    return len(open_local_index(config, check=check).reader.postings("body", "run")[0])


@pytest.mark.parametrize("moves", [1, 3])
def test_moved_while_the_first_index_is_built(
    config: Config, monkeypatch: pytest.MonkeyPatch, moves: int
) -> None:
    """Gone from where it was listed, it is found where it went."""
    runner = Runner(config, moves)
    move_after_listing(monkeypatch, runner)
    assert find_running(config) == 1
    assert runner.left == 0


def test_moved_while_an_index_is_built_in_memory(
    config: Config, isolated_environment: os.PathLike[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """So it is where no index can be kept."""
    runner = Runner(config)
    (isolated_environment / ".cache").write_text("in the way")
    move_after_listing(monkeypatch, runner)
    index = open_local_index(config)
    assert (bool(index.temporary), len(index.reader.postings("body", "run")[0])) == (True, 1)
    assert runner.left == 0


@pytest.mark.parametrize("moves", [1, 2, 4])
def test_moved_after_git_was_asked(config: Config, monkeypatch: pytest.MonkeyPatch, moves: int) -> None:
    """Between the look at all files and the look at this one, and again during the next looks."""
    runner = Runner(config, moves)
    assert find_running(config) == 1
    check = FreshnessCheck(config.root, config.git_root)
    check.result()
    if config.git_root is None:
        move_after_listing(monkeypatch, runner)
    else:
        runner.move()
        move_after_asking(monkeypatch, runner)
    assert find_running(config, check) == 1
    assert runner.left == 0


def test_moved_between_two_readings(
    config: Config, expect_in_step: Expect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen to have changed, and gone when it is to be taken in."""
    runner = Runner(config)
    assert find_running(config) == 1
    (config.root / PLACES[0]).write_text("# New\n\nrunning fast\n")

    def read_and_move(config: Config, path: str) -> Reading | None:
        reading = read_file(config, path)
        if path == PLACES[0]:
            runner.move()
        return reading

    monkeypatch.setattr(updating, "read_file", read_and_move)
    assert find_running(config) == 1
    assert runner.left == 0
    expect_in_step(config)


def test_deleted_cards_cost_one_more_look(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """A deletion is believed at the second look, and is no work from then on."""
    open_local_index(config)
    (config.root / "a/card-1.md").unlink()
    looks = []
    compare = updating.find_changes

    def count(*arguments: Any) -> updating.Changes:
        looks.append(1)
        return compare(*arguments)

    monkeypatch.setattr(updating, "find_changes", count)
    assert open_local_index(config).reader.doc_count == 5
    assert len(looks) == 2
    assert open_local_index(config).reader.doc_count == 5
    assert len(looks) <= 3
