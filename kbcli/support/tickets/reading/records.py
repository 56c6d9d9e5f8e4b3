"""Records in a file, one at a time, whatever the file's size: lines of JSON, one JSON document, or a table (CSV).

A line that is broken is told and left out. Of a document that is broken (it is cut off) everything before is read.
"""

import codecs
import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from kbcli.errors import need_extra
from kbcli.foundation.typed import Any, NamedTuple
from kbcli.support.tickets.reading.nesting import ShallowJson
from kbcli.support.tickets.reading.shape import Record

LINES, DOCUMENT, TABLE, MBOX, MAIL = "lines", "document", "table", "mbox", "mail"
_HEAD = 1 << 16
_LONGEST = 64_000_000
"""Bytes of a line: longer ones are no record of a help desk."""

_BUFFER = 1 << 20
"""Bytes of a document that are read at once: a text that goes on is read from its beginning with each."""

_TRIED_LINES = 20
_LONGEST_FIRST = 4_000_000
_LONGEST_FIELD = 16_000_000
_FROM = re.compile(rb"From \S+ +\w{3} \w{3} +\d")
_MOST_KEYS = 200
_LONGEST_NUMBER = 300
_EXCEL = re.compile(r"sep=([,;\t|])\r?\n")
"""A first line by which a spreadsheet says what stands between columns."""


class Form(NamedTuple):
    """How records stand in a file: its `kind`; in a document the `prefixes` of ijson at which objects do.

    `top` is the object at the top of a document, with single values only. Of a table the `encoding`, the sign
    between columns, and the names of these. `is_whole` is false for one of two parts that lie in one file.
    """

    kind: str
    prefixes: tuple[str, ...] = ()
    top: Record = {}  # noqa: RUF012  never changed
    encoding: str = "utf-8"
    separator: str = ","
    columns: tuple[str, ...] = ()
    is_whole: bool = True


class Placed(NamedTuple):
    """A record and its line (in a document its number), or why it is none."""

    line: int
    record: Record | None
    why: str = ""


def iterate_records(stream: BinaryIO, form: Form) -> Iterator[Placed]:
    """The records of a file that is at its beginning."""
    if form.kind == TABLE:
        return _iterate_table(stream, form)
    if form.kind in (MBOX, MAIL):
        return _iterate_mbox(stream) if form.kind == MBOX else _read_mail(stream)
    return _iterate_document(stream, form) if form.kind == DOCUMENT else _iterate_lines(stream)


def _iterate_mbox(stream: BinaryIO) -> Iterator[Placed]:
    """The mails of an mbox, each as the record `{"mail": bytes}`, with `>From ` unquoted (RFC 4155, mboxrd)."""
    lines: list[bytes] = []
    number, begun, size, is_blank = 0, 0, 0, True
    while line := stream.readline(_LONGEST):
        number += 1
        if is_blank and line.startswith(b"From ") and _FROM.match(line):
            if begun:
                yield _join_mail(begun, lines, size)
            lines, begun, size = [], number, 0
        elif begun:
            size += len(line)
            if size <= _LONGEST:
                lines.append(
                    line[1:] if line.startswith(b">") and line.lstrip(b">").startswith(b"From ") else line
                )
        is_blank = not line.strip()
    if begun:
        yield _join_mail(begun, lines, size)


def _join_mail(line: int, lines: Sequence[bytes], size: int) -> Placed:
    if size > _LONGEST:
        return Placed(line, None, "the mail is longer than 64 MB")
    return Placed(line, {"mail": b"".join(lines)})


def _read_mail(stream: BinaryIO) -> Iterator[Placed]:
    """The one mail in a file."""
    data = stream.read(_LONGEST + 1)
    yield _join_mail(1, (data,), len(data))


def _iterate_lines(stream: BinaryIO) -> Iterator[Placed]:
    number, line = 0, stream.readline(_LONGEST)
    while line:
        number += 1
        if len(line) >= _LONGEST and not line.endswith(b"\n"):
            while line and not line.endswith(b"\n"):
                line = stream.readline(_LONGEST)
            yield Placed(number, None, "the line is longer than 64 MB")
        elif bare := line.removeprefix(codecs.BOM_UTF8 if number == 1 else b"").strip():
            yield _parse_line(number, bare)
        line = stream.readline(_LONGEST)


