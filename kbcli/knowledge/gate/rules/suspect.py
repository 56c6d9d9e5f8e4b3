"""suspect: something a card depends on changed."""

import os
import re
from collections.abc import Iterator

from kbcli.knowledge.gate.context import CheckContext
from kbcli.knowledge.gate.rule import Finding, Findings, Names, Rule, report_card
from kbcli.knowledge.gate.run import find_prefix
from kbcli.knowledge.trust.dependencies import CARD_PREFIX

ID = "suspect"
_CARD_NAMED = re.compile(r"(the card|its source) (\S.*?) (changed|is new|is gone)\Z")


def find_suspect_cards(context: CheckContext) -> Findings:
    """Verified cards of which a dependency or the translation source changed; one finding for each change."""
    for card in context.cards:
        for reason in context.trusts[card.path].reasons:
            if reason.state == ID:
                translated = reason.text.endswith("translated")
                field = "translation_digest" if translated else "depends_digest"
                yield report_card(
                    ID,
                    card,
                    reason.text,
                    f"Check the card against it, then run `kb verify {card.id}`.",
                    line=card.line_of(field),
                    subject=reason.text.split(" since ", 1)[0],
                )


def _identify(found: Finding, names: Names) -> tuple[str]:
    named = _CARD_NAMED.match(found.subject)
    return (f"{named[1]} {names.find_id(named[2])} {named[3]}" if named else found.subject,)


def _list_needed(found: Finding, context: CheckContext) -> Iterator[str]:
    library = context.library
    card = library.by_path[found.path]
    yield from context.dependencies.list_paths(card)
    yield from (os.path.normpath(value).replace(os.sep, "/") for value in card.depends_on)
    names = [
        value.removeprefix(CARD_PREFIX).strip() for value in card.depends_on if value.startswith(CARD_PREFIX)
    ]
    for name in (*names, card.translation_of):
        if name and (other := library.find_id(name)) is not None:
            yield find_prefix(context.config) + other.path


RULE = Rule(
    id=ID,
    severity="warning",
    title="A card that depends on something that changed",
    what="A file or card of depends_on, or the source of a translation, is not what it was at verification.",
    why="The card may still say what was true before that change.",
    mend="Read the change, mend the card where needed, and run `kb verify ID`.",
    find=find_suspect_cards,
    identify=_identify,
    rests_on=_list_needed,
)
