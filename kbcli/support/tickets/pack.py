"""The archive as one file to hand to colleagues: what is redacted already, with the erasures, so that they hold everywhere.

A pack is gzip over lines of JSON: a header with the key of the sums that stand for customers, the erasures, what is gone
upstream, the companies, then a ticket a line. What an erasure left (counts) is not in it.
"""

import gzip
import json
import os
import re
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

from kbcli.errors import KbError, RefusedError
from kbcli.foundation.typed import Any, NamedTuple
from kbcli.support.tickets.archive import ARCHIVE_KEY_BYTES, COLUMNS, Archive
from kbcli.support.tickets.recording import KEY_BYTES, Record, hash_key, split_keys
from kbcli.support.tickets.ticket import CLOSED, CUSTOMER, OPEN, PENDING, US

FORMAT = 1
_MAGIC = b"\x1f\x8b"
_HEADER = "kb_tickets_pack"
_LONGEST_LINE = 20_000_000
_LARGEST_BODY = 50_000_000
"""Bytes that the texts of a ticket may unpack to: somebody else wrote the pack."""

_LARGEST_COUNT = 2**63
_NAME = re.compile(r"[a-z]+:[^\x00-\x1f\x7f]+")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
_WRONG = (ValueError, TypeError, KeyError, AttributeError, RecursionError, zlib.error)
_BYTES = ("people", "company", "body")
_NUMBERS = ("replies", "reopens", "is_outbound", "first_contact")


class Gone(NamedTuple):
    """A ticket that is gone upstream, at which stamp, and into which it was merged ("" for none)."""

    name: str
    updated: str
    merged_into: str


class PackedCompany(NamedTuple):
    """What is known of a company, by the key that its tickets have."""

    key: bytes
    name: str
    tier: str
    renewal: str | None


class Pack(NamedTuple):
    """A pack that was opened: its key, the erasures by key with their days, and all else, to be read once."""

    key: bytes
    erasures: dict[bytes, str]
    items: Iterator[Gone | PackedCompany | Record]


def write_pack(archive: Archive, path: Path, progress: Callable[[int, int], None]) -> int:
    """Write the archive into a new file for its owner alone; how many tickets. Raises RefusedError where there is one already."""
    total, done = archive.count_tickets(), 0
    partial = path.with_name(f".{path.name}.kb-tmp")
    if path.exists():
        raise RefusedError(f"{path} exists already", "Choose another name.")
    try:
        handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as raw:
            with gzip.open(raw, "wt", 6, encoding="utf-8", newline="\n") as stream:
                for line in _list_lines(archive):
                    stream.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
                    done += "ticket" in line
                    progress(done, total)
            raw.flush()
            os.fsync(raw.fileno())
        os.replace(partial, path)
    except OSError as error:
        raise KbError(
            f"{path} cannot be written: {error.strerror}", "Name a place where you may write, or make room."
        ) from error
    finally:
        partial.unlink(missing_ok=True)
    return done


def _list_lines(archive: Archive) -> Iterator[dict[str, Any]]:
    archive.check_tables()
    yield {_HEADER: FORMAT, "key": _pack(archive.meta["key"])}
    yield {
        "erasures": {_pack(key): day for key, day in archive.ask("select key, day from erasure order by key")}
    }
    for gone in archive.ask("select name, updated, merged_into from gone order by name"):
        yield {"gone": gone}
    for key, *company in archive.ask("select key, name, tier, renewal from company order by key"):
        yield {"company": [_pack(key), *company]}
    for values in archive.list_values():
        yield {
            "ticket": [
                _pack(value) if name in _BYTES else value for name, value in zip(COLUMNS, values, strict=True)
            ]
        }


def _pack(value: Any) -> str | None:
    return None if value is None else b64encode(value).decode("ascii")


def is_pack(path: Path) -> bool:
    """Whether a file is a pack, by its first bytes."""
    try:
        with open(path, "rb") as raw:
            if raw.read(2) != _MAGIC:
                return False
        with gzip.open(path, "rb") as stream:
            return _HEADER.encode() in stream.read(100)
    except (OSError, EOFError, zlib.error):
        return False


def open_pack(path: Path) -> Pack:
    """Open a pack that was looked through to its end. Raises RefusedError for one that is damaged or was made by another kb."""
    for _ in _open_pack(path).items:
        pass
    return _open_pack(path)


