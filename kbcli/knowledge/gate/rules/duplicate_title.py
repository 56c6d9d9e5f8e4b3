"""duplicate-title: two cards of one language under one title."""

from collections.abc import Callable
from unicodedata import normalize

from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.gate.context import CheckContext
from kbcli.knowledge.gate.rule import Change, Finding, Findings, Rule, report_card

ID = "duplicate-title"


def find_duplicate_titles(context: CheckContext) -> Findings:
    """Cards whose title, but for case and letter forms, an earlier card of the same language has."""
    first: dict[tuple[str, str], list[Card]] = {}
    for card in context.cards:
        if not card.own_title or card.status == "archived":
            continue
        others = first.setdefault((card.lang.casefold(), fold_title(card.own_title)), [])
        other = next((other for other in others if not _are_told_apart(card, other)), None)
        others.append(card)
        if other is not None:
            yield report_card(
                ID,
                card,
                f"{other.path} has the same title, “{card.own_title}”",
                f"Merge them, say in the title how they differ, or add distinct_from: [{other.id}].",
                line=card.line_of("title") if not card.heading_title else card.body_line,
                subject=other.id,
            )


def fold_title(title: str) -> str:
    """A title as it is compared: NFKC, casefolded, spaces as one."""
    return " ".join(normalize("NFKC", normalize("NFKC", title).casefold()).split())


def _are_told_apart(card: Card, other: Card) -> bool:
    """Whether the cards say themselves that they are two: a translation, or distinct_from."""
    return (
        other.id == card.translation_of
        or card.id == other.translation_of
        or other.id in card.distinct_from
        or card.id in other.distinct_from
    )


def _recall(change: Change) -> Callable[[Finding], bool]:
    """Of cards that had one title it makes no difference which two of them are told."""
    parents: dict[str, str] = {}

    def find_root(name: str) -> str:
        while parents.get(name, name) != name:
            name = parents[name]
        return name

    for found in change.found:
        one, other = change.names.find_id(found.card), change.names.find_id(found.subject)
        parents.setdefault(one, one)
        parents.setdefault(other, other)
        parents[find_root(one)] = find_root(other)
    return lambda found: found.card in parents and find_root(found.card) == find_root(found.subject)


RULE = Rule(
    id=ID,
    severity="warning",
    title="Two cards with one title",
    what="Two cards of one language have the same title; a translation is no duplicate.",
    why="People who search see twice the same line and cannot choose; sooner or later the two disagree.",
    mend="Merge them, tell them apart in the title, or list one in distinct_from of the other.",
    find=find_duplicate_titles,
    recall=_recall,
)
