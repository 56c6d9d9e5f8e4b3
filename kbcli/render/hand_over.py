"""A row handed over to product, and whom to tell when it is done."""

from kbcli.foundation.text.counts import count_things
from kbcli.operations.hand_over import HandedOver, ToTell
from kbcli.render.ansi import cut_to_width, paint
from kbcli.render.escape import make_line, make_visible
from kbcli.render.formats import Output, View
from kbcli.render.markdown import escape_markdown

_MOST_TICKETS = 50


def format_hand_over_table(handed: HandedOver, view: View) -> Output:
    """The text, then the address that opens the issue filled in."""
    head = paint(make_line(handed.title), "bold", color=view.color)
    return Output(
        f"{head}\n\n{make_visible(handed.body)}\n\n{make_visible(handed.url)}\n", _say_noted(handed)
    )


def format_hand_over_plain(handed: HandedOver, _view: View) -> Output:
    """The address, and nothing else."""
    return Output(f"{make_visible(handed.url)}\n", _say_noted(handed))


def _say_noted(handed: HandedOver) -> tuple[str, ...]:
    cut = (
        ("the address holds only the beginning of the text: --format markdown has all",)
        if handed.is_cut
        else ()
    )
    return (
        *cut,
        f"noted in {handed.path}: read the issue before you send it, and put its address there as the remedy",
    )


def format_hand_over_markdown(handed: HandedOver) -> str:
    """Title and text, to paste into an issue."""
    return f"# {make_line(handed.title)}\n\n{make_visible(handed.body)}\n"


def describe_hand_over(handed: HandedOver) -> dict[str, object]:
    """The data of `kb hand-over --to`."""
    return {
        "row": handed.row.id,
        "to": handed.to,
        "title": handed.title,
        "body": handed.body,
        "url": handed.url,
        "cut": handed.is_cut,
        "path": handed.path,
    }


def format_to_tell_table(done: ToTell, view: View) -> Output:
    """The reply to send, then the tickets."""
    if not done.tickets:
        return Output(f"Nobody is left to be told of {make_line(done.row.title)}.\n")
    of_card = f" ({make_line(done.card)})" if done.card else ""
    lines = [paint(f"Send{of_card}:", "bold", color=view.color), "", make_visible(done.reply), ""]
    lines.append(paint(f"To {count_things(len(done.tickets), 'ticket')}:", "bold", color=view.color))
    shown = done.tickets[:_MOST_TICKETS]
    lines += [
        cut_to_width(f"  {make_line(name)}  {day}  {make_line(subject)}".rstrip(), view.width)
        for name, day, subject in shown
    ]
    if len(done.tickets) > _MOST_TICKETS:
        lines.append(f"  {len(done.tickets) - _MOST_TICKETS} more: --format plain has all")
    talk = (f"when they are told: kb hand-over {done.row.id} --told TICKET",)
    return Output("".join(f"{line}\n" for line in lines), talk)


def list_to_tell_rows(done: ToTell, _view: View) -> list[tuple[object, ...]]:
    """Ticket, the day it was opened, its subject."""
    return list(done.tickets)


def format_to_tell_markdown(done: ToTell) -> str:
    """The reply, and the tickets as a list of boxes to tick."""
    boxes = "".join(
        f"- [ ] {make_line(name)} ({day}) {escape_markdown(subject)}".rstrip() + "\n"
        for name, day, subject in done.tickets
    )
    return f"{make_visible(done.reply)}\n\n{boxes}"


def describe_to_tell(done: ToTell) -> dict[str, object]:
    """The data of `kb hand-over --done`."""
    return {
        "row": done.row.id,
        "state": done.row.state,
        "reply": done.reply,
        "card": done.card or None,
        "tickets": [
            {"ticket": name, "opened": day, "subject": subject} for name, day, subject in done.tickets
        ],
        "told": list(done.told),
    }
