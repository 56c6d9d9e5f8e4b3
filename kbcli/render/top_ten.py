"""The top ten of a month: drafted, as it was decided, and counted again."""

from collections.abc import Iterable, Sequence

from kbcli.foundation.text.counts import count_things
from kbcli.operations.top_ten.draft import DraftedRow, DraftedTopTen, FittingCard
from kbcli.operations.top_ten.review import ReviewedRow, ReviewedTopTen
from kbcli.operations.top_ten.show import ShownRow, ShownTopTen
from kbcli.render.ansi import cut_to_width, format_columns, paint
from kbcli.render.escape import format_rows, make_line, strip_controls
from kbcli.render.formats import Output, View
from kbcli.render.html import escape_html, find_link, link_text
from kbcli.render.markdown import escape_markdown, format_markdown_table, shorten_name
from kbcli.render.report.page import format_page, name_columns, write_keys, write_table
from kbcli.render.report.svg import draw_part_bar
from kbcli.support.ledger.top_ten import DONE, DROPPED, REMEDIES, STATES, Row

_UNDECIDED = "undecided"


def format_number(number: float | None) -> str:
    """An average: `12`, `0.5`, `–` where it is not known."""
    return (
        "–"
        if number is None
        else f"{number:.0f}"
        if number >= 10 or number == int(number)
        else f"{number:.1f}"
    )


# --- drafted


def format_draft_table(drafted: DraftedTopTen, view: View) -> Output:
    """A paragraph a row: tickets, before, words; then subjects and the card that fits."""
    parts = []
    for number, one in enumerate(drafted.rows, 1):
        marks = " · grows" if one.is_growing else ""
        lang = f" [{make_line(one.row.lang)}]" if one.row.lang else ""
        head = f"{number:2}. {make_line(', '.join(one.row.words))}{lang}"
        load = f"{count_things(one.row.tickets, 'ticket')}, {_say_before(one)}{marks}"
        parts.append(f"{paint(head, 'bold', color=view.color)}  {load}\n")
        cut = (cut_to_width(f"    “{make_line(subject)}”", view.width) for subject in one.subjects)
        parts += [paint(line, "dim", color=view.color) + "\n" for line in cut]
        parts.append(f"    {_say_card(one)}\n")
    rows = count_things(len(drafted.rows), "row")
    talk = [
        f"{rows} with {drafted.covered} of the {count_things(drafted.opened, 'ticket')} of {drafted.month}"
    ]
    if drafted.path:
        talk.append(f"written to {drafted.path}: choose a category and a remedy for each row, then commit it")
    return Output("".join(parts) or f"Nothing was asked five times in {drafted.month}.\n", tuple(talk))


def _say_before(one: DraftedRow) -> str:
    return "no month before is known" if one.before is None else f"{format_number(one.before)} a month before"


def _say_card(one: DraftedRow) -> str:
    if one.card is None:
        return "no card fits"
    proposed = f"{one.proposed}? " if one.proposed else ""
    return f"{proposed}{make_line(one.card.id)} fits and is {one.card.state}, {_say_uses(one.card)}"


def _say_uses(card: FittingCard) -> str:
    return f"used for {count_things(card.used, 'ticket')}" if card.used else "used for none"


def list_draft_rows(drafted: DraftedTopTen, _view: View) -> list[tuple[object, ...]]:
    """Tickets, a month before, whether it grows, language, words, card, its state, its uses, proposed category."""
    rows: list[tuple[object, ...]] = []
    for one in drafted.rows:
        card = (one.card.id, one.card.state, one.card.used) if one.card else ("", "", 0)
        before = None if one.before is None else round(one.before, 1)
        grows = "grows" if one.is_growing else ""
        rows.append(
            (one.row.tickets, before, grows, one.row.lang, ", ".join(one.row.words), *card, one.proposed)
        )
    return rows


def describe_draft(drafted: DraftedTopTen) -> dict[str, object]:
    """The data of `kb top-ten draft`."""
    return {
        "month": drafted.month,
        "opened": drafted.opened,
        "covered": drafted.covered,
        "path": drafted.path or None,
        "rows": [
            {
                **_describe_row(one.row),
                "before": one.before,
                "growing": one.is_growing,
                "subjects": list(one.subjects),
                "card": one.card and {"id": one.card.id, "state": one.card.state, "used": one.card.used},
                "proposed": one.proposed or None,
            }
            for one in drafted.rows
        ],
    }


def _describe_row(row: Row) -> dict[str, object]:
    return {
        "id": row.id,
        "title": row.title,
        "words": list(row.words),
        "tickets": row.tickets,
        "lang": row.lang or None,
        "category": row.category or None,
        "remedy": row.remedy or None,
        "owner": row.owner or None,
        "state": row.state,
        "handed_over": list(row.handed_over),
    }


# --- as it was decided


