"""Files of exports, whatever help desk they are of."""

import gzip
import io
import json
import zipfile
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from trials import count_trials, keep_first

from kbcli.errors import RefusedError
from kbcli.support.tickets.export import describe_export, read_export
from kbcli.support.tickets.reading import inputs, nesting
from kbcli.support.tickets.reading.nesting import DEEPEST, ShallowJson
from kbcli.support.tickets.ticket import BrokenRecord, Ticket

TOPIC = {
    "id": 1,
    "title": "é",
    "created_at": "2026-03-04",
    "post_stream": {"posts": [{"post_number": 1, "username": "a", "cooked": "x"}]},
}
TABLE = "Ticket ID,Subject,Status,Created time\n1,é,Open,2026-03-04\n"


def pack(name: str, data: bytes) -> bytes:
    """A zip with one file."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as writer:
        writer.writestr(name, data)
    return packed.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        json.dumps(TOPIC).encode(),
        json.dumps([TOPIC], indent=2).encode(),
        b"\xef\xbb\xbf" + json.dumps({"data": [TOPIC]}, ensure_ascii=False).encode(),
        gzip.compress(json.dumps(TOPIC).encode()),
        pack("a/b.txt", json.dumps(TOPIC).encode()),
        TABLE.encode("utf-16"),
        f"{json.dumps(TOPIC, ensure_ascii=False)}\n\n{{}}\n".encode("utf-16"),
        gzip.compress(json.dumps([TOPIC], indent=2, ensure_ascii=False).encode("utf-16")),
        TABLE.replace(",", ";").encode("cp1252"),
        TABLE.replace("\n", "\r\n").encode("utf-8-sig"),
    ],
)
def test_a_file_is_read_however_it_is_written(read: Any, data: bytes) -> None:
    """JSON in any form, packed files and files of other encodings and separators give the same ticket."""
    (ticket,) = (one for one in read(a=data) if isinstance(one, Ticket))
    assert (ticket.ref, ticket.subject) == ("1", "é")


def test_what_is_cut_off_is_read_up_to_there(read: Any, tmp_path: Path) -> None:
    """A document that ends in the middle gives what is whole, and says where it ends; a packed one is refused."""
    whole = json.dumps([TOPIC, {**TOPIC, "id": 2}])
    first, broken = read(a=whole[:-40])
    assert (first.ref, isinstance(broken, BrokenRecord), broken.line) == ("1", True, 2)
    cut = tmp_path / "cut"
    cut.write_bytes(gzip.compress(json.dumps([TOPIC]).encode())[:-20])
    with pytest.raises(RefusedError, match="cut cannot be read"):
        list(read_export([cut]))


def test_a_packed_file_of_almost_nothing_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two megabytes that unpack to two gigabytes of blank lines would take minutes; a text packs to no such part."""
    monkeypatch.setattr(inputs, "_LEAST_REFUSED", 1_000_000)
    line, blanks = f"{json.dumps(TOPIC)}\n".encode(), b"\n" * 4_000_000
    for name, data in (("a.gz", gzip.compress(line + blanks)), ("a.zip", pack("a", line * 9 + blanks))):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(RefusedError, match="200 times its size"):
            list(read_export([tmp_path / name]))


def test_what_is_no_export_is_refused_where_it_is_named_and_passed_over_in_a_folder(tmp_path: Path) -> None:
    """A folder may hold other files too; they are told, and stop nothing."""
    (tmp_path / "notes").write_text("hello\n")
    (tmp_path / "topic").write_text(json.dumps(TOPIC))
    strange, ticket = read_export([tmp_path])
    assert (strange.path, ticket.ref) == (str(tmp_path / "notes"), "1")  # type: ignore[union-attr]
    assert [part.source.name for part in describe_export([tmp_path])] == ["discourse"]
    for path in (tmp_path / "notes", tmp_path / "nowhere"):
        with pytest.raises(RefusedError):
            list(read_export([path]))


@pytest.mark.parametrize("bad", [b'"\\ud800"', b"9" * 5000, b"1e400"])
def test_one_bad_value_breaks_no_file(read: Any, bad: bytes) -> None:
    """Half a character or a number beyond all bounds costs its record at most; those around it are read."""
    one, other = ({**TOPIC, "id": 2, "tags": "BAD"}, {**TOPIC, "id": 3})
    whole = json.dumps([one, other]).encode().replace(b'"BAD"', bad)
    assert [ticket.ref for ticket in read(a=whole)][-1] == "3"


@pytest.mark.parametrize("nested", keep_first((b"[", b'{"a":')))
def test_a_record_nested_without_end_costs_nothing_else(read: Any, nested: bytes) -> None:
    """What is nested without end inside of a record, or is a document of its own, is left out at once; the rest is read."""
    end = b"]" if nested == b"[" else b"1}"
    deep = nested * 50_000 + end[:-1] + end[-1:] * 50_000
    one, other = ({**TOPIC, "id": 2, "custom": "DEEP"}, {**TOPIC, "id": 3})
    whole = json.dumps([one, {**one, "id": "DEEP"}, other]).encode().replace(b'"DEEP"', deep)
    begun = process_time()
    assert [ticket.ref for ticket in read(a=whole) if isinstance(ticket, Ticket)] == ["2", "3"]
    with pytest.raises(RefusedError, match="of no export"):
        read(a=b'{"tickets":[{"id":1,"tags":' + deep + b"}]}")
    assert process_time() - begun < 3


def _flatten(value: Any, depth: int = 1) -> Any:
    """A value without what is nested too deep, in the plainest way."""
    if not isinstance(value, list | dict):
        return value
    if depth > DEEPEST:
        return None
    if isinstance(value, list):
        return [_flatten(item, depth + 1) for item in value]
    return {key: _flatten(item, depth + 1) for key, item in value.items()}


_TEXTS = st.text('x"\\[]{}é', max_size=4)
_VALUES = st.recursive(
    _TEXTS | st.none() | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=3),
)


@settings(max_examples=count_trials(60, 1000), deadline=None)
@given(_VALUES, _TEXTS, st.integers(0, 110), st.sampled_from([1, 2, 3, 7, 1 << 16]))
def test_what_is_too_deep_is_null_and_all_else_stays(value: Any, key: str, depth: int, size: int) -> None:
    """Whatever texts and pieces, the rest of a document is as it was, and so is what lies just above the limit."""
    for level in range(depth):
        value = [key, value, {}] if level % 2 else {key: value, f"{key}2": []}
    stream = ShallowJson(io.BytesIO(json.dumps(value).encode()))
    assert json.loads(b"".join(iter(lambda: stream.read(size), b""))) == _flatten(value)


def test_a_text_without_end_ends_the_document(read: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """One text of more than 64 MB takes neither its size in memory nor minutes: what stands before is read, the place is told."""
    monkeypatch.setattr(nesting, "LONGEST_TEXT", 4_000_000)
    ticket = {
        "id": 1,
        "subject": "Q",
        "description": "Hello",
        "status": "solved",
        "requester_id": 5,
        "submitter_id": 5,
    }
    first, broken = read(a={"tickets": [ticket, {**ticket, "id": 2, "description": "a" * 30_000_000}]})
    assert (first.ref, "a text is longer" in broken.why) == ("1", True)
