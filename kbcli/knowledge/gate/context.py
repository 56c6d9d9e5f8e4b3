"""What the rules of a check look at: the cards, the day, and what follows from them."""

import os
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cached_property

from kbcli.config import Config
from kbcli.foundation.git.codeowners import CodeOwners, load_codeowners
from kbcli.foundation.git.log import History
from kbcli.foundation.typed import TYPE_CHECKING
from kbcli.knowledge.cards.claims import MARK, Claim, read_claims
from kbcli.knowledge.cards.library import Library
from kbcli.knowledge.cards.model import Card, Problem
from kbcli.knowledge.gate.rule import Finding, report_problem
from kbcli.knowledge.trust.dependencies import DependencyReader, find_suspects
from kbcli.knowledge.trust.judging import judge_library
from kbcli.knowledge.trust.states import Trust

if TYPE_CHECKING:
    from kbcli.foundation.weblinks.outcomes import Outcome
    from kbcli.knowledge.likeness.pairs import DuplicatePair, PairFinder
    from kbcli.knowledge.past.provenance import Origin
    from kbcli.knowledge.past.vouching import Vouching

_DAMAGE = frozenset(("bad-front-matter", "merge-conflict"))


class CheckCache:
    """What one check worked out that another, of much the same cards, need not work out again.

    Filled by the first of two checks, used by the second, whose findings matter only where the first
    has some too. `pairs` finds near-duplicates.
    """

    def __init__(self, pairs: "PairFinder | None" = None) -> None:
        self._pairs = pairs
        self._sound: dict[int, Card] = {}

    @cached_property
    def pairs(self) -> "PairFinder":
        """What finds near-duplicates."""
        from kbcli.knowledge.likeness.pairs import PairFinder

        return self._pairs or PairFinder()

    def note_sound(self, card: Card) -> None:
        """Remember that all links of a card lead somewhere."""
        self._sound[id(card)] = card

    def is_sound(self, card: Card) -> bool:
        """Whether all links of this very card led somewhere in the first check."""
        return id(card) in self._sound


class CheckContext:
    """One run of the gate. Everything beside the library and the day is worked out when first asked for.

    `history` is None where it is not known (no git, a shallow clone, or not asked for), `web` (what
    each address answered) where the web was not asked: rules that need them then find nothing.
    """

    def __init__(
        self,
        library: Library,
        today: date,
        history: History | None = None,
        web: "Mapping[str, Outcome] | None" = None,
        cache: CheckCache | None = None,
    ) -> None:
        self.library = library
        self.today = today
        self.history = history
        self.web = web
        self.cache = cache or CheckCache()
        self._unknown: dict[str, tuple[Card, str]] = {}

    @property
    def config(self) -> Config:
        """The settings of the knowledge base."""
        return self.library.config

    @property
    def cards(self) -> tuple[Card, ...]:
        """Every card, sorted by path."""
        return self.library.cards

    @cached_property
    def vouching(self) -> "Vouching":
        """Who vouched for the cards, by git history, for the rules that need it."""
        from kbcli.knowledge.past.vouching import Vouching

        assert self.history is not None
        return Vouching(self.config, self.cards, self.history)

    @cached_property
    def codeowners(self) -> CodeOwners | None:
        """The repository's CODEOWNERS file, if it has one."""
        return load_codeowners(self.config.git_root) if self.config.git_root is not None else None

    @cached_property
    def prefix(self) -> str:
        """What to put before a card's path so that it is relative to the git root."""
        return find_prefix(self.config)

    def is_known(self, card: Card, origin: "Origin") -> bool:
        """Whether history says where something came from; notes the card for the rule unknown-history where it does not.

        What is not committed yet is nobody's word, and noted by nobody.
        """
        from kbcli.knowledge.past.provenance import UNCOMMITTED

        if origin.why and origin.why != UNCOMMITTED:
            self._unknown.setdefault(card.path, (card, origin.why))
        return not origin.why

    @property
    def unknown(self) -> Mapping[str, tuple[Card, str]]:
        """Cards that a rule could not judge so far, by path, and why (as `Origin.why`)."""
        return self._unknown

    @cached_property
    def dependencies(self) -> DependencyReader:
        """What the cards depend on, each file read once."""
        return DependencyReader(self.library)

    @cached_property
    def trusts(self) -> Mapping[str, Trust]:
        """The trust of each card, by path."""
        changed = None
        if self.history is not None:
            from kbcli.knowledge.past.provenance import find_changed

            changed = find_changed(self.library, self.history, self.vouching.facts)
        suspects = find_suspects(self.library, self.dependencies)
        return judge_library(self.library, self.today, changed=changed, suspects=suspects)

    @cached_property
    def duplicates(self) -> "tuple[DuplicatePair, ...]":
        """The pairs of cards that say the same."""
        return self.cache.pairs.find(self.library)

    @cached_property
    def problems(self) -> Mapping[str, tuple[tuple[Problem, Card | None], ...]]:
        """What was noted while reading, by rule ID, with the card it is about."""
        found: dict[str, list[tuple[Problem, Card | None]]] = {}
        for problem in self.library.problems:
            found.setdefault(problem.rule, []).append((problem, None))
        for card in self.library.cards:
            for problem in card.problems:
                found.setdefault(problem.rule, []).append((problem, card))
        return {rule: tuple(items) for rule, items in found.items()}

    @cached_property
    def claims(self) -> tuple[tuple[Card, tuple[Claim, ...], tuple[Problem, ...]], ...]:
        """Cards with `kb:until` comments: the claims, and what is wrong with those that cannot be read."""
        return tuple((card, *read_claims(card)) for card in self.library.cards if MARK in card.body)

    def report_problems(self, rule: str) -> Iterator[Finding]:
        """The findings of a rule that is judged while a file is read."""
        for problem, card in self.problems.get(rule, ()):
            yield report_problem(problem, card)

    def has_bad_field(self, card: Card, name: str) -> bool:
        """Whether a field could not be read, so that nothing may be said of its absence."""
        return any(problem.subject == name for problem in card.problems) or self.is_damaged(card)

    def is_damaged(self, card: Card) -> bool:
        """Whether the front matter as a whole could not be read."""
        return not card.lines and any(problem.rule in _DAMAGE for problem in card.problems)


def find_prefix(config: Config) -> str:
    """What to put before a card's path so that it is relative to the git root."""
    if config.git_root is None:
        return ""
    relative = os.path.relpath(config.root, config.git_root).replace(os.sep, "/")
    return "" if relative == "." else f"{relative}/"
