"""The lines of `support/links/2026-11/NAME.jsonl`: one for each card that was used for a ticket, and for each gap.

Every clone and branch writes a file of its own, so that branches merge without a conflict and without a merge
driver. A line is never changed; one that was wrong is undone by another with the outcome `void`.
"""

import json
import os
import re
from collections.abc import Collection, Iterator, Sequence
from datetime import date
from operator import itemgetter
from pathlib import Path

from kbcli.errors import RefusedError
from kbcli.foundation.disk.files import (
    find_cache_folder,
    hold_file,
    name_place,
    prepare_cache_folder,
    read_cache_file,
    write_cache_file,
)
from kbcli.foundation.disk.paths import resolve_inside
from kbcli.foundation.text.hidden import has_hidden
from kbcli.foundation.typed import NamedTuple
from kbcli.support.links import FOLDER, list_files

USED, FIXED, FLAGGED, NONE, VOID = "used", "fixed", "flagged", "none", "void"
TAKEN, CLOSED, SETTLED = "taken", "closed", "settled"
OUTCOMES = (USED, FIXED, FLAGGED)
MOST_WORDS = 8
_MOST_CHARACTERS = 200
_KNOWN = frozenset((*OUTCOMES, NONE, VOID, TAKEN, CLOSED, SETTLED))
_LINKS = (*OUTCOMES, SETTLED)
_TICKET = re.compile(r"[A-Za-z][\w.-]{0,30}:[\w./#-]{1,60}|[\w./#-]{1,60}", re.ASCII)
_KEYED = re.compile(r"keyed:[0-9a-f]{20}")
_NAME = re.compile(r"[0-9a-f]{16}\Z")


class LinkLine(NamedTuple):
    """One line: what was done `on` a day about a ticket, or with the outcome `void` that the line of its ID is undone.

    `card` is the card's ID and `digest` that of the text that was used, both "" for a gap that is not closed; `asked` are the
    words of a gap, and `by` who writes the card that it lacks.
    """

    id: str
    on: date
    ticket: str
    card: str = ""
    digest: str = ""
    outcome: str = USED
    asked: str = ""
    by: str = ""


_TEXTS = tuple(name for name in LinkLine._fields if name != "on")
_TYPES = {str, date}


class BadLine(NamedTuple):
    """A line that cannot be read: its path below the knowledge base, its number, and why."""

    path: str
    line: int
    why: str


def read_ticket_name(text: str) -> str:
    """A ticket as it is named, `zendesk:35436` or `35436`. Raises RefusedError for anything else."""
    name = text.strip()
    if not _TICKET.fullmatch(name):
        raise RefusedError(
            f"“{name}” is no name of a ticket", "Write it as zendesk:35436, or only its number."
        )
    _refuse_personal_data(name, "the ticket")
    return name


def key_ticket(name: str, key: str) -> str:
    """What a ticket is called where its number is not to be told: `keyed:` and 20 hex digits of HMAC-SHA-256, by a secret key.

    A name that is keyed already stays.
    """
    import hmac

    if _KEYED.fullmatch(name):
        return name
    return f"keyed:{hmac.new(key.encode(), name.encode(), 'sha256').hexdigest()[:20]}"


def read_question(text: str) -> str:
    """What was asked, in at most eight words. Raises RefusedError, also for hidden characters and words without end."""
    if has_hidden(text):
        raise RefusedError("what was asked holds control characters", "Write it in plain words.")
    words = text.split()
    if not words:
        raise RefusedError("nothing was asked", "Say in a few words what was asked.")
    if len(words) > MOST_WORDS:
        raise RefusedError(f"{len(words)} words say what was asked", f"Say it in {MOST_WORDS} at most.")
    asked = " ".join(words)
    if len(asked) > _MOST_CHARACTERS:
        raise RefusedError(f"that is longer than {_MOST_CHARACTERS} characters", "Say it in a few words.")
    _refuse_personal_data(asked, "what was asked")
    return asked


def _refuse_personal_data(text: str, what: str) -> None:
    # Who only reads lines needs none of its rules.
    from kbcli.foundation.redaction import refuse_personal_data

    refuse_personal_data(text, what)


def make_id() -> str:
    """A new name for a line."""
    return os.urandom(6).hex()