def format_top_ten_table(shown: ShownTopTen, view: View) -> Output:
    """A line a row; below it the remedy, and where it stands."""
    cells = [
        (
            str(one.row.tickets),
            make_line(one.row.title),
            one.row.category or _UNDECIDED,
            one.row.state,
            make_line(one.row.owner),
        )
        for one in shown.rows
    ]
    lines = format_columns(cells, view.width, numbers=(0,), wide=1)
    text = []
    for line, one in zip(lines, shown.rows, strict=True):
        text.append(paint(line, "dim" if one.row.state in (DONE, DROPPED) else "", color=view.color) + "\n")
        text += [f"      {detail}\n" for detail in _list_details(one)]
    return Output("".join(text) or f"{shown.path} has no rows.\n", _say_mistakes(shown))


def _list_details(one: ShownRow) -> list[str]:
    details = (
        [f"→ {make_line(one.row.remedy)}{f' ({one.remedy_state})' if one.remedy_state else ''}"]
        if one.row.remedy
        else []
    )
    details += [f"handed over: {make_line(where)}" for where in one.row.handed_over]
    return details + [f"“{make_line(subject)}”" for subject in one.subjects]


def format_top_ten_lines(shown: ShownTopTen, _view: View) -> Output:
    """ID, tickets, category, state, owner, remedy, state of the card that it is, words, title, subjects."""
    rows = [
        (one.row.id, one.row.tickets, one.row.category, one.row.state, one.row.owner, one.row.remedy, one.remedy_state,
         ", ".join(one.row.words), one.row.title, *one.subjects)
        for one in shown.rows
    ]  # fmt: skip
    return Output(format_rows(rows), _say_mistakes(shown))


def _say_mistakes(shown: ShownTopTen) -> tuple[str, ...]:
    return tuple(f"{shown.path}:{mistake.line}: {mistake.message}" for mistake in shown.mistakes)


def describe_top_ten(shown: ShownTopTen) -> dict[str, object]:
    """The data of `kb top-ten show`."""
    return {
        "month": shown.month,
        "path": shown.path,
        "rows": [
            {
                **_describe_row(one.row),
                "remedy_state": one.remedy_state or None,
                "subjects": list(one.subjects),
            }
            for one in shown.rows
        ],
        "mistakes": [mistake._asdict() for mistake in shown.mistakes],
    }


def format_top_ten_markdown(shown: ShownTopTen) -> str:
    """A table, to paste into a chat or the notes of the sit-down; then the subjects, where they were asked for."""
    rows = (
        (
            shorten_name(one.row.title),
            str(one.row.tickets),
            one.row.category or _UNDECIDED,
            _link_remedy(one),
            escape_markdown(one.row.owner) or "–",
            one.row.state,
        )
        for one in shown.rows
    )
    table = format_markdown_table(
        ("What keeps coming", "#Tickets", "Category", "Remedy", "Owner", "State"), rows
    )
    asked = "".join(
        f"\n**{shorten_name(one.row.title)}**\n\n"
        + "".join(f"- {escape_markdown(make_line(subject))}\n" for subject in one.subjects)
        for one in shown.rows
        if one.subjects
    )
    return f"## Top ten of {shown.month}\n\n{table}{asked}"


def _link_remedy(one: ShownRow) -> str:
    """The remedy as Markdown: an address as a link, a card with its state."""
    if find_link(one.row.remedy).startswith("http"):
        return f"<{strip_controls(one.row.remedy).replace('|', '%7C')}>"
    state = f" ({one.remedy_state})" if one.remedy_state else ""
    return escape_markdown(one.row.remedy + state) or "–"


def format_top_ten_html(shown: ShownTopTen) -> str:
    """A page for the sit-down: figures, the rows as a table, each row by itself, and what remedies what."""
    rows = [one.row for one in shown.rows]
    undecided = sum(1 for row in rows if not row.category)
    keys = (
        ("Rows", str(len(rows)), f"what customers asked most in {shown.month}"),
        ("Tickets", str(sum(row.tickets for row in rows)), "in these rows; a ticket may be in two"),
        ("Undecided", str(undecided), "have no category yet"),
        ("Done", str(sum(1 for row in rows if row.state == DONE)), f"of {len(rows)}"),
    )
    sections = [
        ("rows", "The rows", write_keys(keys) + _write_rows(shown.rows)),
        *((f"row-{number}", one.row.title, _write_row(one)) for number, one in enumerate(shown.rows, 1)),
        ("remedies", "What remedies what", _write_remedies()),
    ]
    return format_page(
        f"Top ten of {shown.month}",
        f"Top ten of {shown.month}",
        "What customers keep asking, and what is done about it",
        sections,
        foot=f"Made by kb from {shown.path}.",
    )


