"""What to know before a shift, on one screen."""

from collections.abc import Iterator, Sequence

from kbcli.foundation.text.counts import count_things
from kbcli.foundation.typed import TYPE_CHECKING, NamedTuple
from kbcli.render.ansi import cut_to_width, paint
from kbcli.render.escape import make_line
from kbcli.render.formats import Output, View
from kbcli.render.words import shorten_person

if TYPE_CHECKING:
    from kbcli.operations.shift.brief import Brief
    from kbcli.support.links.gaps import Gap
    from kbcli.support.shifts.debriefs import Debrief
    from kbcli.support.shifts.plan import Seat

_USUAL_HEIGHT = 40
_LEAST, _MOST = 2, 10


class _Section(NamedTuple):
    """A list of the screen: its heading, its lines, worst first, how many there are, and what tells the others."""

    head: str
    lines: tuple[str, ...]
    total: int
    command: str = ""


def format_brief(brief: "Brief", view: View) -> Output:
    """One screen: the shift and its buddy, what was handed over, whom to tell, what is missing, what to doubt, what to read."""
    color, seat = view.color, brief.seat
    when = f"{seat.day:%a} {seat.day}"
    if brief.hours is not None and brief.hours.last > brief.hours.first:
        when += f" until {brief.hours.last:%a} {brief.hours.last}"
    hours = f", {brief.hours.local}" if brief.hours is not None and brief.hours.local else ""
    buddy = f", with {_plain(seat.buddy)}" if seat.buddy else ", without a buddy"
    lines = [paint(f"Shift of {_plain(brief.person)}: {when}{hours}{buddy}", "bold", color=color)]
    lines += [cut_to_width(line, view.width - 1) for line in _format_handover(brief)]
    if brief.since is None:
        lines.append("Your first shift.")
    elif not brief.changes:
        stamped = f" ({count_things(brief.stamped, 'card')} verified again)" if brief.stamped else ""
        lines.append(f"No text changed since your last shift, {brief.since}{stamped}.")
    sections = [section for section in _list_sections(brief) if section.lines]
    # The last line of a screen is the shell's.
    room = (view.height or _USUAL_HEIGHT) - len(lines) - 1
    for section, shown in zip(sections, _share_room(sections, room), strict=True):
        lines += ["", paint(cut_to_width(section.head, view.width - 1), "bold", color=color)]
        lines += [f"  {cut_to_width(line, max(view.width - 3, 20))}" for line in section.lines[:shown]]
        if section.total > shown:
            command = f": {section.command}" if section.command else ""
            lines.append(f"  and {section.total - shown} more{command}")
    return Output("".join(f"{line}\n" for line in lines), brief.notes)


def _share_room(sections: Sequence[_Section], room: int) -> list[int]:
    """How many lines each section shows: two at least, then one more each while the screen has room, ten at most."""
    shown = [min(_LEAST, len(section.lines)) for section in sections]

    def measure() -> int:
        return sum(
            2 + count + (section.total > count) for section, count in zip(sections, shown, strict=True)
        )

    grows = True
    while grows:
        grows = False
        for place, section in enumerate(sections):
            if shown[place] < min(_MOST, len(section.lines)):
                shown[place] += 1
                if measure() > room:
                    shown[place] -= 1
                else:
                    grows = True
    return shown


def _list_sections(brief: "Brief") -> Iterator[_Section]:
    affected = tuple(
        make_line(f"{count_things(one.tickets, 'ticket')}: kb affected {one.id}") for one in brief.affected
    )
    yield _Section("Corrected since, so tell these customers:", affected, len(affected))
    gaps = tuple(make_line(_describe_gap(gap)) for gap in brief.gaps)
    yield _Section(f"Asked, and no card answers ({len(gaps)}):", gaps, len(gaps), "kb gaps")
    whose = f" of {', '.join(map(_plain, brief.area))}" if brief.area else ""
    doubtful = tuple(make_line(f"{one.state} {one.id}: {one.title}") for one in brief.doubtful)
    yield _Section(
        f"Do not rely on{whose} ({brief.doubtful_total}):", doubtful, brief.doubtful_total, "kb stale"
    )
    minutes = sum(one.minutes for one in brief.reading)
    if brief.since is None:
        reading = tuple(make_line(f"{one.id}: {one.title}") for one in brief.reading)
        yield _Section(f"Read first ({count_things(minutes, 'minute')}):", reading, len(reading))
        return
    stamped = f", {brief.stamped} more verified again" if brief.stamped else ""
    head = (
        f"Changed since your last shift, {brief.since} ({len(brief.changes)}{stamped}); read * ({minutes}):"
    )
    yield _Section(head, _list_changes(brief), len(brief.changes))


