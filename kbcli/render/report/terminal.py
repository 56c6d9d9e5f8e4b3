"""The report on a terminal."""

from collections.abc import Sequence

from kbcli.foundation.text.counts import count_things
from kbcli.knowledge.reports.report import LoadRow, Report, ReportGroup
from kbcli.knowledge.trust.judging import TrustSummary
from kbcli.knowledge.trust.states import STATES
from kbcli.render.ansi import STATE_MARKS, STATE_STYLES, cut_to_width, measure_width, pad_cell, pad_id, paint
from kbcli.render.escape import make_line
from kbcli.render.formats import View
from kbcli.render.report.sparklines import draw_bar, draw_chart, draw_sparkline
from kbcli.render.report.svg import place_dates
from kbcli.render.report.words import (
    USE_COLUMNS,
    count_untrusted,
    describe_movement,
    describe_overdue,
    describe_short_past,
    describe_stamps,
    describe_use,
    format_score,
    list_groupings,
    list_untrusted,
    list_use,
    name_group,
)

_MOST_WIDE, _TEXT_WIDTH = 120, 100
_CHART_HEIGHT = 5
_MOST_GROUPS, _MOST_OWNERS, _MOST_EXPIRED = 8, 12, 10
_MOST_MONTHS = 12
_LEAST_NAME = 10


def format_report_table(report: Report, view: View) -> str:
    """Every section under its heading, in at most 120 columns."""
    page = _Page(report, min(view.width, _MOST_WIDE), view.color)
    sections = [page.draw_now(), page.draw_curve(), *page.draw_groups(), page.draw_load()]
    sections += [page.draw_expired(), page.draw_stamps(), page.draw_use(), page.draw_notes()]
    return "\n".join(section for section in sections if section)


