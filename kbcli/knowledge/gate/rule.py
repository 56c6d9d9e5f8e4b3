"""What a check rule is made of, what it looks at (the cards, the day, and what follows from them), and what it says."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from kbcli.foundation.git.codeowners import CodeOwners, load_codeowners
from kbcli.foundation.git.log import History
from kbcli.foundation.groups import group_pairs
from kbcli.foundation.typed import TYPE_CHECKING, NamedTuple
from kbcli.knowledge.cards.claims import MARK, Claim, read_claims
from kbcli.knowledge.cards.inclusions import map_inclusions
from kbcli.knowledge.cards.library import Library
from kbcli.knowledge.cards.model import Card, Problem
from kbcli.knowledge.gate.change import Change, Names
from kbcli.knowledge.likeness.pairs import DuplicatePair, PairFinder
from kbcli.knowledge.trust.dependencies import DependencyReader, find_suspects
from kbcli.knowledge.trust.judging import judge_library
from kbcli.knowledge.trust.states import Trust

if TYPE_CHECKING:
    from kbcli.foundation.weblinks.outcomes import Outcome
    from kbcli.knowledge.past.provenance import Origin
    from kbcli.knowledge.past.vouching import Vouching

_DAMAGE = frozenset(("bad-front-matter", "merge-conflict"))


class Finding(NamedTuple):
    """One thing a rule found.

    `severity` is `error` or `warning`. `path` is relative to the knowledge base (POSIX) and may be
    that of any text file, `line` counts from 1. `card` is the card's ID, "" when the file is no card.
    `hint` is the remedy. `subject` tells two findings of one rule in one file apart without naming a
    line (a field, a link target), so that a baseline survives edits above it. `age` is the number of
    days since it began, None when nothing tells.
    """

    rule: str
    severity: str
    path: str
    line: int
    card: str
    message: str
    hint: str = ""
    subject: str = ""
    age: int | None = None

    @property
    def advice(self) -> str:
        """The message with its remedy."""
        return f"{self.message}. {self.hint}" if self.hint else self.message


Findings = Iterator[Finding]


def identify_by_subject(found: Finding, names: Names) -> Iterable[str]:
    """A finding is the same as another of its rule and file when their subjects are."""
    del names
    return (found.subject,)


def identify_by_message(found: Finding, names: Names) -> Iterable[str]:
    """A finding is the same as another of its rule and file when they say the same."""
    del names
    return (found.message,)


@dataclass(frozen=True, slots=True)
class Rule:
    """One check: its ID, what it finds, why that matters, how to mend it. Its prose is the manual's, too.

    `severity` is the default, `error`, `warning` or `off`; `severity_in_change` that of
    `kb check --base`, where it is another. What else the gate knows of a rule:

    - `summarised`: an adopter has such findings by the hundred, so people are shown a count of them;
    - `archived`: archived cards are judged too, which all other rules leave alone;
    - `lenient`: its warnings fail not even a strict check;
    - `graded`: its findings say themselves how bad they are, where kb.toml does not;
    - `of_change`: it compares both sides of a change, and runs in a check of one (or, with `history`, where
      that is known); what it finds is accepted one by one, with `kb check --base REF --accept`;
    - `history`, `web`, `digests`: it needs git history, the answers of the web, the digests of the
      files, and runs without findings where they were not asked for;
    - `reads`: globs, from the knowledge base, of the files beside cards and dependencies that it reads;
    - `settings`: it is judged from kb.toml alone, so at the merge base from the kb.toml of then;
    - `closing`: it reports what the other rules could not judge, so it runs after them, wherever a
      rule of history runs;
    - `join`: makes one finding of all it found, where they have one cause and one remedy.

    And how a finding is known again at the merge base of a change:

    - `identify`: one of these texts must be that of a finding of the rule in the same file then; they
      hold the names of now;
    - `recall`: for rules that compare cards: given both sides and what the rule found before, whether a
      finding of now was there;
    - `rests_on`: the other files that a finding depends on, as paths from the git root: where their
      content then is not known, the finding then excuses nothing;
    - `of_links`: its findings about a symbolic link are the same while that leads to the same place.
    """

    id: str
    severity: str
    title: str
    what: str
    why: str
    mend: str
    find: "Callable[[CheckContext], Findings]"
    severity_in_change: str = ""
    summarised: bool = False
    archived: bool = False
    lenient: bool = False
    graded: bool = False
    of_change: bool = False
    history: bool = False
    web: bool = False
    digests: bool = False
    reads: tuple[str, ...] = ()
    settings: bool = False
    closing: bool = False
    join: Callable[[list[Finding]], Finding] | None = None
    identify: Callable[[Finding, Names], Iterable[str]] = identify_by_subject
    recall: Callable[[Change, tuple[Finding, ...]], Callable[[Finding], bool]] | None = None
    rests_on: "Callable[[Finding, CheckContext], Iterable[str]] | None" = None
    of_links: bool = False


def report_card(
    rule: str,
    card: Card,
    message: str,
    hint: str,
    *,
    line: int = 1,
    subject: str = "",
    age: int | None = None,
    severity: str = "warning",
) -> Finding:
    """A finding about a card; the gate decides its severity, unless the rule is graded."""
    return Finding(rule, severity, card.path, line, card.id, message, hint, subject, age)


def report_file(
    rule: str,
    path: str,
    message: str,
    hint: str,
    *,
    line: int = 1,
    subject: str = "",
    age: int | None = None,
    severity: str = "warning",
) -> Finding:
    """A finding about a file that is no card, such as kb.toml; the gate decides its severity, unless the rule is graded."""
    return Finding(rule, severity, path, line, "", message, hint, subject, age)


def report_problem(problem: Problem, card: Card | None) -> Finding:
    """The finding for something that was noted while a file was read."""
    return Finding(
        problem.rule,
        "warning",
        problem.path,
        problem.line,
        card.id if card is not None else "",
        problem.message,
        problem.hint,
        problem.subject,
    )


class CheckCache:
    """What one check worked out that another, of much the same cards, need not work out again.

    Filled by the first of two checks, used by the second, whose findings matter only where the first
    has some too. `pairs` finds near-duplicates; `sound` are the very cards, by `id()`, all of whose links
    led somewhere, `unchanged` those whose text a change leaves as it is.
    """

    def __init__(self, pairs: PairFinder | None = None) -> None:
        self.pairs = pairs or PairFinder()
        self.sound: dict[int, Card] = {}
        self.unchanged: dict[int, Card] = {}


class CheckContext:
    """One run of the gate. Everything beside the library and the day is worked out when first asked for.

    `history` is None where it is not known (no git, a shallow clone, or not asked for), `web` (what
    each address answered) where the web was not asked: rules that need them then find nothing; `change` is
    what both sides of a change hold, where that is what is judged. `unknown`
    are the cards that a rule could not judge so far, by path, and why (as `Origin.why`); `prefix` is
    what to put before a card's path so that it is relative to the git root.
    """

    def __init__(
        self,
        library: Library,
        today: date,
        history: History | None = None,
        web: "Mapping[str, Outcome] | None" = None,
        cache: CheckCache | None = None,
        change: Change | None = None,
    ) -> None:
        self.change = change
        self.library = library
        self.config = library.config
        self.cards = library.cards
        self.prefix = self.config.prefix
        self.today = today
        self.history = history
        self.web = web
        self.cache = cache or CheckCache()
        self.unknown: dict[str, tuple[Card, str]] = {}

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

    def is_known(self, card: Card, origin: "Origin") -> bool:
        """Whether history says where something came from; notes the card for the rule unknown-history where it does not.

        What is not committed yet is nobody's word, and noted by nobody.
        """
        from kbcli.knowledge.past.provenance import UNCOMMITTED

        if origin.why and origin.why != UNCOMMITTED:
            self.unknown.setdefault(card.path, (card, origin.why))
        return not origin.why

    @cached_property
    def dependencies(self) -> DependencyReader:
        """What the cards depend on, each file read once."""
        return DependencyReader(self.library)

    @cached_property
    def trusts(self) -> Mapping[str, Trust]:
        """The trust of each card, by path."""
        changed: dict[str, bool] = {}
        if self.history is not None:
            from kbcli.knowledge.past.provenance import find_changed

            changed |= find_changed(self.library, self.history, self.vouching.facts)
        if self.change is not None:
            changed |= dict.fromkeys(self.change.accepted_texts, False)
        unvouched = self.change.unvouched if self.change is not None else frozenset()
        suspects = find_suspects(self.library, self.dependencies)
        return judge_library(
            self.library, self.today, changed=changed, suspects=suspects, unvouched=unvouched
        )

    @cached_property
    def duplicates(self) -> tuple[DuplicatePair, ...]:
        """The pairs of cards that say the same."""
        return self.cache.pairs.find(self.library)

    @cached_property
    def inclusions(self) -> Mapping[str, tuple[Card, ...]]:
        """The cards that take in another as a part, by the path of that."""
        return map_inclusions(self.library.cards)

    @cached_property
    def problems(self) -> Mapping[str, list[tuple[Problem, Card | None]]]:
        """What was noted while reading, by rule ID, with the card it is about."""
        noted: list[tuple[Problem, Card | None]] = [(problem, None) for problem in self.library.problems]
        noted += [(problem, card) for card in self.library.cards for problem in card.problems]
        return group_pairs((found[0].rule, found) for found in noted)

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