def _open_pack(path: Path) -> Pack:
    lines = _read_lines(path)
    header, erasures = next(lines, {}), next(lines, {})
    if header.get(_HEADER) != FORMAT:
        raise RefusedError(f"{path} was made by another version of kb", "Install the newest kb.")
    try:
        key = b64decode(header["key"], validate=True)
        if len(key) != ARCHIVE_KEY_BYTES:
            raise ValueError("no key of an archive")
        kept_out = {_check_key(one): _check_day(day) for one, day in erasures["erasures"].items()}
    except _WRONG as error:
        raise _damaged(path) from error
    return Pack(key, kept_out, _read_items(path, key, lines))


def _damaged(path: Path) -> RefusedError:
    return RefusedError(f"{path} is damaged", "Ask for the pack again; nothing of it was taken in.")


def _read_lines(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with gzip.open(path, "rt", encoding="utf-8", newline="\n") as stream:
            while line := stream.readline(_LONGEST_LINE):
                found = json.loads(line)
                if not isinstance(found, dict):
                    raise _damaged(path)
                yield found
    except (OSError, EOFError, ValueError, RecursionError, zlib.error) as error:
        raise _damaged(path) from error


def _read_items(
    path: Path, key: bytes, lines: Iterator[dict[str, Any]]
) -> Iterator[Gone | PackedCompany | Record]:
    for line in lines:
        try:
            yield _read_item(key, line)
        except _WRONG as error:
            raise _damaged(path) from error


def _read_item(key: bytes, line: dict[str, Any]) -> Gone | PackedCompany | Record:
    ((kind, value),) = line.items()
    if kind == "ticket":
        return _read_ticket(key, value)
    if kind == "gone":
        name, updated, merged_into = map(_check_text, value)
        return Gone(_check_name(name), _check_moment(updated), merged_into and _check_name(merged_into))
    if kind == "company":
        made, name, tier, renewal = value
        day = None if renewal is None else _check_day(renewal)
        return PackedCompany(_check_key(made), _check_text(name), _check_text(tier), day)
    raise ValueError("no line of a pack")


def _read_ticket(key: bytes, given: list[Any]) -> Record:
    """A ticket as an archive writes it, so that none is taken in that cannot be shown or written."""
    found = dict(zip(COLUMNS, given, strict=True))
    for name, value in found.items():
        if name not in (*_BYTES, *_NUMBERS, "opened"):
            _check_text(value)
        elif name in _NUMBERS and not (value is None or (type(value) is int and 0 <= value < _LARGEST_COUNT)):
            raise ValueError("no count")
    _check_name(found["name"])
    _check_moment(found["updated"])
    if found["opened"] is not None:
        _check_day(found["opened"])
    if found["status"] not in (OPEN, PENDING, CLOSED):
        raise ValueError("no status")
    if found["is_outbound"] not in (0, 1) or found["first_contact"] not in (0, 1, None):
        raise ValueError("neither yes nor no")
    found["people"] = b64decode(found["people"], validate=True)
    if len(found["people"]) % KEY_BYTES:
        raise ValueError("no keys")
    found["company"] = None if found["company"] is None else _check_key(found["company"])
    found["body"] = b64decode(found["body"], validate=True)
    _check_body(found["body"])
    keys = (hash_key(key, "ticket", found["name"]), *split_keys(found["people"]))
    return Record(tuple(found.values()), keys)


def _check_body(body: bytes) -> None:
    unpacker = zlib.decompressobj()
    data = unpacker.decompress(body, _LARGEST_BODY)
    if not unpacker.eof or unpacker.unused_data:
        raise ValueError("the texts of a ticket are too large, or torn")
    told = json.loads(data)
    messages = told.pop("messages", [])
    for by, text, is_public in messages:
        _check_text(text)
        if by not in (CUSTOMER, US) or type(is_public) is not bool:
            raise ValueError("no message")
    solution = told.pop("solution", 0)
    if type(solution) is not int or not 0 <= solution < max(1, len(messages)):
        raise ValueError("no place of a message")
    for name, value in told.items():
        if name in ("articles", "attachments") and isinstance(value, list):
            for text in value:
                _check_text(text)
        elif name in ("follows", "url"):
            _check_text(value)
        else:
            raise ValueError("nothing that a ticket has")


def _check_text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    value.encode()
    return value


def _check_name(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise ValueError("no name of a ticket")
    return value


def _check_moment(value: str) -> str:
    if value and not _MOMENT.fullmatch(value):
        raise ValueError("no moment")
    return value


def _check_day(value: Any) -> str:
    if date.fromisoformat(value).isoformat() != value:
        raise ValueError("no day")
    return str(value)


def _check_key(value: str) -> bytes:
    made = b64decode(value, validate=True)
    if len(made) != KEY_BYTES:
        raise ValueError("no key")
    return made
