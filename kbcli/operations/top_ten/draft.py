"""Top-ten draft: what keeps coming this month, for support and product to decide what is done about it."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import sqrt

from kbcli.errors import KbError
from kbcli.foundation.redaction import find_personal_data
from kbcli.foundation.text.counts import count_things
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.trust.states import TRUSTED
from kbcli.operations.base import Base, keep_changes
from kbcli.operations.search import search_cards
from kbcli.operations.top_ten import Month, choose_month, move_month, read_months
from kbcli.support.ledger.top_ten import (
    FIND_ANSWER,
    POLICY,
    POSITIONING,
    Row,
    format_top_ten,
    locate_month,
    read_source,
    write_top_ten,
)
from kbcli.support.links.lines import OUTCOMES, read_lines
from kbcli.support.tickets.clusters import Cluster, find_clusters
from kbcli.support.tickets.customers import LEAST_CUSTOMERS

ROWS = 10
_GROWING = 3
_MONTHS_BEFORE = 3
# Words that find other tickets than those they were taken from say nothing.
_LEAST_FIT = 0.4
# How many deviations more than before: what chance does once in fifteen times.
_GROWS = 1.5
_FOUND_FIRST = 5
_PLAIN = re.compile(r"\w[\w.'-]*")
_NO_ID = re.compile(r"[^\w.-]+")


class FittingCard(NamedTuple):
    """The card that fits a row's words best: its trust state, and for how many tickets of the month it was used."""

    id: str
    state: str
    type: str
    used: int

    @property
    def is_trusted(self) -> bool:
        """Whether it can be relied on."""
        return self.state in TRUSTED


class DraftedRow(NamedTuple):
    """A row with what there is to know for deciding on it.

    `before` is how many tickets a month had them on average in the three months before, None where no month before is
    known. `is_growing` says that neither chance nor the load of the whole explains how many more there are now. `subjects` are those of three typical tickets. `proposed` is
    a category where one is likely, "" where people must say.
    """

    row: Row
    before: float | None
    is_growing: bool
    subjects: tuple[str, ...]
    card: FittingCard | None
    proposed: str


class DraftedTopTen(NamedTuple):
    """The rows of a month, most tickets first; its tickets, and how many of them the rows take in. `path` is "" where nothing was written."""

    month: str
    opened: int
    covered: int
    rows: tuple[DraftedRow, ...]
    path: str = ""


def draft_top_ten(kb: Base, month: str | None = None, *, commit: bool = False) -> DraftedTopTen:
    """What was asked most in a month (that of a week ago), and what grows fastest against the three months before.

    Writes `support/top-ten/MONTH.yaml` with categories left for people; one that is there already stays as it is.
    Raises UsageError for what is no month, KbError where there is no archive, or no ticket of that month in it.
    """
    config, asked = kb.config, choose_month(kb.today, month)
    months = read_months(kb, [move_month(asked, back) for back in range(-_MONTHS_BEFORE, 1)])
    now, before = months[asked], [months[move_month(asked, back)] for back in range(-_MONTHS_BEFORE, 0)]
    if not now.tickets:
        raise KbError(
            f"the archive has no ticket of {asked} with a text", "`kb tickets status` says what it holds."
        )
    with kb.show_progress("comparing tickets") as progress:
        clusters = find_clusters(
            [ticket.text for ticket in now.tickets],
            progress,
            least=LEAST_CUSTOMERS,
            customers=[ticket.customer for ticket in now.tickets],
            companies=[ticket.ticket.company or ticket.customer for ticket in now.tickets],
        )
    chosen = _choose(_list_candidates(now, before, clusters))
    used = _count_uses(kb, asked)
    has_languages = len({cluster.lang for cluster in clusters}) > 1
    rows = tuple(_complete(kb, one, now, used, has_languages=has_languages) for one in chosen)
    covered = len({place for one in chosen for place in one.places})
    path = ""
    if read_source(config, locate_month(asked)) is not None:
        kb.say(f"{locate_month(asked)} is there already, and stays as it is")
    elif rows:
        notes = {one.row.id: _write_note(one) for one in rows}
        about = f"The top ten of {asked}: drafted by kb from {count_things(now.opened, 'ticket')}, decided by people."
        path = write_top_ten(config, asked, format_top_ten(asked, [one.row for one in rows], notes, about))
        keep_changes(kb, config, (path,), f"Draft the top ten of {asked}", commit=commit)
    return DraftedTopTen(asked, now.opened, covered, rows, path)


class _Candidate(NamedTuple):
    """A cluster with the tickets that its words find, and how many a month they found before (None: nothing is known).

    `load` is how many times as many tickets the month has as all the months before together.
    """

    cluster: Cluster
    places: frozenset[int]
    before: float | None
    months: int = 0
    load: float = 0.0

    @property
    def growth(self) -> float:
        """How much more than the load of the whole explains, in deviations of the difference of two counts (Poisson)."""
        if self.before is None:
            return 0.0
        expected = self.before * self.months * self.load
        return (len(self.places) - expected) / sqrt(len(self.places) + expected * self.load + 1)


