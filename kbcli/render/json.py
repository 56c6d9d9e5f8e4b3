"""The JSON envelope, the same for every command, and the card inside it."""

import json
from collections.abc import Iterable, Mapping

from kbcli.foundation.typed import TYPE_CHECKING, NamedTuple
from kbcli.render.escape import replace_controls

if TYPE_CHECKING:
    from kbcli.knowledge.cards.model import Card
    from kbcli.knowledge.index.record import CardRecord
    from kbcli.knowledge.trust.judging import TrustSummary
    from kbcli.knowledge.trust.states import Trust

ENVELOPE_VERSION = 1


def format_envelope(command: str, data: object, problems: Iterable[Mapping[str, object]] = ()) -> str:
    """`{"kb": 1, "command", "data", "problems"}` as indented JSON with a final newline."""
    envelope = {"kb": ENVELOPE_VERSION, "command": command, "data": data, "problems": list(problems)}
    # Of control characters JSON itself escapes only C0; a terminal obeys more.
    return (
        replace_controls(
            json.dumps(envelope, ensure_ascii=False, indent=2, default=str),
            lambda character: json.dumps(character)[1:-1],
        )
        + "\n"
    )


def format_failure(command: str, message: str, hint: str, exit_code: int) -> str:
    """The envelope of a command that could not do its job: `data` is null, `problems` says why."""
    return format_envelope(command, None, [{"message": message, "hint": hint, "exit_code": exit_code}])


def describe_fields(result: NamedTuple) -> dict[str, object]:
    """The data of a result that says by its fields all there is to say."""
    return result._asdict()


def describe_card(card: "Card | CardRecord", trust: "Trust") -> dict[str, object]:
    """A card, or what the index keeps of one, with its trust under the documented keys."""
    return {
        "id": card.id,
        "path": card.path,
        "title": card.title,
        "type": card.type or None,
        "status": card.status,
        "owner": ", ".join(card.owners) or None,
        "tags": list(card.tags),
        "lang": card.lang,
        "state": trust.state,
        "reasons": [{"state": reason.state, "text": reason.text} for reason in trust.reasons],
        "verified": str(card.verified) if card.verified else None,
        "verified_by": card.verified_by or None,
        "due": trust.due.isoformat() if trust.due else None,
        "days_left": trust.days_left,
        "basis": trust.basis if card.verified else None,
    }


def describe_summary(summary: "TrustSummary") -> dict[str, object]:
    """The trust score (0 to 1, null when no card is active) and the number of cards in each state."""
    return {
        "trust_score": None if summary.score is None else round(summary.score, 4),
        "active": summary.active,
        "counts": dict(summary.counts),
    }
