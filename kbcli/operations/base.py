"""An opened knowledge base: what every operation is asked of."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path

from kbcli.config import CONFIG_NAME, Config, find_root, load_config
from kbcli.errors import KbError, UsageError
from kbcli.foundation.disk.files import Stamp
from kbcli.foundation.disk.paths import find_boundary, resolve_inside
from kbcli.foundation.git.worktree import FreshnessCheck, find_git_root, find_git_version
from kbcli.foundation.typed import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from typing import TypeVar

    from kbcli.foundation.git.people import Person
    from kbcli.knowledge.cards.library import Library
    from kbcli.knowledge.cards.model import Card
    from kbcli.knowledge.index.sync import OpenIndex
    from kbcli.knowledge.search.synonyms import Synonyms
    from kbcli.knowledge.trust.filters import CardFilter
    from kbcli.knowledge.trust.states import Trust

    T = TypeVar("T")

# Days to reckon with: the calendar of Python ends in both directions, and what is reckoned from them must not.
_FIRST_YEAR, _LAST_YEAR = 1900, 2999
_LONGEST_SPAN = 365_000
Progress = Callable[[int, int], None]
ShowProgress = Callable[[str], AbstractContextManager[Progress | None]]


def find_utc_day() -> date:
    """Today, by UTC: the day of stamps and of checks."""
    return datetime.now(UTC).date()


def say_nothing(text: str) -> None:
    """For those who do not listen."""
    del text


@contextmanager
def show_nothing(what: str) -> Iterator[None]:
    """Long work that nobody watches."""
    del what
    yield None


class Base:
    """The folder of a knowledge base, the day, who acts, and where talk goes.

    `folder` is found as `kb --kb` finds it: the folder named, else KB_HOME, else the nearest kb.toml.
    `today` gives the day whenever it is asked for, so that a process may live past midnight. `actor`
    is who acts where an operation names nobody ("": who git says). `say` takes one line of talk,
    `show_progress` gives, for the time of long work, what takes (done, total). Safe in threads:
    settings and day are asked for, never kept for the life of the process.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str] | None = None,
        *,
        today: Callable[[], date] = find_utc_day,
        actor: str = "",
        say: Callable[[str], None] = say_nothing,
        show_progress: ShowProgress = show_nothing,
    ) -> None:
        self.folder = os.fspath(folder) if folder is not None else None
        self.say = say
        self.show_progress = show_progress
        self.actor = actor
        self._today = today
        self._root: Path | None = None
        self._config: Config | None = None

    @property
    def root(self) -> Path:
        """The folder of the knowledge base, resolved when first asked for. Raises NoKnowledgeBaseError."""
        if self._root is None:
            self._root = find_root(self.folder, os.environ, Path.cwd())
        return self._root

    @property
    def git_root(self) -> Path | None:
        """The top of the git work tree around the knowledge base."""
        return find_git_root(self.root)

    @property
    def today(self) -> date:
        """The day to judge by, now."""
        return self._today()

    @property
    def config(self) -> Config:
        """The settings as kb.toml says them now. Raises ConfigError.

        An operation asks once, so that one answer stands on one state of the file.
        """
        git_root = self.git_root
        path = self.root / CONFIG_NAME
        if path.is_symlink():
            resolve_inside(path, find_boundary(self.root, git_root))
        config = load_config(self.root, git_root)
        if config != self._config:
            self._config = config
            for warning in config.warnings:
                self.say(warning)
        return config

    def begin_look(self) -> "FreshnessCheck | None":
        """Let git begin to look at the files, for a question to the index that follows soon."""
        return FreshnessCheck(self.root, self.git_root)

    def ask_index(
        self,
        config: Config,
        question: "Callable[[OpenIndex], T]",
        *,
        progress: Progress | None = None,
        check: "FreshnessCheck | None" = None,
        eager: bool = False,
    ) -> "T":
        """The answer of `question` on the index, brought in step with the files first; see `sync.ask_index`."""
        from kbcli.knowledge.index.sync import ask_index

        return ask_index(config, question, progress=progress, notice=self.say, check=check, eager=eager)

    def answer_key(self) -> "AnswerKey":
        """All that answers depend on, now: the only key of any cache of them. Raises ConfigError.

        The index is brought in step with the files first, so a key is never older than they are.
        """
        from kbcli.knowledge.search.synonyms import load_synonyms
        from kbcli.support.links import list_files

        config = self.config
        identity, depended = self.ask_index(config, self.describe_index)
        settings = f"{config.lang}\0{config.source}"
        links = tuple(list_files(config.root, config.boundary).items())
        synonyms = load_synonyms(config.root)
        files = self.stamp_depended(config, depended)
        return AnswerKey(identity, self.today, settings, synonyms, links, files)

    def stamp_depended(self, config: Config, values: tuple[str, ...]) -> tuple[tuple[str, Stamp | None], ...]:
        """The files that these dependencies of cards come to, as the disk tells them apart now."""
        from kbcli.knowledge.search.suspects import stamp_depended

        return stamp_depended(config, values)

    def describe_index(self, index: "OpenIndex") -> tuple[str, tuple[str, ...]]:
        """The identity of an index, and what its cards depend on beside each other."""
        from kbcli.knowledge.search.suspects import list_depended

        return index.reader.identity, list_depended(index.reader)

    def find_author(self) -> "Person | None":
        """Who is the author of a commit, where that is not whom git knows here."""
        if not self.actor:
            return None
        from kbcli.foundation.git.people import Person, find_identity

        identity = find_identity(self.root)
        if self.actor in (identity.email, identity.name):
            return None
        return Person(email=self.actor) if "@" in self.actor else Person(name=self.actor)

    def find_actor(self, by: str | None = None) -> str:
        """Who does this: who is named, else `actor`, else the address (or name) that git knows.

        Raises KbError when nobody is known, UsageError when nobody is named.
        """
        if by is not None:
            if not by.strip():
                raise UsageError("--by names nobody", "Give an address or a name.")
            return by.strip()
        from kbcli.foundation.git.people import find_identity

        identity = find_identity(self.root)
        if actor := self.actor or identity.email or identity.name:
            return actor
        if not find_git_version(self.root):
            raise KbError("git is not installed, so it cannot say who you are", "Use --by, or install git.")
        raise KbError(
            "git does not know who you are",
            "Run `git config --global user.email you@example.org`, or use --by where there is one.",
        )