def _write_rows(rows: Sequence[ShownRow]) -> str:
    most = max((one.row.tickets for one in rows), default=0)
    body = (
        f'<tr><th scope="row" class="name"><a href="#row-{number}">{escape_html(one.row.title)}</a></th>'
        f'<td class="n">{one.row.tickets}</td><td class="bars">{draw_part_bar(one.row.tickets / (most or 1))}</td>'
        f"<td>{one.row.category or _UNDECIDED}</td><td>{escape_html(one.row.owner) or '&#8211;'}</td><td>{one.row.state}</td></tr>\n"
        for number, one in enumerate(rows, 1)
    )
    head = name_columns("What keeps coming", "#Tickets", "Tickets as a bar", "Category", "Owner", "State")
    return write_table("In the order of the file", head, body, label="The rows")


def _write_row(one: ShownRow) -> str:
    row = one.row
    facts = [
        ("Tickets", str(row.tickets)),
        ("Words", escape_html(", ".join(row.words))),
        ("Category", row.category or f"{_UNDECIDED}: {', '.join(REMEDIES)}"),
        (
            "Remedy",
            link_text(row.remedy) + (f" ({one.remedy_state})" if one.remedy_state else "")
            if row.remedy
            else "none yet",
        ),
        ("Owner", escape_html(row.owner) or "nobody yet"),
        ("State", row.state),
    ]
    if row.lang:
        facts.insert(1, ("Language", escape_html(row.lang)))
    if row.handed_over:
        facts.append(("Handed over", "<br/>".join(map(escape_html, row.handed_over))))
    body = (f'<tr><th scope="row" class="name">{name}</th><td>{value}</td></tr>\n' for name, value in facts)
    table = write_table("", name_columns("What", "How it is"), body, label=row.title)
    quotes = "".join(f'<li dir="auto">{escape_html(subject)}</li>' for subject in one.subjects)
    return table + (f"<p>Subjects of some of its tickets:</p>\n<ul>{quotes}</ul>\n" if quotes else "")


def _write_remedies() -> str:
    body = (
        f'<tr><th scope="row" class="name">{category}</th><td>{escape_html(remedy)}</td></tr>\n'
        for category, remedy in REMEDIES.items()
    )
    states = f"<p>A row is {', '.join(STATES[:-1])} or {STATES[-1]}. Its words are counted again a month later: <code>kb top-ten review</code>.</p>\n"
    return write_table("", name_columns("Category", "Remedy that fits"), body, label="Remedies") + states


# --- counted again


def format_review_table(reviewed: ReviewedTopTen, view: View) -> Output:
    """A line a row: its counts month by month, what they say, category and state."""
    cells = [
        (
            make_line(one.row.title),
            *map(str, (one.now, *one.later)),
            one.verdict,
            one.row.category or _UNDECIDED,
            one.row.state,
        )
        for one in reviewed.rows
    ]
    months = (reviewed.month, *reviewed.months)
    numbers = tuple(range(1, len(months) + 1))
    head = ("", *months, "", "", "")
    total = ("all tickets", *map(str, reviewed.opened), "", "", "")
    lines = format_columns([head, *cells, total], view.width, numbers=numbers, wide=0)
    lines[0], lines[-1] = (paint(line, "dim", color=view.color) for line in (lines[0], lines[-1]))
    return Output("".join(f"{line}\n" for line in lines), _say_early(reviewed))


def _say_early(reviewed: ReviewedTopTen) -> tuple[str, ...]:
    return () if reviewed.months else (f"no whole month follows {reviewed.month} yet",)


def list_review_rows(reviewed: ReviewedTopTen, _view: View) -> list[tuple[object, ...]]:
    """ID, verdict, category, state, then the count of its month and of each month after."""
    return [
        (one.row.id, one.verdict, one.row.category, one.row.state, one.now, *one.later)
        for one in reviewed.rows
    ]


def describe_review(reviewed: ReviewedTopTen) -> dict[str, object]:
    """The data of `kb top-ten review`."""
    months = (reviewed.month, *reviewed.months)
    return {
        "month": reviewed.month,
        "opened": dict(zip(months, reviewed.opened, strict=True)),
        "rows": [
            {
                **_describe_row(one.row),
                "counts": dict(zip(months, (one.now, *one.later), strict=True)),
                "verdict": one.verdict,
            }
            for one in reviewed.rows
        ],
    }


def format_review_markdown(reviewed: ReviewedTopTen) -> str:
    """A table of the counts."""
    head = (
        "What kept coming",
        *(f"#{month}" for month in (reviewed.month, *reviewed.months)),
        "Since",
        "Category",
        "State",
    )
    return f"## Top ten of {reviewed.month}, counted again\n\n{format_markdown_table(head, _list_cells(reviewed.rows))}"


def _list_cells(rows: Iterable[ReviewedRow]) -> Iterable[tuple[str, ...]]:
    for one in rows:
        counts = map(str, (one.now, *one.later))
        yield shorten_name(one.row.title), *counts, one.verdict, one.row.category or _UNDECIDED, one.row.state
