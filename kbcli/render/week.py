"""A week of support: on a terminal, in a pipe, as JSON, Markdown and a page. Nothing by person, and no times."""

from collections.abc import Callable, Iterator, Sequence

from kbcli.foundation.text.counts import count_things
from kbcli.operations.week import (
    BEFORE,
    KNOWN,
    NEW,
    NO,
    NOT_CLOSED,
    UNKNOWN,
    UNLINKED,
    YES,
    Load,
    Parts,
    WeekReport,
)
from kbcli.render.ansi import format_columns, paint
from kbcli.render.escape import make_line
from kbcli.render.formats import Output, View
from kbcli.render.html import escape_html
from kbcli.render.markdown import format_markdown_table, shorten_name
from kbcli.render.report.page import format_page, name_columns, write_keys, write_table
from kbcli.render.report.sparklines import draw_sparkline
from kbcli.render.report.svg import draw_part_bar
from kbcli.render.top_ten import format_number

_MOST_LOADS = 8
_NAMELESS = "(none said)"


def find_share(parts: Parts) -> tuple[float | None, float | None]:
    """The share of closed tickets, of those where it is known, for which the first reply was all it took; and the same before."""

    def share(yes: float, no: float) -> float | None:
        return yes / (yes + no) if yes + no else None

    now, before = parts.now, parts.before
    return share(now.get(YES, 0), now.get(NO, 0)), share(before.get(YES, 0.0), before.get(NO, 0.0))


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"


def _say_contact(report: WeekReport) -> str:
    now = report.contact.now
    known = now.get(YES, 0) + now.get(NO, 0)
    return f"{now.get(YES, 0)} of {known} closed; {now.get(UNKNOWN, 0)} unknown, {now.get(NOT_CLOSED, 0)} not closed"


def _say_links(report: WeekReport) -> str:
    now = report.links.now
    return f"{now.get(KNOWN, 0)} to a card, {now.get(NEW, 0)} to none (new), {now.get(UNLINKED, 0)} unlinked"


def _list_figures(report: WeekReport) -> list[tuple[str, str, str, str]]:
    """Each figure: its name, how it is, how it was before, and in words."""
    share, before = find_share(report.contact)
    links = report.links
    linked = {
        when: counts.get(KNOWN, 0) + counts.get(NEW, 0)
        for when, counts in (("now", links.now), ("before", links.before))
    }
    rate = linked["now"] / report.opened if report.opened else None
    known = links.now.get(KNOWN, 0) / linked["now"] if linked["now"] else None
    whole = sum(links.before.values())
    return [
        ("Case load", str(report.opened), format_number(report.before), "tickets that customers opened"),
        ("First contact", _percent(share), _percent(before), _say_contact(report)),
        ("Linked", _percent(rate), _percent(linked["before"] / whole if whole else None), _say_links(report)),
        (
            "Known",
            _percent(known),
            _percent(links.before.get(KNOWN, 0) / linked["before"] if linked["before"] else None),
            "of the linked ones; the others were new",
        ),
    ]


def _name_span(report: WeekReport) -> str:
    over = "" if report.is_over else ", not over yet"
    return f"{report.week.first} to {report.week.last}{over}"


def format_week_table(report: WeekReport, view: View) -> Output:
    """The figures beside those of the weeks before, a sparkline of the case load, and what made most work."""
    color = view.color
    lines = [f"{paint(report.week.name, 'bold', color=color)}  {_name_span(report)}", ""]
    figures = [("", "this week", f"{BEFORE} before", ""), *_list_figures(report)]
    lines += format_columns(figures, view.width, numbers=(1, 2), wide=3)
    lines += ["", f"{_draw(report)}  {_say_past(report)}"]
    for head, loads in (("Products", report.products), ("Topics", report.topics), ("Tags", report.tags)):
        if loads:
            cells = [(head, "tickets", "a week before", "our replies"), *_list_loads(loads)]
            table = format_columns(cells, view.width, numbers=(1, 2, 3), wide=0)
            lines += ["", paint(table[0], "bold", color=color), *table[1:]]
            if len(loads) > _MOST_LOADS:
                lines.append(f"{len(loads) - _MOST_LOADS} more: --format json has all")
    return Output("".join(f"{line}\n" for line in lines), _say_written(report))


def _say_written(report: WeekReport) -> tuple[str, ...]:
    return (f"written to {report.path}: counts below five are left out there",) if report.path else ()


def _draw(report: WeekReport) -> str:
    counts = [*report.past, report.opened]
    most = max((count or 0 for count in counts), default=0) or 1
    return draw_sparkline([None if count is None else count / most for count in counts], len(counts))


