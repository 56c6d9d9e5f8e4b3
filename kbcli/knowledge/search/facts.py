"""The trust of a card from what the index keeps of it, without reading its file."""

from datetime import date

from kbcli.knowledge.index.record import CardRecord
from kbcli.knowledge.trust.states import TrustFacts


def gather_record_facts(record: CardRecord) -> TrustFacts:
    """The facts of an indexed card, as `gather_facts` gives them for the card itself.

    The index knows nothing of git history: `changed` is None without a digest. What makes a card
    suspect is found by find_record_suspects.
    """
    return TrustFacts(
        status=record.status,
        verified=_read_day(record.verified),
        due=_read_day(record.due),
        window=record.window_days,
        changed=record.changed if record.has_digest else None,
        basis="digest" if record.has_digest else "date",
        flagged=record.flagged,
        flag_reason=record.flagged_reason,
    )


def _read_day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
