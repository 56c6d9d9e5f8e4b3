"""Affected: tickets that were answered from a text which has since been corrected."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from kbcli.errors import UsageError
from kbcli.foundation.git.objects import read_blobs
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.cards.reader import read_card
from kbcli.knowledge.index.references import load_card
from kbcli.knowledge.past.provenance import find_card_history
from kbcli.operations.base import Base
from kbcli.operations.link import keep_lines, name_ticket
from kbcli.support.links.affected import group_affected
from kbcli.support.links.lines import SETTLED, LinkLine, make_id, read_lines


class SentText(NamedTuple):
    """The tickets that were answered from one text of a card, newest first; `sent` is None where git does not know it."""

    digest: str
    tickets: tuple[tuple[str, date], ...]
    sent: Card | None


class AffectedTickets(NamedTuple):
    """A card as it is now, and each text of it that tickets were answered from and that is another, newest first."""

    card: Card
    texts: tuple[SentText, ...]


def find_affected(
    kb: Base, card: str, *, settle: Sequence[str] = (), editorial: bool = False, commit: bool = False
) -> AffectedTickets:
    """The tickets answered from a text of the card that is no longer its text; settled ones are left out.

    `settle` notes first that these tickets are dealt with, for good: their customers know, or need not. `editorial` notes
    of all of them that the text of now says the same as what was sent; a later correction concerns them again. With
    `commit` the file is committed. Raises KbError for an unknown card, UsageError for a ticket that is not affected.
    """
    config = kb.config
    found = load_card(config, card)
    names = {found.id, *found.former_ids}
    lines = [line for line in read_lines(config.root, config.boundary)[0] if line.card in names]
    old = group_affected(found, lines)
    made = list(_settle(kb.today, old, [name_ticket(kb, ticket) for ticket in settle]))
    if editorial:
        tickets = dict.fromkeys(line.ticket for group in old.values() for line in group)
        made += [LinkLine(make_id(), kb.today, name, found.id, found.digest, SETTLED) for name in tickets]
    if made:
        keep_lines(kb, config, made, f"Settle tickets answered from {found.id}", commit=commit)
        old = group_affected(found, [*lines, *made])
    sent = _find_texts(kb, found, set(old)) if old else {}
    texts = [SentText(digest, _list_tickets(group), sent.get(digest)) for digest, group in old.items()]
    return AffectedTickets(found, tuple(sorted(texts, key=lambda text: text.tickets[0][1], reverse=True)))


def _settle(today: date, old: Mapping[str, Sequence[LinkLine]], tickets: Sequence[str]) -> Iterator[LinkLine]:
    for name in tickets:
        lines = [line for group in old.values() for line in group if line.ticket == name]
        if not lines:
            raise UsageError(f"{name} is not affected", "`kb affected CARD` lists those that are.")
        for line in {line.digest: line for line in lines}.values():
            yield line._replace(id=make_id(), on=today, outcome=SETTLED)


def _list_tickets(lines: Sequence[LinkLine]) -> tuple[tuple[str, date], ...]:
    """The tickets of lines with the day each was answered last, newest first."""
    days = {line.ticket: line.on for line in lines}
    return tuple(sorted(days.items(), key=lambda item: (item[1], item[0]), reverse=True))


def _find_texts(kb: Base, card: Card, wanted: set[str]) -> dict[str, Card]:
    """The card as it was when it had each of these digests, from git."""
    config = kb.config
    if config.git_root is None:
        return {}
    versions = find_card_history(config, card).versions.get(card.path, ())
    blobs = read_blobs(config.root, [version.blob for version in versions if version.blob])
    found: dict[str, Card] = {}
    for version in versions:
        if (data := blobs.get(version.blob)) is not None:
            then = read_card(data, version.path, config)
            found |= {digest: then for digest in wanted - found.keys() if then.has_digest(digest)}
    return found
