"""Shifts on a terminal, in a pipe and as JSON."""

import shlex
from collections.abc import Iterable, Iterator

from kbcli.foundation.text.counts import count_things
from kbcli.operations.shift import ChangedShifts
from kbcli.operations.shift.end import EndedShift
from kbcli.operations.shift.feed import Feed
from kbcli.operations.shift.list import ShiftList, ShiftRow
from kbcli.operations.shift.report import ShiftReport
from kbcli.render.ansi import measure_width, pad_cell, paint
from kbcli.render.brief import describe_debrief, describe_seat
from kbcli.render.escape import make_line
from kbcli.render.formats import Output, View
from kbcli.render.words import shorten_person
from kbcli.support.shifts.plan import Seat, SeatChange
from kbcli.support.shifts.planning import Unfilled

_NOBODY = "nobody"
_MOST_REASONS = 6
_MOST_SHOWN = 20


def format_list_table(found: ShiftList, view: View) -> str:
    """Who is on, with whom; then a line for each coming seat, by week."""
    color = view.color
    when = f"{found.moment:%Y-%m-%d %H:%M} UTC" if found.moment else f"{found.day}"
    lines = [paint(f"On {'now' if found.moment else 'that day'} ({when}):", "bold", color=color)]
    lines += [f"  {text}" for text in _format_seats(found.on, color=color)] or ["  nobody"]
    if found.coming:
        lines += ["", paint("Next:", "bold", color=color)]
        lines += [f"  {text}" for text in _format_seats(found.coming, color=color)]
    return "".join(f"{line}\n" for line in lines)


def _format_seats(rows: Iterable[ShiftRow], *, color: bool) -> list[str]:
    cells = [
        (
            f"{row.seat.day:%a} {row.seat.day}",
            row.seat.label.rpartition("-")[0],
            _name(row.seat.person, color=color),
            _describe_rest(row),
        )
        for row in rows
    ]
    widths = [max((measure_width(cell[place]) for cell in cells), default=0) for place in range(3)]
    return [
        "  ".join(
            (*(pad_cell(text, width) for text, width in zip(cell, widths, strict=False) if width), cell[3])
        ).rstrip()
        for cell in cells
    ]


def _name(person: str, *, color: bool) -> str:
    return make_line(shorten_person(person)) if person else paint(_NOBODY, "red", color=color)


def _describe_rest(row: ShiftRow) -> str:
    seat, hours = row
    parts = [f"with {make_line(shorten_person(seat.buddy))}"] if seat.buddy else []
    if hours is not None and hours.last > hours.first:
        parts.append(f"until {hours.last:%a} {hours.last}")
    if hours is not None and hours.local:
        parts.append(hours.local)
    if seat.original:
        parts.append(f"instead of {make_line(shorten_person(seat.original))}")
    return ", ".join(parts)


def list_seat_rows(found: ShiftList, _view: View) -> Iterator[tuple[object, ...]]:
    """One seat a row: date, seat, person, buddy, first planned, `on` or `coming`, hours."""
    for state, rows in (("on", found.on), ("coming", found.coming)):
        for seat, hours in rows:
            yield (*seat, state, hours.local if hours else "")


def describe_list(found: ShiftList) -> dict[str, object]:
    """The data of `kb shift list`."""
    return {
        "day": str(found.day),
        "moment": found.moment.isoformat() if found.moment else None,
        "on": [_describe_row(row) for row in found.on],
        "coming": [_describe_row(row) for row in found.coming],
    }


def _describe_row(row: ShiftRow) -> dict[str, object]:
    hours = row.hours
    return {
        **describe_seat(row.seat),
        "last": str(hours.last) if hours else None,
        "start": hours.start.isoformat() if hours else None,
        "end": hours.end.isoformat() if hours else None,
    }


