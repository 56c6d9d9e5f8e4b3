"""What a source of tickets is: the shapes of its records, and how each is read."""

from collections.abc import Callable, Iterator, Mapping
from datetime import tzinfo

from kbcli.foundation.typed import Any, NamedTuple
from kbcli.support.tickets.reading.aside import Aside
from kbcli.support.tickets.reading.values import read_ref
from kbcli.support.tickets.ticket import Company, LeftOut, Ticket

Record = dict[str, Any]
"""An object of JSON as an export has it, or a row of a table by the names in its header."""

Read = Ticket | Company | LeftOut | None


class Options(NamedTuple):
    """What only the user knows of an export.

    `own` are the addresses, domains (`example.org`), logins and IDs of colleagues. `columns` says which column of a
    table holds what (field → name in the header). `zone` is the time zone of dates without one, `date_style`
    (`iso`, `us`, `eu`) how `04/03/2025` is read.
    """

    own: frozenset[str] = frozenset()
    columns: Mapping[str, str] = {}
    zone: str = "UTC"
    date_style: str = "iso"


class Context(NamedTuple):
    """What a record is read with: the user's options, their time zone, and what was put aside from records before."""

    options: Options
    zone: tzinfo
    aside: Aside

    def is_ours(self, name: object) -> bool:
        """Whether an address, login or ID is one of ours, or an address of one of our domains."""
        folded = str(name).strip().casefold()
        return bool(folded) and (folded in self.options.own or folded.rpartition("@")[2] in self.options.own)


class Shape(NamedTuple):
    """One kind of record: `what` it is (`tickets`, `users`), whether a record `fits` by what is in it, how it is read.

    `read` may raise what indexing and converting raise: the record is then a broken one. One that `is_aside` is
    read before all others and only puts something aside, for tickets to be completed with.
    """

    what: str
    fits: Callable[[Record], bool]
    read: Callable[[Record, Context], Read]
    is_aside: bool = False


class Source(NamedTuple):
    """A help desk: its `name` in `zendesk:35436`, what people call it, and the shapes of its records.

    `finish` gives what makes tickets of what went aside, once all files are read: for records that are single
    messages. Each may raise what `read` may.
    """

    name: str
    title: str
    shapes: tuple[Shape, ...]
    finish: Callable[[Context], Iterator[Callable[[], Read]]] | None = None


def has_keys(*names: str) -> Callable[[Record], bool]:
    """Whether a record has all of these."""
    wanted = frozenset(names)
    return lambda record: wanted <= record.keys()


def put_aside(kind: str, ref: str, *names: str) -> Callable[[Record, Context], None]:
    """What keeps these fields of records of a kind, for the tickets of the export's key in the field `ref`."""

    def put(record: Record, context: Context) -> None:
        context.aside.put(kind, read_ref(record[ref]), {name: record.get(name) for name in names})

    return put