def _list_changes(brief: "Brief") -> tuple[str, ...]:
    read = {one.id for one in brief.reading}
    lines = []
    for change in brief.changes:
        words = f" (+{change.words.added} −{change.words.removed})" if change.words else ""
        star = "*" if change.id in read else " "
        lines.append(make_line(f"{star} {change.kind} {change.id}{words}: {change.title}"))
    return tuple(lines)


def _describe_gap(gap: "Gap") -> str:
    taken = f" ({_plain(gap.taken[-1].by)} writes it)" if gap.taken else ""
    return f"{count_things(len(gap.tickets), 'ticket')}: {gap.asked}{taken}"


def _format_handover(brief: "Brief") -> list[str]:
    left = brief.handover
    if left is None:
        return []
    who = f"{_plain(left.person)} ({left.seat})"
    if not left.contributions:
        return [f"Last shift, {who}: {make_line(left.nothing)}"]
    items = "; ".join(make_line(f"{kind} {card}") for kind, card in left.contributions[:5])
    more = len(left.contributions) - 5
    return [f"Last shift, {who}: {items}" + (f"; and {more} more" if more > 0 else "")]


def _plain(name: str) -> str:
    return make_line(shorten_person(name))


def list_brief_rows(brief: "Brief", _view: View) -> Iterator[tuple[object, ...]]:
    """What it is about, then up to three fields: `shift`, `handover`, `affected`, `gap`, `changed`, `doubtful`, `read`."""
    yield "shift", brief.seat.name, brief.person, brief.seat.buddy
    if brief.handover is not None:
        yield "handover", brief.handover.seat, brief.handover.person, brief.handover.nothing
        for kind, card in brief.handover.contributions:
            yield "handover", brief.handover.seat, kind, card
    for one in brief.affected:
        yield "affected", one.tickets, one.id, one.title
    for gap in brief.gaps:
        yield "gap", len(gap.tickets), gap.asked, ", ".join(line.by for line in gap.taken)
    for change in brief.changes:
        yield "changed", change.kind, change.id, change.title
    for doubtful in brief.doubtful:
        yield "doubtful", doubtful.state, doubtful.id, doubtful.title
    for reading in brief.reading:
        yield "read", reading.minutes, reading.id, reading.title


def describe_brief(brief: "Brief") -> dict[str, object]:
    """The data of `kb shift brief`."""
    return {
        "shift": describe_seat(brief.seat),
        "person": brief.person,
        "since": str(brief.since) if brief.since else None,
        "handover": describe_debrief(brief.handover) if brief.handover else None,
        "changes": [
            {
                "kind": change.kind,
                "id": change.id,
                "title": change.title,
                "added": change.words.added if change.words else None,
                "removed": change.words.removed if change.words else None,
            }
            for change in brief.changes
        ],
        "stamped": brief.stamped,
        "doubtful": [one._asdict() for one in brief.doubtful],
        "doubtful_total": brief.doubtful_total,
        "area": list(brief.area),
        "reading": [one._asdict() for one in brief.reading],
        "affected": [one._asdict() for one in brief.affected],
        "gaps": [
            {"asked": gap.asked, "tickets": list(gap.tickets), "taken": [line.by for line in gap.taken]}
            for gap in brief.gaps
        ],
        "notes": list(brief.notes),
    }


def describe_seat(seat: "Seat") -> dict[str, object]:
    """A seat of the plan under the documented keys."""
    return {
        "day": str(seat.day),
        "seat": seat.label,
        "person": seat.person or None,
        "buddy": seat.buddy or None,
        "original": seat.original or None,
    }


def describe_debrief(debrief: "Debrief") -> dict[str, object]:
    """What an ended shift left, under the documented keys."""
    return {
        "shift": debrief.seat,
        "person": debrief.person,
        "ended": debrief.day,
        "contributions": [{"kind": kind, "card": card} for kind, card in debrief.contributions],
        "nothing": debrief.nothing or None,
    }
