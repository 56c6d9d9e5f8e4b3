"""The archive as one file to hand to colleagues: what is redacted already, with the erasures, so that they hold everywhere.

A pack is gzip over lines of JSON: a header with the key of the sums that stand for customers, the erasures, what is gone
upstream, the companies, then a ticket a line. What an erasure left (counts) is not in it.
"""

import gzip
import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

from kbcli.errors import KbError, RefusedError
from kbcli.foundation.typed import Any, NamedTuple
from kbcli.support.tickets.archive import COLUMNS, Archive, read_row
from kbcli.support.tickets.recording import Record, hash_key, split_keys

FORMAT = 1
_MAGIC = b"\x1f\x8b"
_HEADER = "kb_tickets_pack"
_LONGEST_LINE = 20_000_000
_LARGEST_BODY = 50_000_000
"""Bytes that the texts of a ticket may unpack to: somebody else wrote the pack."""

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
    import os

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
        raise KbError(f"{path} cannot be written: {error.strerror}") from error
    finally:
        partial.unlink(missing_ok=True)
    return done


def _list_lines(archive: Archive) -> Iterator[dict[str, Any]]:
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
    """Open a pack. Raises RefusedError for one that is damaged or was made by a newer kb, now or while it is read."""
    lines = _read_lines(path)
    header, erasures = next(lines, {}), next(lines, {})
    if header.get(_HEADER) != FORMAT:
        raise RefusedError(f"{path} was made by another version of kb", "Install the newest kb.")
    try:
        key = b64decode(header["key"])
        kept_out = {
            b64decode(one): date.fromisoformat(day).isoformat() for one, day in erasures["erasures"].items()
        }
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise _damaged(path) from error
    return Pack(key, kept_out, _read_items(path, key, lines))


def _damaged(path: Path) -> RefusedError:
    return RefusedError(f"{path} is damaged", "Ask for the pack again; what was taken in before is whole.")


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
            if "ticket" in line:
                yield _read_ticket(key, line["ticket"])
            elif "gone" in line:
                yield Gone(*map(_check_text, line["gone"]))
            elif "company" in line:
                first, name, tier, renewal = line["company"]
                day = None if renewal is None else date.fromisoformat(renewal).isoformat()
                yield PackedCompany(b64decode(first), _check_text(name), _check_text(tier), day)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError, zlib.error) as error:
            raise _damaged(path) from error


def _read_ticket(key: bytes, given: list[Any]) -> Record:
    """A ticket as it is written; read as a reader would, so that none is taken in that cannot be shown."""
    found = dict(zip(COLUMNS, given, strict=True))
    for name, value in found.items():
        if name in _BYTES:
            found[name] = None if value is None else b64decode(value)
        elif name in _NUMBERS:
            found[name] = None if value is None else int(value)
        elif value is not None:
            found[name] = _check_text(value)
    unpacker = zlib.decompressobj()
    unpacker.decompress(found["body"], _LARGEST_BODY)
    if unpacker.unconsumed_tail:
        raise ValueError("a ticket is too large")
    values = tuple(found.values())
    for message in read_row(0, values, texts=True).messages:
        _check_text(message.text)
    keys = (hash_key(key, "ticket", _check_text(found["name"])), *split_keys(found["people"]))
    return Record(values, keys)


def _check_text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value
