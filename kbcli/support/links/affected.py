"""Which links are to a text that a card no longer has."""

from collections.abc import Sequence
from datetime import date

from kbcli.knowledge.cards.model import Card
from kbcli.support.links.lines import OUTCOMES, SETTLED, LinkLine


def group_affected(found: Card, lines: Sequence[LinkLine]) -> dict[str, list[LinkLine]]:
    """The links to texts that the card no longer has, by digest."""
    settled = {(line.ticket, line.digest) for line in lines if line.outcome == SETTLED}
    by_digest: dict[str, list[LinkLine]] = {}
    for line in lines:
        if line.outcome in OUTCOMES and line.digest and (line.ticket, line.digest) not in settled:
            by_digest.setdefault(line.digest, []).append(line)
    # Who was answered from the text of now knows it, as does whose answer says the same, unless another came on a later day.
    told: dict[str, date] = {}
    for line in lines:
        if line.outcome in (*OUTCOMES, SETTLED) and line.digest and found.has_digest(line.digest):
            told[line.ticket] = max(line.on, told.get(line.ticket, line.on))
    old = {
        digest: [line for line in group if line.on > told.get(line.ticket, date.min)]
        for digest, group in by_digest.items()
        if not found.has_digest(digest)
    }
    return {digest: group for digest, group in old.items() if group}
