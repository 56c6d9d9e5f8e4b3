"""Shift brief: what to know before a shift, on one screen."""

from collections.abc import Sequence
from datetime import date

from kbcli.config import Config
from kbcli.errors import CardNotFoundError, GitError, KbError
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.index.references import load_card
from kbcli.knowledge.index.sync import OpenIndex
from kbcli.knowledge.past.life import measure_change
from kbcli.knowledge.past.since import CardChange, list_changes, select_texts
from kbcli.knowledge.search.worst import WorstCards, find_worst
from kbcli.operations.base import Base
from kbcli.operations.shift import Shifts, find_seats, open_shifts
from kbcli.support.links.affected import group_affected
from kbcli.support.links.gaps import Gap, gather_gaps
from kbcli.support.links.lines import LinkLine, read_lines
from kbcli.support.shifts.board import find_last_day
from kbcli.support.shifts.debriefs import Debrief, list_debriefs, read_debrief
from kbcli.support.shifts.hours import Hours, find_hours
from kbcli.support.shifts.plan import Seat, sort_seats
from kbcli.support.shifts.roster import Member, find_member

WORDS_A_MINUTE = 200
READING_MINUTES = 10
_MOST_DOUBTFUL = 5


class Reading(NamedTuple):
    """A card to read, and how many minutes that takes."""

    id: str
    title: str
    minutes: int


class Doubtful(NamedTuple):
    """A card that is flagged or expired."""

    id: str
    title: str
    state: str


class Affected(NamedTuple):
    """A card that was corrected, and how many tickets were answered from what it said before, and not settled."""

    id: str
    title: str
    tickets: int


class Brief(NamedTuple):
    """What one person needs before a shift.

    `since` is the day their last shift ended, None before a first one. `handover` is what the last ended shift of
    the rota left. `changes` are texts that changed since then, the largest change first, `stamped` how many were only verified again.
    `doubtful` are the worst `flagged` and `expired` cards of the owners in `area` (all, where that is
    empty), `doubtful_total` how many there are. `reading` takes at most ten minutes. `affected` are of the changed texts those that
    tickets were answered from before, most tickets first; `gaps` are what was asked and not found, most wanted first.
    """

    seat: Seat
    person: str
    hours: Hours | None
    since: date | None
    handover: Debrief | None
    changes: tuple[CardChange, ...]
    stamped: int
    doubtful: tuple[Doubtful, ...]
    doubtful_total: int
    area: tuple[str, ...]
    reading: tuple[Reading, ...]
    affected: tuple[Affected, ...] = ()
    gaps: tuple[Gap, ...] = ()
    notes: tuple[str, ...] = ()


def brief_shift(kb: Base, *, who: str | None = None, shift: str | None = None) -> Brief:
    """The brief for somebody's shift that is on or next (`who`: who acts, by git), or for a shift by its name.

    Raises KbError where nobody such is in the rotas, or no shift of theirs is coming.
    """
    # Git looks at the files meanwhile.
    check = kb.begin_look()
    shifts = open_shifts(kb)
    person = shifts.find_person(kb.find_actor(who)) if shift is None or who is not None else None
    seat = _choose_seat(kb, shifts, person, shift)
    name = seat.person or (person.key if person else "")
    own = [one for one in sort_seats(shifts.plan.values()) if one.person == name and one.day < seat.day]
    since = find_last_day(shifts.roster, own[-1]) if own else None
    notes: list[str] = []
    changes = _list_changes(shifts, since, notes)
    texts = select_texts(changes)
    owners = _list_owners(shifts, name)
    area, worst = kb.ask_index(
        shifts.config, lambda index: _find_doubtful(shifts.config, index, owners, kb.today), check=check
    )
    changed = {name for change in texts for name in change.names}
    lines, bad = read_lines(shifts.config.root, shifts.config.boundary, changed)
    notes += [f"{one.path}:{one.line} cannot be read: {one.why}" for one in bad]
    rota = shifts.roster.find_rota(seat.label)
    return Brief(
        seat,
        name,
        None if rota is None else find_hours(rota, seat),
        since,
        _find_handover(shifts, seat),
        texts,
        sum(change.kind == "verified" for change in changes),
        tuple(Doubtful(one.id, one.title, "flagged" if one.flagged else "expired") for one in worst.records),
        worst.total,
        area,
        _choose_reading(shifts, texts, notes, is_first=since is None),
        _find_affected(texts, lines),
        tuple(gather_gaps(lines, ())),
        tuple(notes),
    )