class AnswerKey(NamedTuple):
    """What two searches must have in common to have the same answer: cards, day, settings, synonyms, links, what cards depend on."""

    cards: str
    day: date
    settings: str
    synonyms: "Synonyms"
    links: tuple[tuple[str, Stamp], ...]
    depended: tuple[tuple[str, Stamp | None], ...] = ()


class JudgedCard(NamedTuple):
    """A card as it is on disk, and its trust on the day `today`."""

    card: "Card"
    trust: "Trust"
    today: date


def keep_changes(kb: Base, config: Config, paths: Sequence[str], subject: str, *, commit: bool) -> None:
    """Commit these files, or say that what changed is known to nobody else yet. Raises GitError."""
    if commit:
        from kbcli.foundation.git.commit import commit_files

        say_committed(kb, commit_files(config.root, paths, subject, author=kb.find_author()))
    elif config.git_root is not None:
        kb.say("only here so far: commit it (or use --commit) and push, so that others see it")


def say_committed(kb: Base, sha: str) -> None:
    """Name a commit, or say that there was nothing to commit."""
    kb.say(f"committed {sha[:10]}" if sha else "nothing was committed: git has all of it already")


def judge_found(config: Config, card: "Card", today: date) -> JudgedCard:
    """A card with its trust, judged without git history."""
    from kbcli.knowledge.trust.judging import judge_one

    return JudgedCard(card, judge_one(config, card, today), today)


def read_judged(config: Config, reference: str, today: date) -> JudgedCard:
    """The card that a reference names, judged without git history. Raises CardNotFoundError, KbError."""
    from kbcli.knowledge.index.references import load_card

    return judge_found(config, load_card(config, reference), today)


def judge_chosen(
    kb: Base, config: Config, filters: "Mapping[str, Any]", *, history: bool
) -> "tuple[Library, CardFilter, dict[str, Trust]]":
    """All cards, the filter that chooses among them, and their trust by path; which of its words no card has is said. Raises UsageError."""
    from kbcli.knowledge.cards.library import load_library
    from kbcli.knowledge.trust.filters import find_unknown_words, make_filter

    chosen = make_filter(config, **filters)
    library = load_library(config)
    for sentence in find_unknown_words(library.cards, chosen):
        kb.say(sentence)
    return library, chosen, judge_cards(library, kb.today, history=history)


def wants_history(config: Config, history: bool | None) -> bool:
    """Whether git history is to be asked: as the caller says, else as kb.toml does."""
    return config.history if history is None else history


def judge_cards(library: "Library", day: date, *, history: bool) -> "dict[str, Trust]":
    """The trust of each card, by path; with what git history says of those without a digest."""
    from kbcli.knowledge.past.provenance import load_changed
    from kbcli.knowledge.trust.judging import judge_library

    return judge_library(library, day, changed=load_changed(library) if history else None)


def read_span(text: str | None) -> int | None:
    """The days of a span such as `30d`, `6w` or `3m`; None for none. Raises UsageError."""
    from kbcli.foundation.calendar import parse_interval

    if text is None:
        return None
    try:
        days = parse_interval(text).days
    except ValueError as error:
        raise UsageError(f"--within: {error}", "Use 30d, 6w or 3m.") from None
    if days > _LONGEST_SPAN:
        raise UsageError(f"--within is “{text}”", "Use 30d, 6w or 3m.")
    return days


def read_day(text: str, origin: str) -> date:
    """The day that an option or variable says. Raises UsageError, which names it."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise UsageError(f"{origin} is “{text}”", "It must be a day such as 2026-08-21.")
    return day