def _parse_line(number: int, bare: bytes) -> Placed:
    try:
        found = json.loads(bare.decode("utf-8", "replace"))
    except (ValueError, RecursionError) as error:
        return Placed(number, None, f"the line is no JSON ({error})" if str(error) else "the line is no JSON")
    if isinstance(found, dict):
        return Placed(number, found)
    return Placed(number, None, "the line is no object of JSON")


def _iterate_document(stream: BinaryIO, form: Form) -> Iterator[Placed]:
    """The records at each prefix; the file is read once for each, as a document may be of any size."""
    ijson = _load_ijson()
    for prefix in form.prefixes:
        stream.seek(0)
        number = 0
        try:
            for found in ijson.items(
                _begin_json(stream), prefix, use_float=True, multiple_values=True, buf_size=_BUFFER
            ):
                number += 1
                yield _place(number, found)
        except (ijson.JSONError, ValueError, OverflowError, RecursionError) as error:
            stream.seek(0)
            rest = _read_leniently(stream, prefix)[number:]
            yield from (_place(number + more, found) for more, found in enumerate(rest, 1))
            if not rest:
                yield Placed(number + 1, None, f"from here on the file is no JSON ({_say_shortly(error)})")


def _place(number: int, found: object) -> Placed:
    return (
        Placed(number, found) if isinstance(found, dict) else Placed(number, None, "it is no object of JSON")
    )


def _read_leniently(stream: BinaryIO, prefix: str) -> list[Any]:
    """What stands at a prefix of a small document that is JSON but for half a character or a number beyond all bounds."""
    data = stream.read(_LONGEST_FIELD + 1)
    if len(data) > _LONGEST_FIELD:
        return []
    try:
        found = [json.loads(data.decode("utf-8-sig", "replace"), parse_int=_read_number)]
    except (ValueError, RecursionError):
        return []
    for key in filter(None, prefix.split(".")):
        if key == "item":
            found = [one for item in found if isinstance(item, list) for one in item]
        else:
            found = [item[key] for item in found if isinstance(item, dict) and key in item]
    return found


def _read_number(written: str) -> int | float:
    return int(written) if len(written) <= _LONGEST_NUMBER else float(written)


def _load_ijson() -> Any:
    with need_extra("reading a JSON document", "tickets"):
        import ijson
    return ijson


def _say_shortly(error: Exception) -> str:
    return " ".join((str(error) or type(error).__name__).split("\n")[0].split())


def _begin_json(stream: BinaryIO) -> ShallowJson:
    if stream.read(3) != codecs.BOM_UTF8:
        stream.seek(0)
    return ShallowJson(stream)


def _iterate_table(stream: BinaryIO, form: Form) -> Iterator[Placed]:
    rows = _read_rows(stream, form)
    for line, row in rows:
        if isinstance(row, str):
            yield Placed(line, None, row)
            continue
        while len(row) > len(form.columns) and not row[-1].strip():
            row.pop()
        if len(row) != len(form.columns):
            yield Placed(line, None, f"the row has {len(row)} fields, the header {len(form.columns)}")
        # Exports that were put one below the other repeat their header.
        elif _name_column(row[0]) != form.columns[0] or tuple(map(_name_column, row)) != form.columns:
            yield Placed(line, dict(zip(form.columns, map(_unwrap, row), strict=True)))


def _unwrap(field: str) -> str:
    """A field without what keeps a spreadsheet from reading it as a number: `="00123"`."""
    return field[2:-1] if field.startswith('="') and field.endswith('"') else field


def _name_column(text: str) -> str:
    return " ".join(text.split())