def format_plan_table(done: ChangedShifts, view: View) -> Output:
    """Whose future is another now, by person; then the seats that nobody has, with why."""
    color = view.color
    fresh = [change for change in done.changes if change.before is None]
    moved = [change for change in done.changes if change.before is not None]
    lines = []
    if fresh:
        lines += [paint(f"Planned ({count_things(len(fresh), 'seat')}):", "bold", color=color)]
        lines += [f"  {line}" for line in _count_people(fresh)]
    if moved:
        lines += [
            paint("Changed:", "bold", color=color),
            *(f"  {_format_change(change)}" for change in moved),
        ]
        people = list(dict.fromkeys(name for change in moved for name in change.people))
        lines += [f"Tell: {', '.join(make_line(shorten_person(name)) for name in people)}"] if people else []
    if not done.changes:
        lines.append("Nothing changed.")
    return Output("".join(f"{line}\n" for line in (*lines, *_format_unfilled(done.unfilled, color=color))))


def _count_people(changes: Iterable[SeatChange]) -> list[str]:
    days: dict[str, list[str]] = {}
    for change in changes:
        days.setdefault(change.seat.person, []).append(f"{change.seat.day:%m-%d}")
    width = max(measure_width(shorten_person(name) or _NOBODY) for name in days)
    shown = sorted(days.items(), key=lambda item: (not item[0], -len(item[1]), item[0]))
    return [
        f"{pad_cell(make_line(shorten_person(name) or _NOBODY), width)}  {len(found):>3}  {' '.join(found[:8])}"
        + (" …" if len(found) > 8 else "")
        for name, found in shown
    ]


def _format_change(change: SeatChange) -> str:
    seat, before, after = change.seat, change.before, change.after
    if after is None:
        return f"{seat.day:%a} {seat.day}  no shift any more" + (
            f" (was {_plain(seat.person)}’s)" if seat.person else ""
        )
    sides = [side for side in (before, after) if side is not None]
    parts = []
    for attribute, word in (("person", ""), ("buddy", "buddy ")):
        names = [getattr(side, attribute) for side in sides]
        if len(set(names)) > 1:
            parts.append(f"{word}{_plain(names[0])} → {_plain(names[1])}")
    name = seat.label.rpartition("-")[0]
    return f"{seat.day:%a} {seat.day}  {f'{name}  ' if name else ''}{', '.join(parts)}"


def _plain(name: str) -> str:
    return make_line(shorten_person(name)) if name else _NOBODY


def _format_unfilled(unfilled: Iterable[Unfilled], *, color: bool) -> Iterator[str]:
    for seat, reasons in unfilled:
        label = f" ({seat.label})" if "-" in seat.label else ""
        yield paint(f"Nobody can take {seat.day:%a} {seat.day}{label}:", "red", color=color)
        yield from (f"  {_plain(name)} {make_line(reason)}" for name, reason in reasons[:_MOST_REASONS])
        if len(reasons) > _MOST_REASONS:
            yield f"  and {len(reasons) - _MOST_REASONS} more"


def list_change_rows(done: ChangedShifts, _view: View) -> Iterator[tuple[object, ...]]:
    """One changed seat a row: date, seat, person, buddy, person and buddy before."""
    for change in done.changes:
        after = change.after or Seat(change.seat.day, change.seat.label)
        before = change.before or Seat(change.seat.day, change.seat.label)
        yield after.day, after.label, after.person, after.buddy, before.person, before.buddy


def describe_plan(done: ChangedShifts) -> dict[str, object]:
    """The data of whatever changes the plan."""
    return {
        "until": str(done.until) if done.until else None,
        "written": list(done.written),
        "changes": [
            {
                "before": describe_seat(change.before) if change.before else None,
                "after": describe_seat(change.after) if change.after else None,
                "people": list(change.people),
            }
            for change in done.changes
        ],
        "unfilled": [
            {**describe_seat(seat), "why_not": [{"person": name, "reason": text} for name, text in reasons]}
            for seat, reasons in done.unfilled
        ],
    }


def format_feed(feed: Feed, _view: View) -> str:
    """The calendar, as calendars want it: lines end with CR LF."""
    return feed.text


def describe_feed(feed: Feed) -> dict[str, object]:
    """The data of `kb shift feed`."""
    return {"calendar": feed.text, "seats": [describe_seat(seat) for seat in feed.seats]}


