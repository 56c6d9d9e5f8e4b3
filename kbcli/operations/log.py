"""Log: the life of a card, from git."""

from collections.abc import Sequence
from dataclasses import replace

from kbcli.errors import refuse_unknown
from kbcli.knowledge.index.references import load_card
from kbcli.knowledge.past import LIFE_EVENTS
from kbcli.knowledge.past.life import Life, trace_life
from kbcli.operations.base import Base


def log_card(kb: Base, card: str, *, only: Sequence[str] = (), limit: int | None = None) -> Life:
    """What happened to a card, newest first: only events of these kinds (of LIFE_EVENTS), only the newest `limit`.

    Raises UsageError for a kind that does not exist, KbError for an unknown card.
    """
    for word in only:
        refuse_unknown(word, LIFE_EVENTS, f"“{word}” is not an event")
    config = kb.config
    life = trace_life(config, load_card(config, card), kb.today)
    events = tuple(event for event in life.events if not only or event.kind in only)
    return replace(life, events=events[:limit])