def _read_rows(stream: BinaryIO, form: Form) -> Iterator[tuple[int, list[str] | str]]:
    """Line (the first of the row) and fields of each row below the first, or what is wrong with it."""
    csv.field_size_limit(_LONGEST_FIELD)
    text = io.TextIOWrapper(stream, encoding=form.encoding, errors="replace", newline="")
    rows = csv.reader(text, delimiter=form.separator)
    line, is_header = 1, True
    while True:
        try:
            row = next(rows)
        except StopIteration:
            break
        except csv.Error as error:
            yield line, f"the row cannot be read ({error})"
            row = []
        if row and not is_header:
            yield line, row
        is_header = is_header and (not row or row[0].startswith("sep="))
        line = rows.line_num + 1
    text.detach()


def find_form(stream: BinaryIO) -> Form | None:
    """How records stand in a file that is at its beginning, by what is in it; None where that cannot be told."""
    head = stream.read(_HEAD)
    if head[:5] == b"From " and b"\n" in head:
        return Form(MBOX)
    bare = head.removeprefix(codecs.BOM_UTF8).lstrip()
    if bare[:1] in (b"{", b"["):
        return Form(LINES) if bare[:1] == b"{" and _are_lines(head, stream) else _read_document(stream)
    return Form(MAIL) if _is_mail(head) else _find_table(head)


def _are_lines(head: bytes, stream: BinaryIO) -> bool:
    """Whether most of the first lines, and there are several, are whole objects of JSON."""
    if len(head) == _HEAD:
        head += stream.readline(_LONGEST_FIRST)
    lines = [line for line in head.splitlines() if line.strip()][:_TRIED_LINES]
    found = [line for line in lines if isinstance(_parse_object(line), dict)]
    return len(lines) > 1 and 2 * len(found) >= len(lines)


def _parse_object(line: bytes) -> Any:
    try:
        return json.loads(line.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        return None


def _read_document(stream: BinaryIO) -> Form:
    """The form of a document: where lists of objects stand in it, at its top or below one or two keys."""
    ijson = _load_ijson()
    stream.seek(0)
    prefixes: dict[str, None] = {}
    top: Record = {}
    try:
        for prefix, event, value in ijson.parse(
            _begin_json(stream), use_float=True, multiple_values=True, buf_size=_BUFFER
        ):
            if event == "map_key" and not prefix:
                top[value] = None
            elif event == "start_map" and prefix.count(".") <= 2:
                prefixes[prefix] = None
            elif prefix in top and event not in ("end_map", "end_array", "start_array"):
                top[prefix] = value
            if prefix == "item" or len(prefixes) > _MOST_KEYS or len(top) > _MOST_KEYS:
                break
    except (ijson.JSONError, ValueError, RecursionError):
        pass
    return Form(DOCUMENT, tuple(prefix for prefix in prefixes if prefix), top)


def _is_mail(head: bytes) -> bool:
    """Whether a file begins with headers of a mail."""
    names = {line.partition(b":")[0].strip().lower() for line in head.split(b"\n\n")[0].split(b"\n")[:60]}
    names |= {
        line.partition(b":")[0].strip().lower() for line in head.split(b"\r\n\r\n")[0].split(b"\n")[:60]
    }
    return b"from" in names and not names.isdisjoint((b"date", b"message-id", b"received", b"subject"))


def _find_table(head: bytes) -> Form | None:
    encoding = _find_encoding(head)
    text = head.decode(encoding, "replace")
    if "\0" in text:
        return None
    first = text.lstrip("\ufeff").lstrip("\r\n")
    separator = max(",;\t|", key=first.partition("\n")[0].count)
    if match := _EXCEL.match(first):
        separator, first = match[1], first[match.end() :]
    try:
        header = next(csv.reader(io.StringIO(first, newline=""), delimiter=separator))
    except (csv.Error, StopIteration):
        return None
    columns = tuple(map(_name_column, header))
    while columns and not columns[-1]:
        columns = columns[:-1]
    return (
        Form(TABLE, encoding=encoding, separator=separator, columns=columns)
        if len(columns) > 1 and all(columns)
        else None
    )


def _find_encoding(head: bytes) -> str:
    try:
        # A character may be cut at the end of the head.
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"
