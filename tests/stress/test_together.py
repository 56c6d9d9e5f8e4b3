"""Many searches and writers at once, all real processes: never a wrong answer, a traceback or a lost card."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import NamedTuple

import pytest
from memoryindex import MemoryIndex

from kbcli.config import load_config
from kbcli.knowledge.cards.reader import read_card
from kbcli.knowledge.index.documents import make_document
from kbcli.knowledge.search.engine import search_cards

pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs POSIX processes")

STALE = "another kb is"
TODAY = date(2026, 11, 21)
WORD = "everywhere"

Facts = tuple[str, str, str]
"""The ID of a card, the version in its title, and its verifier."""


class Moment(NamedTuple):
    """What a card was from some time between `begin` and `end` on: its facts, None while there is no such card."""

    begin: float
    end: float
    facts: Facts | None


class Answer(NamedTuple):
    """What a search said: when, the facts of each card by its name, and all IDs with their scores in order."""

    begin: float
    end: float
    stale: bool
    cards: dict[str, list[Facts]]
    ranking: list[tuple[str, float]]


class Base:
    """A knowledge base that many work on, with a record of what each card was when."""

    def __init__(self, root: Path, seconds: float) -> None:
        self.root = root
        self.deadline = time.monotonic() + seconds
        self.record: dict[str, list[Moment]] = {}
        self.texts: dict[Facts, bytes] = {}
        self.answers: list[Answer] = []
        self.trouble: list[object] = []
        self.environment = dict(os.environ)

    def note(self, name: str, begin: float, facts: Facts | None) -> None:
        """Remember what a card is from now on. Each card has one writer, so its text is still the one it wrote."""
        if facts is not None:
            self.texts[facts] = (self.root / f"{facts[0]}.md").read_bytes()
        self.record.setdefault(name, []).append(Moment(begin, time.monotonic(), facts))

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run kb; whatever it says, it must be words."""
        done = subprocess.run(
            [sys.executable, "-m", "kbcli", "--today", "2026-11-21", *arguments], cwd=self.root,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=120, env=self.environment,
        )  # fmt: skip
        if done.returncode not in (0, 1, 3) or "Traceback" in done.stderr:
            self.trouble.append((arguments, done))
        return done

    def search(self) -> Answer:
        """Ask for every card, and read the facts out of the answer."""
        begin = time.monotonic()
        done = self.run("search", WORD, "--limit", "500", "--format", "json")
        end = time.monotonic()
        cards: dict[str, list[Facts]] = {}
        ranking = []
        if done.returncode == 0:
            for hit in json.loads(done.stdout)["data"]["hits"]:
                card = hit["card"]
                name, _, version = card["title"].partition(" ")
                cards.setdefault(name, []).append((card["id"], version, card["verified_by"] or ""))
                ranking.append((card["id"], hit["score"]))
        else:
            self.trouble.append(done)
        return Answer(begin, end, STALE in done.stderr, cards, ranking)

    def keep_searching(self) -> None:
        """Search until the time is over."""
        while time.monotonic() < self.deadline:
            self.answers.append(self.search())

    def keep_editing(self, name: str) -> None:
        """Give a card one new title after another."""
        number = 0
        while time.monotonic() < self.deadline:
            number += 1
            begin = time.monotonic()
            assert self.run("edit", f"edit/{name}", "--title", f"{name} v{number}").returncode == 0
            self.note(name, begin, (f"edit/{name}", f"v{number}", ""))

    def keep_verifying(self, name: str) -> None:
        """Verify a card by one person after another."""
        number = 0
        while time.monotonic() < self.deadline:
            number += 1
            begin = time.monotonic()
            assert self.run("verify", f"verify/{name}", "--yes", "--by", f"person{number}").returncode == 0
            self.note(name, begin, (f"verify/{name}", "v0", f"person{number}"))

    def keep_moving(self, name: str) -> None:
        """Move a card to and fro."""
        places = (f"here/{name}", f"there/{name}")
        number = 0
        while time.monotonic() < self.deadline:
            begin = time.monotonic()
            old, new = places[number % 2], places[1 - number % 2]
            assert self.run("mv", old, new).returncode == 0
            number += 1
            self.note(name, begin, (new, "v0", ""))

    def keep_switching(self) -> None:
        """Check out one branch and the other: cards change, come and go."""
        number = 0
        while time.monotonic() < self.deadline:
            number += 1
            branch = ("main", "other")[number % 2]
            begin = time.monotonic()
            done = subprocess.run(
                ["git", "checkout", "-q", branch], cwd=self.root, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stderr
            # Git deletes the file and writes it anew: for a moment there is none.
            self.note("switched", begin, None)
            self.note("switched", begin, ("branch/switched", branch, ""))
            self.note("coming", begin, ("branch/coming", "v0", "") if branch == "other" else None)
            time.sleep(0.1)


def make_base(root: Path, seconds: float) -> Base:
    """Forty cards that stay, those that writers work on, and two branches."""
    base = Base(root, seconds)

    def write(path: str, name: str, version: str = "v0") -> None:
        full = root / f"{path}.md"
        full.parent.mkdir(parents=True, exist_ok=True)
        # Of several lengths, so that the scores tell how long cards are on average.
        words = f"This word is {WORD}. " + "Filler. " * (len(base.record) % 7)
        full.write_text(f"---\ntitle: {name} {version}\n---\n{words}\n")
        base.record[name] = []
        base.note(name, 0.0, (path, version, ""))

    def git(*arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True)

    root.mkdir()
    (root / "kb.toml").write_text("")
    for number in range(40):
        write(f"still/still{number}", f"still{number}")
    for name in ("one", "two"):
        write(f"edit/{name}", name)
    write("verify/three", "three")
    write("here/four", "four")
    git("init", "-q")
    git("checkout", "-q", "-b", "other")
    write("branch/switched", "switched", "other")
    write("branch/coming", "coming")
    git("add", "-A")
    git("commit", "-q", "-m", "Other")
    git("checkout", "-q", "-b", "main")
    git("rm", "-q", "branch/coming.md")
    write("branch/switched", "switched", "main")
    git("commit", "-q", "-am", "Main")
    base.record["coming"] = []
    base.note("coming", 0.0, None)
    return base


def list_possible(moments: list[Moment], begin: float, end: float) -> list[Facts | None]:
    """What a card was at some time between two."""
    possible = []
    for number, moment in enumerate(moments):
        until = moments[number + 1].end if number + 1 < len(moments) else float("inf")
        if moment.begin <= end and until >= begin:
            possible.append(moment.facts)
    return possible


def check_answer(base: Base, answer: Answer, patience: float = 0.0) -> None:
    """Every card of an answer is as it was at some time of the search, none is missing, none is made up.

    An answer that says that it is the last state another kb completed may be `patience` seconds older.
    """
    begin = answer.begin - patience if answer.stale else answer.begin
    for name in answer.cards.keys() | base.record.keys():
        possible = list_possible(base.record[name], begin, answer.end)
        found = answer.cards.get(name, [])
        assert all(facts in possible for facts in found), (name, found, possible)
        assert found or None in possible, (name, possible)
        assert len(found) <= 1 or len(possible) > 1, (name, found, possible)


def rank_anew(base: Base, cards: Iterable[Facts], empty: Iterable[str] = ()) -> list[tuple[str, float]]:
    """What a fresh index of these cards, of empty ones, and of no others, answers."""
    config = load_config(base.root, base.root, {})
    documents = []
    for path, text in (*((facts[0], base.texts[facts]) for facts in cards), *((path, b"") for path in empty)):
        card = read_card(text, f"{path}.md", config)
        documents.append(make_document(card, card.body_offset))
    result = search_cards(config, MemoryIndex(documents), WORD, today=TODAY, limit=500, snippets=False)
    return [(hit.record.id, round(hit.score, 6)) for hit in result.hits]


def check_rankings(base: Base) -> None:
    """Each answer has the scores that a fresh index of just its cards gives, and their order.

    Ties stand in the order of the index, which is that of the answer: a card that was moved came last. Git makes
    a file that it checks out before it writes it: a card that a branch brings may be read empty in between.
    """
    known: dict[tuple[Facts, ...], list[tuple[str, float]]] = {}
    for answer in base.answers:
        facts = {found[0]: found for cards in answer.cards.values() for found in cards}
        cards = tuple(facts[card] for card, _ in answer.ranking)
        assert len(set(cards)) == len(cards)
        if cards not in known:
            known[cards] = rank_anew(base, cards)
        if answer.ranking != known[cards]:
            coming = [path for path in ("branch/switched", "branch/coming") if path not in facts]
            between = [rank_anew(base, cards, empty) for empty in ([path] for path in coming)]
            assert answer.ranking in (*between, rank_anew(base, cards, coming)), answer


def run_together(base: Base, searchers: int) -> None:
    """Let them all work at once, and wait for them."""
    work: list[Callable[[], None]] = [base.keep_searching] * searchers
    work += [
        lambda: base.keep_editing("one"),
        lambda: base.keep_editing("two"),
        lambda: base.keep_verifying("three"),
    ]
    work += [lambda: base.keep_moving("four"), base.keep_switching]

    def guard(task: Callable[[], None]) -> None:
        try:
            task()
        except Exception as error:  # noqa: BLE001  it must reach the test
            base.trouble.append(repr(error))

    threads = [threading.Thread(target=guard, args=(task,)) for task in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize(
    ("searchers", "seconds"),
    [(3, 0.8), pytest.param(20, 60.0, marks=pytest.mark.stress)],
    ids=["short", "a minute"],
)
def test_searches_and_writers_at_once(tmp_path: Path, searchers: int, seconds: float) -> None:
    """While `kb edit`, `verify`, `mv` and `git checkout` go on, each search tells what was true at some time of it."""
    base = make_base(tmp_path / "kb", seconds)
    run_together(base, searchers)
    assert base.trouble == []
    assert len(base.answers) >= searchers
    # That of the one who completed it and of the one who writes now, neither longer than the longest search.
    patience = 2 * max(answer.end - answer.begin for answer in base.answers)
    for answer in base.answers:
        check_answer(base, answer, patience)
    check_rankings(base)
    final = base.search()
    assert not final.stale
    check_answer(base, final)
    base.environment["XDG_CACHE_HOME"] = str(tmp_path / "fresh")
    assert base.search().cards == final.cards
