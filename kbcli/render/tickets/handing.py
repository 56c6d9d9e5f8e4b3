"""What was erased, packed and exported of earlier tickets."""

from kbcli.foundation.text.counts import count_things
from kbcli.operations.tickets.export import ExportedTickets
from kbcli.operations.tickets.forget import ForgottenTickets
from kbcli.operations.tickets.pack import PackedTickets
from kbcli.render.escape import format_rows, make_line
from kbcli.render.formats import Output, View
from kbcli.render.tickets.ticket import describe_ticket, format_messages

_UNREACHED = (
    "not reached: the help desk itself, what git's history says of these tickets' numbers, packs handed out before"
    " (the next one carries the erasure), what each person here searched for in vain (`kb gaps --clear`), and backups"
)
_SNAPSHOTS = ", and snapshots of the engine, which are its operator's"


def format_forgotten(result: ForgottenTickets, _view: View) -> Output:
    """What is gone, and what no erasure here reaches."""
    if result.is_planned:
        return Output(f"{count_things(result.tickets, 'ticket')} would be erased\n")
    rows = [
        f"{count_things(result.tickets, 'ticket')} erased; their counts stay, and an import does not bring them back"
    ]
    if result.companies:
        rows.append(f"{count_things(result.companies, 'company', 'companies')} erased")
    if result.lines:
        rows.append(
            f"{count_things(result.lines, 'line')} erased in {', '.join(map(make_line, result.files))}"
        )
    if result.engine:
        rows.append(f"{count_things(result.engine, 'ticket')} erased on the engine")
    return Output("".join(f"{row}\n" for row in rows), _list_unreached(result))


def _list_unreached(result: ForgottenTickets) -> tuple[str, ...]:
    if result.engine is None and not result.unreached:
        return (_UNREACHED,)
    later = "the next kb tickets push or forget does it"
    talk = (
        (f"not yet erased on the engine: {make_line(result.unreached)}; {later}",) if result.unreached else ()
    )
    return (*talk, _UNREACHED + _SNAPSHOTS)


def list_forgotten_rows(result: ForgottenTickets, _view: View) -> Output:
    """Name and number: tickets, companies, lines of links."""
    rows = (("tickets", result.tickets), ("companies", result.companies), ("lines", result.lines))
    return Output(format_rows(rows), () if result.is_planned else _list_unreached(result))


def describe_forgotten(result: ForgottenTickets) -> dict[str, object]:
    """The data of `kb tickets forget`."""
    return {
        "tickets": result.tickets,
        "companies": result.companies,
        "lines": result.lines,
        "files": list(result.files),
        "planned": result.is_planned,
        "engine": result.engine,
        "unreached": result.unreached or None,
    }


def format_packed(result: PackedTickets, _view: View) -> Output:
    """The file, and what to do with it."""
    text = f"{make_line(result.path)}: {count_things(result.tickets, 'ticket')}, {result.size / 1e6:.1f} MB\n"
    talk = "you alone can read it; hand it only to those who may read what customers wrote: kb tickets import takes it"
    return Output(text, (talk,))


def list_packed_rows(result: PackedTickets, _view: View) -> list[tuple[object, ...]]:
    """File, tickets, bytes."""
    return [(result.path, result.tickets, result.size)]


def describe_packed(result: PackedTickets) -> dict[str, object]:
    """The data of `kb tickets pack`."""
    return {"path": result.path, "tickets": result.tickets, "size": result.size}


def format_exported(result: ExportedTickets, view: View) -> Output:
    """The tickets, one after the other."""
    blocks = [format_messages(ticket, (), view) for ticket in result.tickets]
    return Output("\n".join(blocks), () if blocks else ("the archive holds nothing of this customer",))


def describe_exported(result: ExportedTickets) -> dict[str, object]:
    """The data of `kb tickets export`."""
    return {
        "customer": list(result.customer),
        "tickets": [describe_ticket(ticket) for ticket in result.tickets],
    }
