"""The worst cards there are, by the index alone: flagged ones, then those that expired longest ago."""

from collections.abc import Sequence
from datetime import date

from kbcli.config import Config
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.index.port import Backend, Question, hold_any, one_of
from kbcli.knowledge.index.record import TRUST_FIELD, CardRecord, read_trust_term
from kbcli.knowledge.search.selection import ARCHIVED, find_states, fold_value

_WORST = ("flagged", "expired")


class WorstCards(NamedTuple):
    """Flagged and expired cards, worst first, and how many there are at all."""

    records: tuple[CardRecord, ...]
    total: int


def find_worst(
    config: Config, index: Backend, owners: Sequence[str], today: date, *, limit: int
) -> WorstCards:
    """The worst `limit` cards of these owners (of everybody: none named), and how many are flagged or expired.

    No card is judged by itself: those that are judged alike share a term, and the worst terms come first.
    """
    terms, _ = find_states(index, _WORST, today)
    owned = [term for owner in owners for term in fold_value(config, "owner", owner)]
    mine = (one_of(*hold_any(("owner",), owned)),) if owners else ()
    question = Question(none_of=(one_of(("status", ARCHIVED)),))

    def ask(wanted: Sequence[str], size: int) -> tuple[Sequence[CardRecord], int]:
        condition = one_of(*hold_any((TRUST_FIELD,), wanted))
        found = index.candidates(question._replace(all_of=(condition, *mine)), size)
        return [candidate.record for candidate in found.items], found.total

    total = ask(terms, 1)[1] if terms else 0
    records: list[CardRecord] = []
    for term in sorted(terms, key=_rank) if total else ():
        if len(records) >= limit:
            break
        records += ask([term], limit - len(records))[0]
    return WorstCards(tuple(records), total)


def _rank(term: str) -> tuple[bool, date]:
    facts, _ = read_trust_term(term)
    return not facts.flagged, facts.due or date.max
