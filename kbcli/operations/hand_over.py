"""Hand-over: a row of the top ten as an issue for product; and when it is done, whom to tell."""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence

from kbcli.errors import KbError, RefusedError, UsageError, refuse_unknown
from kbcli.foundation.redaction import redact_text
from kbcli.foundation.text.counts import count_things
from kbcli.foundation.text.languages import language_code
from kbcli.foundation.typed import NamedTuple
from kbcli.operations.base import Base, keep_changes
from kbcli.operations.link import keep_lines, make_namer, name_ticket
from kbcli.operations.reply import draft_reply
from kbcli.operations.tickets import open_tickets
from kbcli.operations.top_ten import choose_written, move_month, read_months
from kbcli.support.ledger.issues import TRACKERS, make_link
from kbcli.support.ledger.top_ten import (
    DONE,
    FIND_ANSWER,
    Row,
    TopTen,
    load_top_ten,
    set_row_field,
)
from kbcli.support.links.lines import SETTLED, LinkLine, make_id, read_lines
from kbcli.support.tickets.customers import LEAST_CUSTOMERS

_MOST_QUOTED = 600
_MONTHS_SHOWN = 3


class HandedOver(NamedTuple):
    """A row as an issue: its title and text (Markdown), and the address that opens it filled in at the tracker `to`.

    `is_cut` where the address holds only the beginning of the text. `path` is the file in which it was noted.
    """

    row: Row
    to: str
    title: str
    body: str
    url: str
    is_cut: bool
    path: str


class ToTell(NamedTuple):
    """A row that is done: the tickets whose customers are still to be told, oldest first, and what to tell them.

    Of a ticket there are its name, its day and its subject, redacted: the row's words may have caught another. `card` is the card that the `reply` is of, "" where kb wrote it. `told` are those noted now.
    """

    row: Row
    tickets: tuple[tuple[str, str, str], ...]
    reply: str
    card: str
    told: tuple[str, ...] = ()


def hand_over_row(
    kb: Base,
    row: str,
    *,
    to: str | None = None,
    month: str | None = None,
    project: str | None = None,
    ticket: Sequence[str] = (),
    done: bool = False,
    told: Sequence[str] = (),
    commit: bool = False,
) -> HandedOver | ToTell:
    """Hand a row of the newest top ten (or a month's) over to a tracker of issues, or with `done` list whom to tell.

    The issue has counts and words; it quotes only the tickets that `ticket` names, redacted. The ledger
    notes where it went. `done` says so in the ledger, and lists the tickets whose customers are not told yet; `told` notes that
    these are. Raises UsageError where it is not clear what to do, KbError for an unknown row or ticket, or without an archive.
    """
    found = load_top_ten(kb.config, choose_written(kb, month))
    one = found.find_row(row)
    if bool(to) == (done or bool(told)):
        raise UsageError("hand it over, or is it done?", f"Say --to {'|'.join(TRACKERS)}, or --done.")
    if to is None:
        return _finish(kb, found, one, told, commit=commit)
    return _hand_over(kb, found, one, to, project, ticket, commit=commit)


def _hand_over(
    kb: Base, found: TopTen, row: Row, to: str, project: str | None, quoted: Sequence[str], *, commit: bool
) -> HandedOver:
    refuse_unknown(to, tuple(TRACKERS), f"there is no tracker “{to}”")
    config = kb.config
    setting = getattr(config, f"hand_over_{to}")
    place = project or setting
    if not place and to != "linear":
        hint = f"Say --project {TRACKERS[to].hint}, or set {to} below [hand_over] in kb.toml."
        raise UsageError(f"in which project of {to}?", hint)
    title = redact_text(row.title)
    body = "\n".join(_write_body(kb, found, row, quoted))
    link = make_link(TRACKERS[to], project or "", title, body, setting=setting)
    where = " ".join(filter(None, (to, place.partition("?")[0], str(kb.today))))
    noted = list(dict.fromkeys((*row.handed_over, where)))
    path = set_row_field(config, found.month, row.id, "handed_over", noted)
    keep_changes(kb, config, (path,), f"Hand {row.id} over to {to}", commit=commit)
    return HandedOver(row, to, title, body, link.url, link.is_cut, path)


