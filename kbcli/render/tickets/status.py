"""What the archive of earlier tickets holds, and how it is."""

from collections.abc import Iterator

from kbcli.operations.tickets.status import TicketsStatus
from kbcli.render.escape import make_line
from kbcli.render.formats import Output, View


def format_status(status: TicketsStatus, _view: View) -> Output:
    """The data in words; what has to be done about it is said before."""
    rows = [
        (name.replace("_", " "), make_line(str(value)))
        for name, value in _list_facts(status)
        if value not in ("", None)
    ]
    width = max(len(name) for name, _ in rows)
    return Output(
        "".join(f"{name:{width}}  {value}\n" for name, value in rows), (), tuple(_list_problems(status))
    )


def list_status_rows(status: TicketsStatus, _view: View) -> Iterator[tuple[str, object]]:
    """The data, one entry a row: name and value; then what has to be done, as `problem`."""
    yield from _list_facts(status)
    yield from (("problem", what) for what in _list_problems(status))


def _list_facts(status: TicketsStatus) -> Iterator[tuple[str, object]]:
    yield "folder", f"{status.folder} ({status.origin})" if status.origin else status.folder
    yield "tickets", status.tickets
    yield "opened", f"{status.first} to {status.last}" if status.first else ""
    yield "sources", _join(status.sources)
    yield "languages", _join(status.langs)
    yield "companies", status.companies
    yield "erased", f"{status.erased}, of which only counts are left"
    yield "redacted_by", ", ".join(f"rules {rules}: {number}" for rules, number in status.rules.items())
    yield "rules_now", status.rules_now
    yield "keep", f"{status.retention.keep} ({status.retention.origin})"
    yield "size", f"{status.size / 1e6:.1f} MB"


def _join(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in counts.items())


def _list_problems(status: TicketsStatus) -> Iterator[str]:
    if status.damaged:
        yield status.damaged
    if status.overdue:
        yield f"{status.overdue} tickets outlived {status.retention.keep}; kb tickets import erases them"
    if status.unindexed:
        yield f"{status.unindexed} tickets are not in the index yet; kb tickets import puts them there"
    if old := sum(number for rules, number in status.rules.items() if rules != status.rules_now):
        yield f"{old} tickets were redacted by older rules; importing their export again applies those of now"


def describe_status(status: TicketsStatus) -> dict[str, object]:
    """The data of `kb tickets status`."""
    return {**status._asdict(), "retention": status.retention._asdict(), "damaged": status.damaged or None}
