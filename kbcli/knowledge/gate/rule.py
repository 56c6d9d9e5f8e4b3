"""What a check rule is made of."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from kbcli.knowledge.gate.context import CheckContext
from kbcli.knowledge.gate.findings import Finding


@dataclass(frozen=True, slots=True)
class Rule:
    """One check: its ID (the name of its file), what it finds, why that matters, how to mend it.

    `severity` is the default: `error`, `warning` or `off`. A `summarised` rule is one that an
    adopter has by the hundred: people are shown a count of it instead of each finding.
    `archived` rules judge archived cards too; all others leave them alone. `history` rules are
    judged from git history, and run only when that is asked for.
    """

    id: str
    severity: str
    title: str
    what: str
    why: str
    mend: str
    find: Callable[[CheckContext], Iterator[Finding]]
    summarised: bool = False
    archived: bool = False
    history: bool = False
