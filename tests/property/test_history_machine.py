"""Trust through any history: edits, verifications, renames, branches, squashes and reverts in real repositories.

A machine makes commits with plain git and stamps with kb. What it knows of its own accord is
which text each stamp was given to; nothing of that is asked of kb.
"""

import re
import shutil
import tempfile
from datetime import date, timedelta
from pathlib import Path

import pytest
from datedgit import make_repository, run_git
from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from kbcli.config import load_config
from kbcli.foundation.git.log import load_history
from kbcli.knowledge.cards.library import Library, load_library
from kbcli.knowledge.edit.verification import stamp_card
from kbcli.knowledge.past.provenance import find_changed
from kbcli.knowledge.trust.judging import judge_library

START, TODAY = date(2026, 1, 1), date(2026, 12, 31)
BODY = [
    f"Paragraph {number} says that a customer waits {number} minutes and then tries the request again."
    for number in range(6)
]
DATED = 'pin = false\n[fields]\nverified = "last_reviewed_on"\nverify_every = "review_in"\n'
NAMES = ("a.md", "b/c.md")


class HistoryMachine(RuleBasedStateMachine):
    """Cards with digests. `given` holds the texts each stamp was given to."""

    pinned = True

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="kb-history-"))
        self.given: dict[str, set[tuple[str, ...]]] = {}
        self.clock = 0
        self.skew = 0
        self.counter = 0
        self.branched = False
        self.fresh: dict[str, set[str]] = {"main": set(), "side": set()}
        self.loaded: tuple[Library, dict[str, str]] | None = None

    def teardown(self) -> None:
        """Leave nothing behind."""
        shutil.rmtree(self.root, ignore_errors=True)

    def git(self, *arguments: str, check: bool = True) -> str:
        """Run git at the machine's own time."""
        self.loaded = None
        self.clock += 1
        moment = f"{1767225600 + 3600 * self.clock + 86400 * self.skew} +0000"
        return run_git(self.root, *arguments, moment=moment, check=check)

    def commit(self, message: str) -> None:
        """Commit all that changed."""
        self.git("commit", "-qa", "--allow-empty", "-m", message)

    @initialize()
    def begin(self) -> None:
        """Two cards, of which nobody has verified any."""
        (self.root / "kb.toml").write_text("" if self.pinned else DATED)
        every = "verify_every" if self.pinned else "review_in"
        for number, name in enumerate(NAMES):
            path = self.root / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(
                f"---\ntitle: Card {number}\ntags: [x]\n{every}: 9y\n---\n" + "\n\n".join(BODY) + "\n"
            )
        make_repository(self.root)
        with (self.root / ".git/config").open("a") as stream:
            stream.write("[core]\n\tfsync = none\n[gc]\n\tauto = 0\n")
        self.git("add", "-A")
        self.commit("Begin")

    def list_paths(self) -> list[str]:
        """The cards, as paths, in a fixed order."""
        return sorted(path.relative_to(self.root).as_posix() for path in self.root.rglob("*.md"))

    def pick(self, number: int) -> Path:
        """One of the cards."""
        paths = self.list_paths()
        return self.root / paths[number % len(paths)]

    def read(self, path: Path) -> tuple[str, list[str], str, tuple[str, ...]]:
        """Header, paragraphs, stamp and text of a card, read without kb: a text is its words, by paragraph."""
        return self.split(path.read_text())

    def split(self, content: str) -> tuple[str, list[str], str, tuple[str, ...]]:
        """The same of what a file holds."""
        _, header, body = content.split("---\n", 2)
        name = "verified_digest" if self.pinned else "last_reviewed_on"
        stamp = re.search(rf"^{name}: (.*)$", header, re.MULTILINE)
        title = re.search(r"^title: (.*)$", header, re.MULTILINE)
        paragraphs = [part.strip("\n") for part in body.split("\n\n") if part.strip()]
        text = (title[1] if title else "", *(" ".join(part.split()) for part in paragraphs))
        return header, paragraphs, stamp[1].strip() if stamp else "", text

    def write(self, path: Path, header: str, paragraphs: list[str]) -> None:
        """Write a card."""
        path.write_text(f"---\n{header}---\n" + "\n\n".join(paragraphs) + "\n")

    def load(self) -> tuple[Library, dict[str, str]]:
        """The cards, and their states by path."""
        if self.loaded is None:
            library = load_library(load_config(self.root, self.root, environment={}))
            changed = {} if self.pinned else find_changed(library, load_history(self.root))
            trusts = judge_library(library, TODAY, changed=changed)
            self.loaded = library, {path: trust.state for path, trust in trusts.items()}
        return self.loaded

    @rule(number=st.integers(0, 1), place=st.integers(0, 5))
    def edit(self, number: int, place: int) -> None:
        """Change a word."""
        path = self.pick(number)
        header, paragraphs, _, _ = self.read(path)
        self.counter += 1
        place %= len(paragraphs)
        paragraphs[place] = re.sub(r"\S+$", f"word{self.counter}.", paragraphs[place])
        self.write(path, header, paragraphs)
        self.commit("Edit")

    @rule(number=st.integers(0, 1))
    def retitle(self, number: int) -> None:
        """Change the title."""
        path = self.pick(number)
        header, paragraphs, _, _ = self.read(path)
        self.counter += 1
        self.write(
            path,
            re.sub(r"^title: .*$", f"title: Card {self.counter}", header, flags=re.MULTILINE),
            paragraphs,
        )
        self.commit("Retitle")

    @rule(number=st.integers(0, 1), width=st.integers(3, 12), place=st.integers(0, 5))
    def reformat(self, number: int, width: int, place: int) -> None:
        """Break a paragraph's lines elsewhere and change tags and aliases: every state stays what it was."""
        path = self.pick(number)
        _, before = self.load()
        header, paragraphs, _, _ = self.read(path)
        place %= len(paragraphs)
        words = paragraphs[place].split()
        lines = [" ".join(words[start : start + width]) for start in range(0, len(words), width)]
        paragraphs[place] = "\n".join(lines)
        self.counter += 1
        header = re.sub(
            r"^tags: .*$", f"tags: [t{self.counter}]\naliases: [w{self.counter}]", header, flags=re.MULTILINE
        )
        header = re.sub(r"(^aliases: .*$)\n(?:aliases: .*\n)+", r"\1\n", header, flags=re.MULTILINE)
        self.write(path, header, paragraphs)
        self.commit("Reformat")
        assert self.load()[1] == before

    @rule(number=st.integers(0, 1))
    def verify(self, number: int) -> None:
        """Verifying makes a card verified, whatever happened to it."""
        path = self.pick(number)
        self.counter += 1
        library, _ = self.load()
        card = next(card for card in library.cards if self.root / card.path == path)
        stamp_card(library.config, card, START + timedelta(days=self.counter), "ada@example.org")
        _, _, stamp, text = self.read(path)
        self.given.setdefault(stamp, set()).add(text)
        self.fresh[self.git("branch", "--show-current")].add(stamp)
        self.commit("Verify")
        assert self.load()[1][card.path] == "verified"

    @rule(number=st.integers(0, 1))
    def put_back(self, number: int) -> None:
        """Writing the verified text again restores trust."""
        path = self.pick(number)
        header, _, stamp, _ = self.read(path)
        if len(self.given.get(stamp, ())) != 1:
            return
        (text,) = self.given[stamp]
        self.write(
            path, re.sub(r"^title: .*$", f"title: {text[0]}", header, flags=re.MULTILINE), list(text[1:])
        )
        self.commit("Put back")
        assert self.load()[1][path.relative_to(self.root).as_posix()] == "verified"

    @rule(number=st.integers(0, 1))
    def rename(self, number: int) -> None:
        """Move a card."""
        path = self.pick(number)
        self.counter += 1
        self.git("mv", str(path), f"n{self.counter}.md")
        self.commit("Move")

    @rule(back=st.integers(0, 3))
    def revert(self, back: int) -> None:
        """Revert one of the last commits, if that goes without a conflict."""
        parents = self.git("rev-list", "--parents", "-n1", f"HEAD~{back}", check=False).split()
        if len(parents) == 2:
            self.git("revert", "--no-edit", parents[0], check=False)
            self.git("revert", "--abort", check=False)
            self.mend()

    @precondition(lambda self: not self.branched)
    @rule()
    def branch(self) -> None:
        """Go on in two places."""
        self.git("branch", "-f", "side")
        self.fresh = {"main": set(), "side": set()}
        self.branched = True

    @precondition(lambda self: self.branched)
    @rule()
    def switch(self) -> None:
        """Go on in the other place."""
        here = self.git("branch", "--show-current")
        self.git("switch", "-q", "main" if here == "side" else "side")

    @precondition(lambda self: self.branched)
    @rule(way=st.sampled_from(["ours", "theirs", "mixed", "squash"]))
    def join(self, way: str) -> None:
        """Merge the other place into this one; conflicts are resolved to a side, or to the stamp of one and the text of the other."""
        here = self.git("branch", "--show-current")
        there = "main" if here == "side" else "side"
        stamps = {self.read(self.root / path)[2] for path in self.list_paths()}
        if way != "squash" and not self.pinned:
            self.end_branch(there)
        self.git(
            "merge", "-q", "--no-commit", "--squash" if way == "squash" else "--no-ff", there, check=False
        )
        for path in self.git("diff", "--name-only", "--diff-filter=U").splitlines():
            self.resolve(path, way)
        self.git("add", "-A")
        self.commit("Join")
        self.mend()
        if way == "squash" and not self.pinned:
            # A squash loses what was verified before the last edit: only a digest can tell.
            for path in self.list_paths():
                _, _, stamp, text = self.read(self.root / path)
                if stamp and stamp not in stamps:
                    self.given.setdefault(stamp, set()).add(text)
        if here == "side":
            self.git("branch", "-qf", "main", "HEAD")
            self.git("switch", "-q", "main")
        self.branched = False

    def end_branch(self, there: str) -> None:
        """What a branch verified is, once it is merged, the text that it ends with: a merged branch is one change."""
        for path in self.git("ls-tree", "-r", "--name-only", there).splitlines():
            if path.endswith(".md"):
                _, _, stamp, text = self.split(self.git("show", f"{there}:{path}"))
                if stamp in self.fresh[there]:
                    self.given[stamp] = {text}

    def resolve(self, path: str, way: str) -> None:
        """Take a conflicting file from one side, or the header from ours and the text from theirs."""
        sides = [self.git("show", f":{stage}:{path}", check=False) for stage in (2, 3)]
        ours, theirs = (side + "\n" if side else "" for side in sides)
        chosen = ours if way != "theirs" else theirs
        if way == "mixed" and ours and theirs:
            chosen = "---\n" + ours.split("---\n", 2)[1] + "---\n" + theirs.split("---\n", 2)[2]
        if chosen or ours or theirs:
            (self.root / path).parent.mkdir(exist_ok=True)
            (self.root / path).write_text(chosen or ours or theirs)

    def mend(self) -> None:
        """Of a key that a merge left twice, the first stays; a card that came back under two names is one."""
        for path in self.list_paths():
            header, paragraphs, _, _ = self.read(self.root / path)
            keys: dict[str, str] = {}
            for line in header.splitlines():
                keys.setdefault(line.partition(":")[0], line)
            if len(keys) != len(header.splitlines()):
                self.write(self.root / path, "".join(f"{line}\n" for line in keys.values()), paragraphs)
                self.commit("Mend")

    @rule(days=st.integers(-20, 20))
    def turn_clock(self, days: int) -> None:
        """Somebody's clock is wrong by days."""
        self.skew = days

    @invariant()
    def only_what_was_verified_is_verified(self) -> None:
        """A card is verified exactly when its text is the one that its stamp was given to."""
        if not self.given:
            return
        _, states = self.load()
        for path in self.list_paths():
            _, _, stamp, text = self.read(self.root / path)
            texts = self.given.get(stamp, set())
            if states[path] == "verified":
                assert text in texts, f"{path}: its text was never verified"
            elif texts == {text}:
                raise AssertionError(f"{path} is {states[path]}, and its text is the verified one")


class DatedHistoryMachine(HistoryMachine):
    """Cards without digests, in another schema: the date, and git history, are all there is."""

    pinned = False


@pytest.mark.parametrize("machine", [HistoryMachine, DatedHistoryMachine])
def test_no_history_leaves_a_changed_text_verified(machine: type[HistoryMachine]) -> None:
    """Whatever is committed in whatever order, the verified text is verified, and no other is."""
    run_state_machine_as_test(machine, settings=_settle(4, 12, derandomize=True))


@pytest.mark.stress
@pytest.mark.parametrize("machine", [HistoryMachine, DatedHistoryMachine])
def test_no_long_history_does_either(machine: type[HistoryMachine]) -> None:
    """The same of more and longer histories."""
    run_state_machine_as_test(machine, settings=_settle(150, 30, derandomize=False))


def _settle(examples: int, steps: int, *, derandomize: bool) -> settings:
    return settings(
        max_examples=examples, stateful_step_count=steps, derandomize=derandomize, deadline=None, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
