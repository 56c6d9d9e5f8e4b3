"""What a check says: one result of one rule about one place."""

from typing import NamedTuple

from kbcli.knowledge.cards.model import Card, Problem


class Finding(NamedTuple):
    """One thing a rule found.

    `severity` is `error` or `warning`. `path` is relative to the knowledge base (POSIX), `line`
    counts from 1. `card` is the card's ID, "" when the file gave no card. `hint` is the remedy.
    `subject` tells two findings of one rule in one card apart without naming a line (a field, a
    link target), so that a baseline survives edits above it. `age` is the number of days since
    it began, None when nothing tells.
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
