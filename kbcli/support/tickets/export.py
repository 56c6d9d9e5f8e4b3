"""Exports of help desks as tickets: recognised by their shape, never by a name, and read in pieces."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from kbcli.errors import RefusedError, UsageError, refuse_unknown
from kbcli.foundation.typed import NamedTuple
from kbcli.support.tickets.reading.aside import Aside
from kbcli.support.tickets.reading.inputs import Input, find_inputs
from kbcli.support.tickets.reading.records import DOCUMENT, TABLE, Form, Placed, find_form, iterate_records
from kbcli.support.tickets.reading.shape import Context, Options, Read, Record, Shape, Source
from kbcli.support.tickets.redaction import settle_refs
from kbcli.support.tickets.sources import SOURCES, table
from kbcli.support.tickets.ticket import BrokenRecord, Company, LeftOut, Ticket

__all__ = ("Options", "Part", "describe_export", "read_export")

_TRIED = 20
"""Records by which a file is recognised: the first may be broken."""

_UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, IndexError, ArithmeticError, RecursionError)


class Part(NamedTuple):
    """What a file, or a list in it, holds: records of a `source`, `what` they are, and whether they go aside."""

    input: Input
    form: Form
    source: Source
    what: str
    is_aside: bool


def describe_export(paths: Sequence[Path], options: Options | None = None) -> list[Part]:
    """What these files, and those below the folders among them, hold.

    Raises RefusedError for one that holds no tickets kb knows, or where nothing but what goes with tickets is there;
    of a table whose columns kb does not know the hint proposes what they hold.
    """
    return _describe(find_inputs(paths), options or Options())[0]


def _describe(inputs: Sequence[Input], options: Options) -> tuple[list[Part], list[BrokenRecord]]:
    """The parts of files, and which files in a folder or a zip have none."""
    parts: list[Part] = []
    strange: list[BrokenRecord] = []
    errors: list[RefusedError] = []
    for entry in inputs:
        try:
            parts += _recognise(entry, options)
        except RefusedError as error:
            if entry.is_named:
                raise
            errors.append(error)
            strange.append(BrokenRecord(1, error.message.removeprefix(f"{entry.name} "), entry.name))
    if not parts:
        raise errors[0]
    if all(part.is_aside and not part.source.finish for part in parts):
        what = " and ".join(dict.fromkeys(f"{part.source.title} {part.what}" for part in parts))
        raise RefusedError(
            f"here are only {what}, which belong to tickets",
            "Name the file of the tickets beside it, in one command.",
        )
    return parts, strange


def read_export(
    paths: Sequence[Path],
    options: Options | None = None,
    show_progress: Callable[[int, int], None] = lambda *_: None,
) -> Iterator[Ticket | Company | LeftOut | BrokenRecord]:
    """The tickets and companies of an export that lies in these files and folders, in its own order.

    Files that belong together (tickets and their answers, the names of people) are read in one call. What is broken is
    a BrokenRecord with its file and line. `show_progress` is told the bytes that were read and how many there are.
    Raises RefusedError as `describe_export` does, UsageError for an unknown time zone.
    """
    options = options or Options()
    found, strange = _describe(find_inputs(paths), options)
    yield from strange
    parts = sorted(found, key=lambda part: not part.is_aside)
    total, done = sum(part.input.size for part in parts), 0

    def count(number: int) -> None:
        nonlocal done
        done += number
        show_progress(min(done, total), total)

    aside = Aside()
    try:
        context = Context(options, _find_zone(options.zone), aside)
        for part in parts:
            yield from _read_part(part, context, count)
        for source in dict.fromkeys(part.source for part in parts):
            for number, make in enumerate(source.finish(context) if source.finish else (), 1):
                if (read := _guard(make, number)) is not None:
                    yield read
    finally:
        aside.close()


def _find_zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ValueError, OSError) as error:
        raise UsageError(f"there is no time zone “{name}”", "Write it as Europe/Berlin.") from error


def _read_part(
    part: Part, context: Context, count: Callable[[int], None]
) -> Iterator[Ticket | Company | LeftOut | BrokenRecord]:
    """What the records of one part are; those of its file that belong to another part are passed over."""
    shapes = part.source.shapes
    last: Shape | None = None
    with part.input.open(count) as stream:
        for placed in iterate_records(stream, part.form):
            record = placed.record
            if record is not None and not (last and last.fits(record)):
                last = _find_shape(record, shapes)
            if record is not None and last and last.is_aside != part.is_aside:
                continue
            # A file that is read twice tells what is broken once.
            if record is None and part.is_aside and not part.form.is_whole:
                continue
            read = _read_record(placed, last, context)
            if read is not None:
                yield read._replace(path=part.input.name) if isinstance(read, BrokenRecord) else read


def _find_shape(record: Record, shapes: Sequence[Shape]) -> Shape | None:
    return next((shape for shape in shapes if shape.fits(record)), None)


def _read_record(placed: Placed, shape: Shape | None, context: Context) -> Read | BrokenRecord:
    if placed.record is None:
        return BrokenRecord(placed.line, placed.why)
    if shape is None:
        return BrokenRecord(placed.line, f"it is no ticket: it has {_list_keys(placed.record)}")
    return _guard(partial(shape.read, placed.record, context), placed.line)


def _guard(read: Callable[[], Read], line: int) -> Read | BrokenRecord:
    """What is read, or why it cannot be."""
    try:
        found = read()
        if isinstance(found, Ticket):
            found = settle_refs(found)
    except KeyError as error:
        return BrokenRecord(line, f"it has no “{error.args[0]}”")
    except _UNREADABLE as error:
        return BrokenRecord(line, f"a value is not what it should be: {error}")
    return found


def _list_keys(record: Record) -> str:
    return ", ".join(list(map(str, record))[:6]) or "nothing"


def _recognise(entry: Input, options: Options) -> list[Part]:
    """The parts of one file, by its first records. Raises RefusedError where they are none of a source."""
    with entry.open() as stream:
        form = find_form(stream)
        if form is None:
            raise RefusedError(f"{entry.name} is no export", "Name a file of JSON, CSV or mails.")
        if form.kind == DOCUMENT:
            found = _recognise_document(entry, form)
        elif form.kind == TABLE and options.columns:
            found = [_map_table(entry, form, options)]
        else:
            stream.seek(0)
            found = _recognise_records(entry, form, _take(iterate_records(stream, form)))
    if not found and form.kind == TABLE and (proposed := table.propose_columns(form.columns)):
        columns = " ".join(f"--column '{field}={name}'" for field, name in proposed.items())
        raise RefusedError(
            f"{entry.name} is a table, and nothing says what its columns hold", f"Say it, perhaps: {columns}"
        )
    if not found:
        raise RefusedError(f"{entry.name} has the shape of no export that kb knows", _list_titles())
    return found


def _map_table(entry: Input, form: Form, options: Options) -> Part:
    """The part of a table whose columns the user named. Raises UsageError for those that it has not."""
    for field, name in options.columns.items():
        refuse_unknown(field, tuple(table.FIELDS), f"a table has no “{field}” for kb")
        refuse_unknown(name, form.columns, f"{entry.name} has no column “{name}”")
    if "ref" not in options.columns:
        raise UsageError("no column says which ticket a row is of", "Name it: --column ref=NAME.")
    what = "table" if table.has_texts(tuple(options.columns)) else "table of counts, without texts"
    return Part(entry, form, table.SOURCE, what, is_aside=False)


def _take(placed: Iterator[Placed]) -> list[Record]:
    """The first records of a file."""
    return [record for _, (_, record, _) in zip(range(_TRIED), placed, strict=False) if record is not None]


def _recognise_records(entry: Input, form: Form, records: Sequence[Record]) -> list[Part]:
    """The part, or the two where some go aside, of records that stand together."""
    if not records and form.kind == TABLE:
        records = [dict.fromkeys(form.columns, "")]
    for source in SOURCES:
        shapes = {shape.what: shape for record in records if (shape := _find_shape(record, source.shapes))}
        kinds = {shape.is_aside: shape.what for shape in shapes.values()}
        if kinds:
            whole = form._replace(is_whole=len(kinds) == 1)
            return [Part(entry, whole, source, what, is_aside) for is_aside, what in kinds.items()]
    return []


def _recognise_document(entry: Input, form: Form) -> list[Part]:
    if found := _recognise_records(entry, form._replace(prefixes=("",)), [form.top]):
        return found
    parts: list[Part] = []
    for prefix in form.prefixes:
        if any(prefix.startswith(known) for part in parts for known in part.form.prefixes):
            continue
        one = form._replace(prefixes=(prefix,))
        with entry.open() as stream:
            parts += _recognise_records(entry, one, _take(iterate_records(stream, one)))
    return parts


def _list_titles() -> str:
    *titles, last = (source.title for source in SOURCES)
    return f"Known are {', '.join(titles)} and {last}."
