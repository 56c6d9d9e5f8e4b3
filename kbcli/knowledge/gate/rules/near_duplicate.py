"""near-duplicate: two cards that say the same."""

from kbcli.foundation.typed import TYPE_CHECKING
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.gate.context import CheckContext
from kbcli.knowledge.gate.rule import Finding, Findings, Names, Rule, report_card

if TYPE_CHECKING:
    from kbcli.knowledge.likeness.pairs import DuplicatePair

ID = "near-duplicate"


def find_near_duplicates(context: CheckContext) -> Findings:
    """Both cards of each pair, so that it is seen whichever of them a change (or `kb check PATH`) is about."""
    for pair in context.duplicates:
        yield _report(pair, pair.a, pair.b)
        yield _report(pair, pair.b, pair.a)


def _report(pair: "DuplicatePair", card: Card, other: Card) -> Finding:
    share = f"{int(pair.similarity * 100)} %"
    message = f"it says much the same as {other.path} ({share} of the shorter one)"
    if pair.contained is not None:
        part, whole = ("it", other.path) if pair.contained is card else (other.path, "it")
        message = f"{part} is contained in {whole} ({share})"
    hint = f"Merge them, or add distinct_from: [{other.id}] when both are needed."
    return report_card(ID, card, message, hint, line=card.line_of("title"), subject=other.id)


def _identify(found: Finding, names: Names) -> tuple[str]:
    return (names.find_id(found.subject),)


RULE = Rule(
    id=ID,
    severity="off",
    title="Two cards that say the same",
    what="Most of one card's text stands in another too; translations and distinct_from are no duplicates.",
    why="Of two cards on one matter, one is corrected and the other goes on giving the old answer.",
    mend="Merge them (`kb duplicates` shows the pairs), or list one in distinct_from of the other.",
    find=find_near_duplicates,
    severity_in_change="warning",
    digests=True,
    identify=_identify,
)