def _list_changes(shifts: Shifts, since: date | None, notes: list[str]) -> tuple[CardChange, ...]:
    if since is None:
        return ()
    try:
        return list_changes(shifts.config, since)
    except GitError as error:
        notes.append(f"what changed is not known: {error.message}")
        return ()


def _choose_seat(kb: Base, shifts: Shifts, person: Member | None, shift: str | None) -> Seat:
    if shift is not None:
        seats = [
            seat
            for seat in find_seats(shifts, shift)
            if person is None or person.key in (seat.person, seat.buddy)
        ]
        if len(seats) != 1:
            names = ", ".join(seat.name for seat in seats) or "none of theirs"
            raise KbError(f"“{shift}” is not one shift: {names}", "Name one, such as 2027-01-04-0.")
        return seats[0]
    assert person is not None
    for seat in sort_seats(shifts.plan.values()):
        if seat.person == person.key and find_last_day(shifts.roster, seat) >= kb.today:
            return seat
    raise KbError(
        f"no shift of {person.key} is planned", "kb shift plan plans; kb shift list has what there is."
    )


def _find_handover(shifts: Shifts, seat: Seat) -> Debrief | None:
    """What the shift before in the same rota left: of those that were ended, the last."""
    done = list_debriefs(shifts.config)
    rota = seat.label.rpartition("-")[0]
    for other in reversed(sort_seats(shifts.plan.values())):
        if other.day < seat.day and other.label.rpartition("-")[0] == rota and other.name in done:
            return read_debrief(shifts.config, other.name)
    return None


def _list_owners(shifts: Shifts, name: str) -> tuple[str, ...]:
    """The names under which somebody may own cards: their groups and their own."""
    member = find_member(shifts.config, shifts.roster, name)
    names = [text for text in (name, member.email if member else "") if text]
    groups = [group for group, people in shifts.config.groups.items() if set(names) & set(people)]
    return (*groups, *names)


def _find_doubtful(
    config: Config, index: OpenIndex, owners: tuple[str, ...], today: date
) -> tuple[tuple[str, ...], WorstCards]:
    """The area of these owners and the flagged and expired cards in it; of everybody, where they own none such."""
    own = find_worst(config, index.reader, owners, today, limit=_MOST_DOUBTFUL)
    return (
        (owners, own)
        if own.total
        else ((), find_worst(config, index.reader, (), today, limit=_MOST_DOUBTFUL))
    )


def _find_affected(texts: tuple[CardChange, ...], lines: Sequence[LinkLine]) -> tuple[Affected, ...]:
    """Of the changed texts those that tickets were answered from before, most tickets first."""
    linked: dict[str, list[LinkLine]] = {}
    for line in lines:
        linked.setdefault(line.card, []).append(line)
    found = []
    for change in texts:
        own = [line for name in change.names for line in linked.get(name, ())]
        if own and change.card is not None:
            tickets = {line.ticket for group in group_affected(change.card, own).values() for line in group}
            found += [Affected(change.id, change.title, len(tickets))] if tickets else []
    return tuple(sorted(found, key=lambda one: (-one.tickets, one.id)))


def _choose_reading(
    shifts: Shifts, texts: tuple[CardChange, ...], notes: list[str], *, is_first: bool
) -> tuple[Reading, ...]:
    """What to read in ten minutes: before a first shift the cards of shifts.toml, else what changed most."""
    if is_first:
        return _list_first_reading(shifts, notes)
    chosen, left = [], READING_MINUTES
    for change in texts:
        if change.words is None:
            continue
        minutes = _count_minutes(change.words.added)
        if minutes <= left:
            chosen.append(Reading(change.id, change.title, minutes))
            left -= minutes
    return tuple(chosen)


def _list_first_reading(shifts: Shifts, notes: list[str]) -> tuple[Reading, ...]:
    found = []
    for reference in shifts.roster.read:
        try:
            card = load_card(shifts.config, reference)
        except CardNotFoundError:
            notes.append(f"shifts.toml says to read “{reference}”, and no card is called so")
            continue
        found.append(Reading(card.id, card.title, _count_minutes(measure_change("", card.body).added)))
    return tuple(found)


def _count_minutes(words: int) -> int:
    return max(1, round(words / WORDS_A_MINUTE))
