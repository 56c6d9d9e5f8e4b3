"""States found by the index alone."""

import random
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from memoryindex import MemoryIndex

from kbcli.config import Config
from kbcli.foundation.calendar import Interval
from kbcli.knowledge.cards.model import Card, Flag
from kbcli.knowledge.index.documents import make_document
from kbcli.knowledge.index.record import TRUST_FIELD, gather_record_facts
from kbcli.knowledge.search.selection import find_states
from kbcli.knowledge.search.worst import find_worst
from kbcli.knowledge.trust.states import STATES, judge_trust

DAY = date(2026, 11, 21)


def make_card(number: int, chance: random.Random) -> Card:
    """A card whose state may be any."""
    verified = chance.choice([None, DAY - timedelta(days=chance.randrange(-5, 200))])
    return Card(
        id=f"c{number}", path=f"c{number}.md", title="A card", lang="en",
        status=chance.choice(["active", "active", "active", "draft", "archived", "no such status"]),
        verified=verified, verify_every=chance.choice([None, Interval(90, "d"), Interval(0, "never")]),
        verified_digest=chance.choice(["", "", "another"]),
        depends_digest=chance.choice(["", "", "", "x"]),
        flagged=chance.choice([None, None, None, Flag(reason="wrong", by="x@example.org", on=DAY)]),
    )  # fmt: skip


def test_the_index_tells_states_as_judging_each_card_does() -> None:
    """On any day the documents of a state are those that judging every record finds, but for the unsure ones."""
    chance = random.Random(7)
    documents = [make_document(make_card(number, chance), 0) for number in range(300)]
    index = MemoryIndex(documents)
    for days in (-100, 0, 1, 40, 90, 400):
        today = DAY + timedelta(days=days)
        for state in STATES:
            sure, unsure = find_states(index, {state}, today)
            for document in documents:
                record, (term,) = document.record, document.terms[TRUST_FIELD]
                alone = judge_trust(gather_record_facts(record), today).state
                doubtful = bool(record.depends_digest) and alone in ("verified", "due")
                assert (term in unsure) == (doubtful and state in (alone, "suspect"))
                assert (term in sure) == (not doubtful and alone == state)


def test_the_worst_cards_are_flagged_or_expired_longest() -> None:
    """They are those that judging each card finds, flagged first, then by the day they expired; by owner where one is named."""
    chance = random.Random(8)
    cards = [replace(make_card(number, chance), owners=(chance.choice("ab"),)) for number in range(200)]
    documents = [make_document(card, 0) for card in cards]
    index = MemoryIndex(documents)
    for owners in ((), ("a",)):
        bad = [
            (record.id, state != "flagged", record.due or "9999")
            for record in (document.record for document in documents)
            if (state := judge_trust(gather_record_facts(record), DAY).state) in ("flagged", "expired")
            and (not owners or record.owners == owners)
        ]
        found = find_worst(Config(Path()), index, owners, DAY, limit=7)
        keys = {ident: (rank, due) for ident, rank, due in bad}
        assert found.total == len(bad)
        assert [keys[record.id] for record in found.records] == sorted(keys.values())[:7]
