"""The report on a terminal."""

from collections.abc import Sequence

from kbcli.render.ansi import STATE_MARKS, STATE_STYLES, cut_to_width, measure_width, paint
from kbcli.render.cards import pad_cell
from kbcli.render.escape import make_line
from kbcli.render.report_words import (
    count_things,
    describe_movement,
    describe_overdue,
    describe_stamps,
    format_score,
    list_untrusted,
    name_group,
)
from kbcli.render.sparklines import draw_bar, draw_chart, draw_sparkline
from kbcli.trust.report import Report, ReportGroup
from kbcli.trust.states import STATES
from kbcli.trust.workload import LoadRow

_MOST_WIDE = 100
_CHART_HEIGHT = 5
_MOST_GROUPS, _MOST_OWNERS, _MOST_EXPIRED = 8, 12, 10
_NAME_WIDTH = 20


def format_report_table(report: Report, *, width: int, color: bool) -> str:
    """Every section under its heading, in at most 100 columns."""
    page = _Page(report, min(width, _MOST_WIDE), color)
    sections = [
        page.draw_now(),
        page.draw_curve(),
        *page.draw_groups(),
        page.draw_load(),
        page.draw_expired(),
    ]
    sections += [page.draw_stamps(), page.draw_notes()]
    return "\n".join(section for section in sections if section)


class _Page:
    """One report at one width; each method gives a section with its final newline."""

    def __init__(self, report: Report, width: int, color: bool) -> None:
        self._report = report
        self._width = width
        self._color = color

    def _paint(self, text: str, style: str) -> str:
        return paint(text, style, color=self._color)

    def _head(self, text: str, note: str = "") -> str:
        head = cut_to_width(text, self._width)
        note = cut_to_width(f"  {note}", self._width - measure_width(head)) if note else ""
        return self._paint(head, "bold") + self._paint(note, "dim") + "\n"

    def _wrap(self, text: str, style: str = "") -> str:
        import textwrap

        lines = textwrap.wrap(make_line(text), self._width - 2, initial_indent="  ", subsequent_indent="  ")
        return "".join(self._paint(line, style) + "\n" for line in lines)

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
        if report.why_no_past:
            return self._head("Over time") + self._wrap(f"Not known: {report.why_no_past}.")
        first, last = report.curve[0].day, report.curve[-1].day
        parts = [self._head("Trust score over time", f"at each week's end, {first} to {last}")]
        lines = draw_chart([point.score for point in report.curve], self._width - 8, _CHART_HEIGHT)
        labels = {0: "100%", _CHART_HEIGHT // 2: "50%", _CHART_HEIGHT - 1: "0%"}
        for number, line in enumerate(lines):
            parts.append(f"  {labels.get(number, ''):>4}│" + self._paint(line.rstrip(), "green") + "\n")
        if movement := describe_movement(report):
            parts.append(self._wrap(movement[0].upper() + movement[1:] + "."))
        return "".join(parts)

    def draw_groups(self) -> list[str]:
        sections = []
        for by, groups in self._report.groups.items():
            if all(not group.name for group in groups) and by != self._report.group_by:
                continue
            shown = groups if self._report.group_by else groups[:_MOST_GROUPS]
            label = {"lang": "language"}.get(by, by)
            text = self._head(f"By {label}", "most cards not to be relied on first")
            text += "".join(self._format_group(group, by) for group in shown)
            if len(shown) < len(groups):
                text += (
                    self._paint(f"  … and {len(groups) - len(shown)} more: kb report --by {by}", "dim") + "\n"
                )
            sections.append(text)
        return sections

    def _format_group(self, group: ReportGroup, by: str) -> str:
        summary = group.summary
        name = pad_cell(make_line(name_group(group.name, by)), _NAME_WIDTH)
        picture = draw_bar(summary.score or 0, 1, 10)
        wide = 10
        if self._report.group_by and not self._report.why_no_past:
            wide = max(10, self._width - _NAME_WIDTH - 42)
            picture = draw_sparkline([point.score for point in group.curve], wide).rjust(wide)
        room = self._width - _NAME_WIDTH - wide - 18
        cells = (
            self._paint(name, "cyan"), f"{summary.active:>5}", f"{format_score(summary.score):>5}",
            self._paint(pad_cell(picture, wide), "green"), pad_cell(list_untrusted(summary), room),
        )  # fmt: skip
        return ("  " + " ".join(cells[:3]) + "  " + "  ".join(cells[3:])).rstrip() + "\n"

    def draw_load(self) -> str:
        load = self._report.load
        text = self._head("Falls due in the next 12 weeks", "by owner; each week by its last day")
        if not load.rows:
            return text + "  Nothing.\n"
        months = [end.strftime("%b") for end in load.ends]
        shown = [
            month if not number or months[number - 1] != month else "" for number, month in enumerate(months)
        ]
        indent = " " * (_NAME_WIDTH + 2)
        text += (indent + f"{'':>8}" + "".join(f"{month:>4}" for month in shown)).rstrip() + "\n"
        text += indent + f"{'overdue':>8}" + "".join(f"{end.day:>4}" for end in load.ends) + "\n"
        most = max((count for row in load.rows for count in row.weeks), default=0)
        for row in load.rows[:_MOST_OWNERS]:
            text += self._format_load(name_group(row.owner, "owner"), row, most)
        if len(load.rows) > _MOST_OWNERS:
            rest = count_things(len(load.rows) - _MOST_OWNERS, "owner", "owners")
            text += self._paint(f"  … and {rest} more: --format csv has all", "dim") + "\n"
        return text + self._format_load("all cards", load.total, most)

    def _format_load(self, name: str, row: LoadRow, most: int) -> str:
        overdue = self._paint(f"{row.overdue or '·':>8}", "red" if row.overdue else "dim")
        weeks = "".join(
            self._paint(
                f"{count or '·':>4}", "dim" if not count else "yellow bold" if count >= most else "yellow"
            )
            for count in row.weeks
        )
        return f"  {self._paint(pad_cell(make_line(name), _NAME_WIDTH), 'cyan')}{overdue}{weeks}\n"

    def draw_expired(self) -> str:
        rows = self._report.expired
        text = self._head("Expired cards that most cards link to", "then the longest overdue")
        if not rows:
            return text + "  None.\n"
        shown = rows[:_MOST_EXPIRED]
        spans = [describe_overdue(row) for row in shown]
        wide = max(len(span) for span in spans)
        owners = [make_line(row.card.owner) for row in shown]
        owner_width = min(18, max(measure_width(owner) for owner in owners))
        room = self._width - wide - owner_width - 26
        for row, span, owner in zip(shown, spans, owners, strict=True):
            links = f"{count_things(row.links, 'link', 'links'):>9}"
            ident = self._paint(pad_cell(cut_start(make_line(row.card.id), room), room), "cyan")
            overdue = self._paint(f"{span:>{wide}} overdue", "red")
            text += f"  {links}  {overdue}  {ident}  {pad_cell(owner, owner_width)}".rstrip() + "\n"
        if len(rows) > len(shown):
            rest = count_things(len(rows) - len(shown), "card", "cards")
            text += self._paint(f"  … and {rest} more: kb stale --state expired", "dim") + "\n"
        return text

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

    def draw_notes(self) -> str:
        if not self._report.notes:
            return ""
        return self._head("How to read this") + "".join(
            self._wrap(note, "dim") for note in self._report.notes
        )


def cut_start(text: str, width: int) -> str:
    """The end of a text that fits in `width` columns, led by … when something was cut: IDs differ at their end."""
    if measure_width(text) <= width:
        return text
    return "…" + cut_to_width(text[::-1], width)[-2::-1]