def format_end(ended: EndedShift, _view: View) -> str:
    """What the shift left, a line each, or why nothing."""
    debrief = ended.debrief
    lines = [f"{ended.seat.name} is ended: {make_line(ended.path)}"]
    lines += [f"  {make_line(f'{kind} {card}')}" for kind, card in debrief.contributions[:_MOST_SHOWN]]
    if (more := len(debrief.contributions) - _MOST_SHOWN) > 0:
        lines.append(f"  and {more} more")
    lines += [f"  nothing: {make_line(debrief.nothing)}"] if debrief.nothing else []
    if ended.unanswered:
        lines += ["Answered without a card; what you wrote may become one:"]
        lines += [f"  kb new --gap {shlex.quote(make_line(asked))}" for asked in ended.unanswered]
    if ended.searches:
        lines += ["Searched for in vain, and no gap yet:"]
        lines += [f"  {make_line(asked)}" for asked in ended.searches]
    if ended.open:
        lines += ["Not ended yet:", *(f"  kb shift end --shift {name}" for name in ended.open)]
    return "".join(f"{line}\n" for line in lines)


def list_end_rows(ended: EndedShift, _view: View) -> Iterator[tuple[object, ...]]:
    """One contribution a row: kind, card; `nothing` with its reason; `unanswered` and `searched` with what was asked."""
    yield from ended.debrief.contributions
    if ended.debrief.nothing:
        yield "nothing", ended.debrief.nothing
    yield from (("unanswered", asked) for asked in ended.unanswered)
    yield from (("searched", asked) for asked in ended.searches)
    yield from (("open", name) for name in ended.open)


def describe_end(ended: EndedShift) -> dict[str, object]:
    """The data of `kb shift end`."""
    return {
        **describe_debrief(ended.debrief),
        "path": ended.path,
        "unanswered": list(ended.unanswered),
        "searches": list(ended.searches),
        "open": list(ended.open),
    }


def format_report(report: ShiftReport, view: View) -> str:
    """What ended shifts left, how even the plan is; with names a line each."""
    total = report.contributed + report.nothing + report.open
    share = f" ({report.contributed / total:.0%})" if total else ""
    lines = [
        paint(
            f"{report.since} to {report.until}: {count_things(total, 'shift')} ended",
            "bold",
            color=view.color,
        ),
        f"  {report.contributed} with a contribution{share}, {report.nothing} without, {report.open} not written down",
        f"  {report.swapped} swapped, {report.unfilled} that nobody took",
        f"The plan is {report.unfair:g} shifts from fair shares in all, the furthest person {report.furthest:g}",
    ]
    if report.fullest is not None:
        lines.append(f"The fullest month of anybody is {report.fullest:.0%} of the cap")
    if report.rows:
        names = [
            f"{_plain(row.person)} ({row.rota})" if row.rota else _plain(row.person) for row in report.rows
        ]
        width = max(map(measure_width, names))
        lines += ["", f"{'':<{width}}  shifts  share  fullest month  taken over  given away"]
    for name, row in zip(names if report.rows else (), report.rows, strict=True):
        cap = f"{row.fullest:g} of {row.cap:g} h" if row.cap else "no cap"
        lines.append(
            f"{pad_cell(name, width)}  {row.shifts:>6}  {row.share:>5.1f}  {cap:>13}  {row.taken:>10}  {row.given:>10}"
        )
    return "".join(f"{line}\n" for line in lines)


def list_report_rows(report: ShiftReport, _view: View) -> Iterator[tuple[object, ...]]:
    """One figure a row: name and value; with names also person, rota, shifts, share, fullest, cap, taken, given."""
    for name, value in report._asdict().items():
        if name != "rows":
            yield name, value
    for row in report.rows:
        yield "person", *row


def describe_report(report: ShiftReport) -> dict[str, object]:
    """The data of `kb shift report`."""
    return {
        **report._asdict(),
        "since": str(report.since),
        "until": str(report.until),
        "rows": [row._asdict() for row in report.rows],
    }