def append_lines(root: Path, boundary: Path, branch: str, lines: Sequence[LinkLine]) -> str:
    """Write lines into this clone's own file for the branch, and the month of the first; its path below `root`.

    All in one piece, on the disk when this returns. Raises OutsidePathError where the folder leads out of the
    repository, RefusedError where it cannot be written.
    """
    path = f"{FOLDER}/{lines[0].on:%Y-%m}/{_find_own_name(root, branch)}.jsonl"
    full = root / path
    text = "".join(_format_line(line) for line in lines)
    try:
        resolve_inside(full, boundary)
        full.parent.mkdir(parents=True, exist_ok=True)
        with hold_file(full):
            _append(full, text)
    except OSError as error:
        raise RefusedError(f"{path} cannot be written: {error.strerror}", "Nothing was linked.") from error
    return path


def _append(file: Path, text: str) -> None:
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    handle = os.open(file, flags, 0o666)
    try:
        size = os.fstat(handle).st_size
        # What another kb had begun when it was stopped stays a line of its own.
        torn = size > 0 and os.lseek(handle, size - 1, os.SEEK_SET) and os.read(handle, 1) != b"\n"
        data = (("\n" if torn else "") + text).encode()
        try:
            # A disk that fills up takes a part, and says so to the next that is written.
            while data:
                data = data[os.write(handle, data) :]
            os.fsync(handle)
        except OSError:  # half a line is none
            os.ftruncate(handle, size)
            raise
    finally:
        os.close(handle)


def read_lines(
    root: Path, boundary: Path, cards: Collection[str] | None = None
) -> tuple[list[LinkLine], list[BadLine]]:
    """All lines that hold, by day, ticket, card and ID, without those that were undone; and those that cannot be read.

    With `cards`, links to others may be left out, which takes half the time.
    """
    lines: dict[str, LinkLine] = {}
    bad: list[BadLine] = []
    undone: set[str] = set()
    for path in list_files(root, boundary):
        for number, found in read_objects(root / path):
            try:
                if cards is not None and _is_of_another(found, cards):
                    continue
                line = _make_line(found)
            except (ValueError, TypeError, KeyError, RecursionError) as error:
                bad.append(BadLine(path, number, str(error) or type(error).__name__))
                continue
            if line.outcome == VOID:
                undone.add(line.id)
            else:
                lines[line.id] = line
    kept = [line for line in lines.values() if line.id not in undone]
    return sorted(kept, key=itemgetter(1, 2, 3, 0)), bad


def read_objects(file: Path) -> Iterator[tuple[int, object]]:
    """Number and JSON value of each line of a file; what is no JSON is the error that says so."""
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    try:
        # All at once takes half the time of one after the other.
        found = json.loads(f"[{','.join(line for _, line in lines)}]")
    except (ValueError, RecursionError):
        found = []
    if len(found) != len(lines):
        found = [_read_object(line) for _, line in lines]
    yield from zip((number for number, _ in lines), found, strict=True)


def _is_of_another(found: object, cards: Collection[str]) -> bool:
    """Whether it is a link to none of these cards."""
    return isinstance(found, dict) and found.get("outcome") in _LINKS and found.get("card") not in cards


def _read_object(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        return error


def _format_line(line: LinkLine) -> str:
    found = {**line._asdict(), "on": line.on.isoformat()}
    given = {name: value for name, value in found.items() if value}
    return json.dumps(given, ensure_ascii=False, separators=(", ", ": ")) + "\n"


def _make_line(found: object) -> LinkLine:
    """The line that a JSON value says. Raises ValueError, TypeError, KeyError or RecursionError for one that says none."""
    if isinstance(found, Exception):
        raise found
    if not isinstance(found, dict):
        raise TypeError("it is no JSON object")
    on, (ident, *rest) = date.fromisoformat(found["on"]), [found.get(name, "") for name in _TEXTS]
    line = LinkLine(ident, on, *rest)
    if {*map(type, line)} != _TYPES or not ident:
        raise TypeError("a value is no text, or its id is missing")
    # Half of a pair of UTF-16, as JSON can name it, could be read but never written again.
    if not (text := "".join(line[2:])).isascii():
        text.encode()
    if line.outcome not in _KNOWN:
        raise ValueError(f"its outcome is “{line.outcome}”")
    return line


def _find_own_name(root: Path, branch: str) -> str:
    """The name of the file that only this clone writes on this branch; a new one where none is remembered."""
    folder = find_cache_folder("links")
    path = folder / f"{name_place(root)}-{name_place(Path('/', branch))}"
    if prepare_cache_folder(folder):
        kept = (read_cache_file(path, 100) or b"").decode("ascii", "replace")
        if _NAME.match(kept):
            return kept
    name = os.urandom(8).hex()
    write_cache_file(path, name.encode())
    return name