def _write_body(kb: Base, found: TopTen, row: Row, quoted: Sequence[str]) -> Iterator[str]:
    """The lines of an issue: how many asked, in which words, about what, and what is decided so far; redacted."""
    around = [move_month(found.month, ahead) for ahead in range(-_MONTHS_SHOWN, _MONTHS_SHOWN + 1)]
    this = f"{kb.today:%Y-%m}"
    months = read_months(kb, [one for one in around if one <= this or one == found.month])
    counts = [
        f"{name}: {len(month.find_row(row))}{' so far' if name == this else ''}"
        for name, month in months.items()
        if month.opened
    ]
    now = months[found.month]
    asked = [now.tickets[place] for place in now.find_row(row)]
    facts = {
        "Words that count them": redact_text(", ".join(row.words)),
        "By month": ", ".join(counts),
        "Products": redact_text(_list_common((one.ticket.product, one.customer) for one in asked)),
        "Languages": _list_common((language_code(one.text.lang), one.customer) for one in asked),
        "Category": row.category,
        "Remedy": redact_text(row.remedy),
        "Row": f"{found.path}, {row.id}",
    }
    yield f"Customers asked about this in **{count_things(row.tickets, 'ticket')}** in {found.month}."
    yield ""
    yield from (f"- {name}: {value}" for name, value in facts.items() if value)
    if quoted:
        yield from _quote(kb, quoted)


def _list_common(named: Iterable[tuple[str, Hashable]]) -> str:
    """What five customers or more have, with how many tickets have it."""
    pairs = list(named)
    customers = Counter(name for name, _ in set(pairs))
    counts = Counter(name for name, _ in pairs).most_common()
    return ", ".join(
        f"{name} {count}" for name, count in counts if name and customers[name] >= LEAST_CUSTOMERS
    )


def _quote(kb: Base, names: Sequence[str]) -> Iterator[str]:
    """What the customers of these tickets wrote first, as quotations without the tickets' names."""
    with open_tickets(kb) as archive:
        tickets = archive.find_tickets(names)
    for name in names:
        if name not in tickets:
            raise KbError(
                f"the archive has no ticket {name}", "Name it as `kb tickets search` does: zendesk:35436."
            )
        yield ""
        text = " ".join(tickets[name].question.split()) or tickets[name].subject
        yield f"> {redact_text(text if len(text) <= _MOST_QUOTED else text[:_MOST_QUOTED].rstrip() + '…')}"


def _finish(kb: Base, found: TopTen, row: Row, told: Sequence[str], *, commit: bool) -> ToTell:
    """Note that a row is done, and whose customers were told; who is still to be told."""
    config = kb.config
    if not row.category or not row.remedy:
        raise RefusedError(
            f"{row.id} has no remedy yet", f"Write category and remedy into {found.path}:{row.line}."
        )
    paths = []
    if row.state != DONE:
        paths.append(set_row_field(config, found.month, row.id, "state", DONE))
    waiting = _list_waiting(kb, found.month, row)
    known = {other for name, *_ in waiting for other in (name, name.partition(":")[2])}
    if stray := [name for name in told if name not in known]:
        raise UsageError(
            f"{stray[0]} is not to be told", f"`kb hand-over {row.id} --done` lists those that are."
        )
    if told:
        asked = f"{found.month} {row.id}"
        lines = [
            LinkLine(make_id(), kb.today, name_ticket(kb, name), outcome=SETTLED, asked=asked)
            for name in told
        ]
        paths.append(keep_lines(kb, config, lines, f"Tell the customers of {row.id}", commit=False))
    if paths:
        keep_changes(kb, config, paths, f"Finish {row.id}", commit=commit)
    left = tuple(one for one in waiting if one[0] not in told and one[0].partition(":")[2] not in told)
    reply, card = _find_reply(kb, row)
    return ToTell(row._replace(state=DONE), left, reply, card, tuple(told))


def _list_waiting(kb: Base, month: str, row: Row) -> list[tuple[str, str, str]]:
    """The tickets that the row counts from its month to now, with days and subjects, without those told already."""
    config, list_names = kb.config, make_namer(kb)
    lines = read_lines(config.root, config.boundary)[0]
    settled = {line.ticket for line in lines if line.outcome == SETTLED and line.asked == f"{month} {row.id}"}
    this = f"{kb.today:%Y-%m}"
    names = [month]
    while names[-1] < this:
        names.append(move_month(names[-1], 1))
    found = []
    for one in read_months(kb, names).values():
        for place in one.find_row(row):
            ticket = one.tickets[place].ticket
            if ticket.name and settled.isdisjoint(list_names(ticket.name)):
                found.append((ticket.name, str(ticket.opened), ticket.subject))
    return found


def _find_reply(kb: Base, row: Row) -> tuple[str, str]:
    """The text to send, variables left as they stand, and the card that it is of; a plain one where the remedy has none."""
    if row.card:
        try:
            draft = draft_reply(kb, row.card, anyway=True)
        except KbError:
            pass
        else:
            parts = (part if isinstance(part, str) else f"{{{part.name}}}" for part in draft.text.parts)
            return "".join(parts).strip(), draft.card.id
    where = f" You find it here: {row.remedy}" if row.category == FIND_ANSWER and not row.card else ""
    return f"Some time ago you wrote to us about this: {row.title}. We have dealt with it since.{where}", ""