def _list_candidates(
    now: Month, before: Sequence[Month], clusters: Sequence[Cluster]
) -> Iterator[_Candidate]:
    """The clusters whose words find the tickets of five customers at least, and are no personal data when put together."""
    known = [month for month in before if month.tickets]
    load = len(now.tickets) / (sum(len(month.tickets) for month in known) or 1)
    for cluster in clusters:
        words = cluster.words
        if cluster.fit < _LEAST_FIT or any(find_personal_data(sign.join(words)) for sign in (" ", "-")):
            continue
        found = frozenset(now.find(words, cluster.lang))
        if now.count_customers(found) >= LEAST_CUSTOMERS:
            earlier = sum(len(month.find(words, cluster.lang)) for month in known)
            average = earlier / len(known) if known else None
            yield _Candidate(cluster, found, average, len(known), load)


def _choose(candidates: Iterable[_Candidate]) -> list[_Candidate]:
    """The ten rows: seven with the most tickets, then those that grow most; none that shares half of its tickets with another."""
    pool = sorted(candidates, key=lambda one: (-len(one.places), one.cluster.words))
    growing = sorted((one for one in pool if one.growth >= _GROWS), key=lambda one: -one.growth)
    chosen: list[_Candidate] = []
    for ranked, most in ((pool, ROWS - _GROWING), (growing, ROWS), (pool, ROWS)):
        for one in ranked:
            if len(chosen) < most and not any(_share_much(one, other) for other in chosen):
                chosen.append(one)
    return sorted(chosen, key=lambda one: (-len(one.places), one.cluster.words))


def _share_much(one: _Candidate, other: _Candidate) -> bool:
    return 2 * len(one.places & other.places) >= min(len(one.places), len(other.places))


def _count_uses(kb: Base, month: str) -> Counter[str]:
    """For how many tickets each card was used in a month, by its ID."""
    config = kb.config
    lines = read_lines(config.root, config.boundary)[0]
    used = {
        (line.card, line.ticket) for line in lines if line.outcome in OUTCOMES and f"{line.on:%Y-%m}" == month
    }
    return Counter(card for card, _ in used)


def _complete(
    kb: Base, one: _Candidate, now: Month, used: Mapping[str, int], *, has_languages: bool
) -> DraftedRow:
    """The row of a candidate, with the card that fits its words, and what a likely category is."""
    words, lang = one.cluster.words, one.cluster.lang
    card = find_fitting_card(kb, words, one.cluster.subjects, used)
    proposed = ""
    if card is not None:
        proposed = card.type if card.type in (POSITIONING, POLICY) else FIND_ANSWER if card.is_trusted else ""
    row = Row(
        id=_NO_ID.sub("-", "-".join(words)).strip("-.")[:60] or f"row-{now.name}",
        title=", ".join(words),
        words=words,
        tickets=len(one.places),
        lang=lang if has_languages else "",
    )
    return DraftedRow(row, one.before, one.growth >= _GROWS, one.cluster.subjects, card, proposed)


def find_fitting_card(
    kb: Base, words: Sequence[str], subjects: Sequence[str], used: Mapping[str, int]
) -> FittingCard | None:
    """The card that a search for the words finds first, None where none fits well, or it is none that a subject finds.

    Two or three words say little: “recover” finds how to recover an account where mails are what was lost.
    """
    # In quotes nothing that customers wrote is an operator.
    asked = (word if _PLAIN.fullmatch(word) else f'"{word.replace(chr(34), " ")}"' for word in words)
    result = search_cards(kb, " ".join(asked), limit=1).result
    if not result.hits or result.is_weak:
        return None
    hit = result.hits[0]
    record = hit.record
    if not any(record.id in _find_alike(kb, subject) for subject in subjects):
        return None
    return FittingCard(record.id, hit.trust.state, record.type, used.get(record.id, 0))


def _find_alike(kb: Base, subject: str) -> set[str]:
    """The cards that a search for a ticket's subject finds first."""
    found = search_cards(kb, subject, limit=_FOUND_FIRST, ticket=True).result
    return set() if found.is_weak else {hit.record.id for hit in found.hits}


def _write_note(row: DraftedRow) -> str:
    """What the file says beside the category that is left open: one line, to be read and deleted by people."""
    if row.card is None:
        return "no card fits"
    card = row.card
    uses = f", used for {count_things(card.used, 'ticket')}" if card.used else ""
    asked = f"{row.proposed}? " if row.proposed else ""
    return f"{asked}card:{card.id} fits and is {card.state}{uses}"
