"""What a check rule is made of, and what it says: one finding about one place."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from kbcli.foundation.typed import TYPE_CHECKING, NamedTuple
from kbcli.knowledge.cards.library import Library
from kbcli.knowledge.cards.model import Card, Problem

if TYPE_CHECKING:
    from kbcli.knowledge.gate.context import CheckContext


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


class Names:
    """What files and cards of one side of a change are called now; of this side, as they are.

    `prefix` is what to put before a path of the knowledge base of that side to have it from the git root.
    """

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix

    def find_path(self, path: str) -> str | None:
        """The path of a card's file, both relative to the knowledge base; None when another took its place."""
        return path

    def find_full(self, full: str) -> str:
        """The path of any file (or of a card's path without its suffix), both from the git root."""
        return full

    def find_id(self, ident: str) -> str:
        """The ID of a card; the same when it is not known."""
        return ident


class Change(NamedTuple):
    """The two sides of a change, and what one rule found before it."""

    before: Library
    now: Library
    names: Names
    found: tuple[Finding, ...]


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
    - `recall`: for rules that compare cards: given both sides, whether a finding of now was there;
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
    history: bool = False
    web: bool = False
    digests: bool = False
    reads: tuple[str, ...] = ()
    settings: bool = False
    closing: bool = False
    join: Callable[[list[Finding]], Finding] | None = None
    identify: Callable[[Finding, Names], Iterable[str]] = identify_by_subject
    recall: Callable[[Change], Callable[[Finding], bool]] | None = None
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
) -> Finding:
    """A finding about a card; the gate decides its severity."""
    return Finding(rule, "warning", card.path, line, card.id, message, hint, subject, age)


def report_file(
    rule: str, path: str, message: str, hint: str, *, line: int = 1, subject: str = "", age: int | None = None
) -> Finding:
    """A finding about a file that is no card, such as kb.toml; the gate decides its severity."""
    return Finding(rule, "warning", path, line, "", message, hint, subject, age)


def report_problem(problem: Problem, card: Card | None) -> Finding:
    """The finding for something that was noted while a file was read."""
    ident = card.id if card is not None else ""
    return Finding(
        problem.rule,
        "warning",
        problem.path,
        problem.line,
        ident,
        problem.message,
        problem.hint,
        problem.subject,
    )