class _Page:
    """One report at one width; each method gives a section with its final newline."""

    def __init__(self, report: Report, width: int, color: bool) -> None:
        self._report = report
        self._width = width
        self._color = color
        # The same in every section, so that the figures stand in line: as wide as the longest name,
        # within what leaves room for them.
        names = [name for groups in report.groups.values() for name in map(_name_of, groups[:_MOST_GROUPS])]
        names += [_name_of(row) for row in report.load.rows[:_MOST_OWNERS]]
        longest = max(map(measure_width, map(make_line, names)), default=0)
        self._name_width = max(12, min(longest, 20 + max(0, self._width - 80) // 3))

    def _paint(self, text: str, style: str) -> str:
        return paint(text, style, color=self._color)

    def _head(self, text: str, note: str = "") -> str:
        head = cut_to_width(text, self._width)
        note = cut_to_width(f"  {note}", self._width - measure_width(head)) if note else ""
        return self._paint(head, "bold") + self._paint(note, "dim") + "\n"

    def _wrap(self, text: str, style: str = "") -> str:
        import textwrap

        wide = min(self._width, _TEXT_WIDTH) - 2
        lines = textwrap.wrap(make_line(text), wide, initial_indent="  ", subsequent_indent="  ")
        return "".join(self._paint(line, style) + "\n" for line in lines)

    def _tell_rest(self, rest: int, what: str) -> str:
        """What is left out, when anything is."""
        return self._paint(f"  … and {what}", "dim") + "\n" if rest > 0 else ""

    def draw_now(self) -> str:
        report, summary = self._report, self._report.summary
        name = f"{make_line(report.title)}: where" if report.title else "Where"
        parts = [self._head(f"{name} we stand, {report.today}")]
        if summary.score is None:
            return parts[0] + "  There are no active cards.\n"
        cards = count_things(summary.active, "active card", "active cards")
        parts.append("  " + self._paint(f"trust score {summary.score:.0%}", "bold") + f" of {cards}\n")
        most = max(summary.counts.values())
        room = self._width - 24
        for state in STATES:
            if count := summary.counts[state]:
                label = self._paint(f"{STATE_MARKS[state]} {state:<10}", STATE_STYLES[state])
                bar = self._paint(draw_bar(count, most, room), STATE_STYLES[state])
                parts.append(f"  {label} {count:>5}  {bar}\n")
        return "".join(parts)

    def draw_curve(self) -> str:
        report = self._report
        if short := describe_short_past(report):
            return self._head("Over time") + self._wrap(short)
        first, last = report.curve[0].day, report.curve[-1].day
        parts = [self._head("Trust score over time", f"at each week's end, {first} to {last}")]
        room = self._width - 8
        # A short past is drawn with several columns a week.
        scores = [
            point.summary.score for point in report.curve for _ in range(max(1, room // len(report.curve)))
        ]
        lines = draw_chart(scores, room, _CHART_HEIGHT)
        labels = {0: "100%", _CHART_HEIGHT // 2: "50%", _CHART_HEIGHT - 1: "0%"}
        for number, line in enumerate(lines):
            parts.append(f"  {labels.get(number, ''):>4}│" + self._paint(line.rstrip(), "green") + "\n")
        parts.append(self._draw_dates(min(room, len(scores))))
        if movement := describe_movement(report):
            parts.append(self._wrap(movement[0].upper() + movement[1:] + "."))
        return "".join(parts)

    def _draw_dates(self, wide: int) -> str:
        """The years or months below a chart of this many columns."""
        line = ""
        for name, place in place_dates(self._report.curve):
            start = round(place * wide / 100)
            if start >= len(line) and start + len(name) <= wide:
                line = f"{line:<{start}}{name} "
        return self._paint(f"       {line.rstrip()}", "dim") + "\n" if line else ""

    def draw_groups(self) -> list[str]:
        sections = []
        for by, label, groups in list_groupings(self._report):
            shown = groups if self._report.group_by else groups[:_MOST_GROUPS]
            text = self._head(f"By {label}", "most cards not to be relied on first")
            text += self._format_groups(shown, by)
            rest = len(groups) - len(shown)
            sections.append(text + self._tell_rest(rest, f"{rest} more: kb report --by {by}"))
        return sections

    def _format_groups(self, groups: Sequence[ReportGroup], by: str) -> str:
        with_curve = bool(self._report.group_by) and not describe_short_past(self._report)
        wide = max(10, self._width - self._name_width - 52) if with_curve else 10
        room = self._width - self._name_width - wide - 18
        short = any(measure_width(list_untrusted(group.summary)) > room for group in groups)
        lines = []
        for group in groups:
            picture = (
                draw_sparkline([point.summary.score for point in group.curve], wide).rjust(wide)
                if with_curve
                else draw_bar(group.summary.score or 0, 1, wide)
            )
            name = self._paint(pad_cell(make_line(name_group(group.name, by)), self._name_width), "cyan")
            figures = f"{group.summary.active:>5} {format_score(group.summary.score):>5}"
            states = self._format_states(group.summary, short=short)
            line = f"  {name} {figures}  {self._paint(pad_cell(picture, wide), 'green')}  {states}"
            lines.append(line.rstrip() + "\n")
        return "".join(lines)

    def _format_states(self, summary: TrustSummary, *, short: bool) -> str:
        """The cards not to be relied on by state: in words, or by the states' marks where words do not fit."""
        parts = (
            self._paint(f"{STATE_MARKS[state]}{count}" if short else f"{count} {state}", STATE_STYLES[state])
            for state, count in count_untrusted(summary)
        )
        return ("  " if short else ", ").join(parts)

    def draw_load(self) -> str:
        load = self._report.load
        text = self._head("Falls due in the next 12 weeks", "by owner; each week by its last day")
        if not load.rows:
            return text + "  Nothing.\n"
        most = max((count for row in load.rows for count in row.weeks), default=0)
        cell = max(4, len(str(max(load.total.weeks, default=0))) + 1)
        name_width = max(_LEAST_NAME, min(self._name_width, self._width - 10 - cell * len(load.ends)))
        weeks = max(1, min(len(load.ends), (self._width - 10 - name_width) // cell))
        ends = load.ends[:weeks]
        months = [f"{end:%b}" for end in ends]
        shown = [
            month if not number or months[number - 1] != month else "" for number, month in enumerate(months)
        ]
        indent = " " * (name_width + 2)
        text += (indent + f"{'':>8}" + "".join(f"{month:>{cell}}" for month in shown)).rstrip() + "\n"
        text += indent + f"{'overdue':>8}" + "".join(f"{end.day:>{cell}}" for end in ends) + "\n"
        for row in load.rows[:_MOST_OWNERS]:
            text += self._format_load(name_group(row.owner, "owner"), row, most, name_width, cell, weeks)
        rest = len(load.rows) - _MOST_OWNERS
        text += self._tell_rest(rest, f"{count_things(rest, 'owner', 'owners')} more: --format csv has all")
        text += self._format_load("all cards", load.total, most, name_width, cell, weeks)
        later = f"{sum(load.total.weeks[weeks:])} later: --format csv has all {len(load.ends)} weeks"
        return text + self._tell_rest(len(load.ends) - weeks, later)

    def _format_load(self, name: str, row: LoadRow, most: int, name_width: int, cell: int, shown: int) -> str:
        overdue = self._paint(f"{row.overdue or '·':>8}", "red" if row.overdue else "dim")
        weeks = "".join(
            self._paint(
                f"{count or '·':>{cell}}",
                "dim" if not count else "yellow bold" if count >= most else "yellow",
            )
            for count in row.weeks[:shown]
        )
        return f"  {self._paint(pad_cell(make_line(name), name_width), 'cyan')}{overdue}{weeks}\n"

    def draw_expired(self) -> str:
        rows = self._report.expired
        text = self._head("Expired cards that most cards link to", "then the longest overdue")
        if not rows:
            return text + "  None.\n"
        shown = rows[:_MOST_EXPIRED]
        spans = [describe_overdue(row) for row in shown]
        wide = max(len(span) for span in spans)
        owners = [make_line(row.card.owner) for row in shown]
        spare = self._width - wide - 26
        owner_width = min(18, max(measure_width(owner) for owner in owners), max(0, spare - 20))
        room = max(_LEAST_NAME, spare - owner_width)
        for row, span, owner in zip(shown, spans, owners, strict=True):
            links = f"{count_things(row.links, 'link', 'links'):>9}"
            ident = self._paint(pad_id(make_line(row.card.id), room), "cyan")
            overdue = self._paint(f"{span:>{wide}} overdue", "red")
            text += f"  {links}  {overdue}  {ident}  {pad_cell(owner, owner_width)}".rstrip() + "\n"
        rest = len(rows) - len(shown)
        return text + self._tell_rest(
            rest, f"{count_things(rest, 'card', 'cards')} more: kb stale --state expired"
        )

    def draw_stamps(self) -> str:
        text = self._head("Rubber stamps", "verifications that changed nothing else")
        text += "".join(self._wrap(sentence) for sentence in describe_stamps(self._report))
        years: Sequence[tuple[int, tuple[int, int]]] = ()
        if self._report.stamps is not None:
            years = tuple(self._report.stamps.by_year.items())[-10:]
        if len(years) > 1:
            for year, (total, count) in years:
                bar = draw_bar(count / total, 1, 20)
                text += f"  {year} {count / total if total else 0:>5.0%}  {self._paint(f'{bar:<20}', 'magenta')}  {count} of {total}\n"
        return text

    def draw_use(self) -> str:
        if not self._report.use:
            return ""
        text = self._head("Tickets answered from cards", "by the month in which they began")
        text += "".join(self._wrap(sentence) for sentence in describe_use(self._report))
        names = [name.removeprefix("#") for name in USE_COLUMNS]
        for cells in (names, *list_use(self._report)[:_MOST_MONTHS]):
            rest = zip(cells[1:], names[1:], strict=True)
            text += f"  {cells[0]:<7}" + "".join(f"  {cell:>{len(name)}}" for cell, name in rest) + "\n"
        return text

    def draw_notes(self) -> str:
        if not self._report.notes:
            return ""
        return self._head("How to read this") + "".join(
            self._wrap(note, "dim") for note in self._report.notes
        )


def _name_of(row: ReportGroup | LoadRow) -> str:
    """The name as it is shown, or the longest that stands for none."""
    return (row.name if isinstance(row, ReportGroup) else row.owner) or "(no language)"