def _say_past(report: WeekReport) -> str:
    known = [count for count in report.past if count is not None]
    return f"case load, {count_things(len(known), 'week')} before and this one"


def _list_loads(
    loads: Sequence[Load], name: Callable[[str], str] = make_line
) -> Iterator[tuple[str, str, str, str]]:
    for load in loads[:_MOST_LOADS]:
        yield name(load.name) or _NAMELESS, str(load.tickets), format_number(load.before), str(load.replies)


def list_week_rows(report: WeekReport, _view: View) -> list[tuple[object, ...]]:
    """What, name, tickets of the week, tickets a week before, our replies."""
    rows: list[tuple[object, ...]] = [("opened", "", report.opened, report.before, None)]
    for what, parts in (("first-contact", report.contact), ("links", report.links)):
        names = sorted({*parts.now, *parts.before})
        rows += [(what, name, parts.now.get(name, 0), parts.before.get(name, 0), None) for name in names]
    for what, loads in (("product", report.products), ("topic", report.topics), ("tag", report.tags)):
        rows += [(what, load.name, load.tickets, load.before, load.replies) for load in loads]
    return rows


def describe_week(report: WeekReport) -> dict[str, object]:
    """The data of `kb week`: averages `before` are of the four weeks before."""
    share, before = find_share(report.contact)
    return {
        "week": report.week.name,
        "first": report.week.first,
        "last": report.week.last,
        "over": report.is_over,
        "opened": report.opened,
        "opened_before": report.before,
        "past": list(report.past),
        "first_contact": {"share": share, "share_before": before, **_describe_parts(report.contact)},
        "links": _describe_parts(report.links),
        "products": [load._asdict() for load in report.products],
        "topics": [load._asdict() for load in report.topics],
        "tags": [load._asdict() for load in report.tags],
        "path": report.path or None,
    }


def _describe_parts(parts: Parts) -> dict[str, object]:
    return {"now": dict(sorted(parts.now.items())), "before": dict(sorted(parts.before.items()))}


def format_week_markdown(report: WeekReport) -> str:
    """Tables, to paste into a chat or the notes of a Monday."""
    head = ("", "#This week", f"#{BEFORE} before", "What")
    text = f"## {report.week.name} ({_name_span(report)})\n\n{format_markdown_table(head, _list_figures(report))}"
    for name, loads in (("Product", report.products), ("Topic", report.topics), ("Tag", report.tags)):
        if loads:
            head = (name, "#Tickets", "#A week before", "#Our replies")
            text += f"\n{format_markdown_table(head, _list_loads(loads, shorten_name))}"
    return text


def format_week_html(report: WeekReport) -> str:
    """A page: the figures, the case load week by week, and what made most work."""
    keys = [(name, now, f"{before} before; {words}") for name, now, before, words in _list_figures(report)]
    sections = [("now", "The week", write_keys(keys)), ("load", "Case load", _write_past(report))]
    for ident, name, loads in (
        ("products", "Products", report.products),
        ("topics", "Topics", report.topics),
        ("tags", "Tags", report.tags),
    ):
        if loads:
            sections.append((ident, name, _write_loads(name, loads)))
    return format_page(
        f"Support, {report.week.name}",
        f"Support, {report.week.name}",
        f"{_name_span(report)}, beside the {BEFORE} weeks before",
        sections,
        foot="Made by kb from the ticket archive. Nothing here is about one person, and nothing about time.",
    )


def _write_past(report: WeekReport) -> str:
    weeks = [report.week.go_back(back) for back in range(len(report.past), -1, -1)]
    counts = [*report.past, report.opened]
    most = max((count or 0 for count in counts), default=0) or 1
    body = (
        f'<tr><th scope="row" class="name">{week.name}</th><td class="n">{"&#8211;" if count is None else count}</td>'
        f'<td class="bars">{draw_part_bar((count or 0) / most)}</td></tr>\n'
        for week, count in zip(weeks, counts, strict=True)
    )
    return write_table(
        "Oldest first", name_columns("Week", "#Tickets", "Tickets as a bar"), body, label="Case load"
    )


def _write_loads(name: str, loads: Sequence[Load]) -> str:
    body = (
        f'<tr><th scope="row" class="name">{first}</th><td class="n">{tickets}</td><td class="n">{before}</td><td class="n">{replies}</td></tr>\n'
        for first, tickets, before, replies in _list_loads(loads, escape_html)
    )
    head = name_columns(name, "#Tickets", "#A week before", "#Our replies")
    return write_table("Most tickets first", head, body, label=name)
