"""`search-tests.toml`: questions, and the cards that must answer them.

    top = 3                          # for all tests; 3 when left out

    [[test]]
    query = "customer says their calls get throttled"
    expect = ["api/too-many-requests"]

    [[test]]
    query = "Kunde will sein Geld zurück"
    lang = "de"                      # for the figures by language; else that of the first expected card
    expect = ["de/billing/refund-policy", "billing/refund-policy"]   # one of them is enough
    absent = ["replies/refund-refused"]
    top = 5
    note = "Seen in twelve tickets in May."

A query is what `kb search` takes, operators included; one of several lines is read as a whole
ticket, as `kb search -` does.
"""

import re
from pathlib import Path
from stat import S_ISREG

from kbcli.errors import KbError
from kbcli.foundation.toml import load_toml
from kbcli.foundation.typed import NamedTuple

TESTS_NAME = "search-tests.toml"
DEFAULT_TOP = 3
DEEPEST_TOP = 100

_LARGEST = 5_000_000
_HEADER = re.compile(r"^[ \t]*\[\[[ \t]*test[ \t]*\]\]", re.MULTILINE)
_KEYS = ("query", "lang", "expect", "absent", "top", "note")


class SearchTest(NamedTuple):
    """One question: one of `expect` must be among the first `top` hits, and none of `absent`.

    `line` is that of the test's header in its file, `name_lines` are those of the card IDs.
    """

    query: str
    expect: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    top: int = DEFAULT_TOP
    lang: str = ""
    note: str = ""
    line: int = 1
    name_lines: tuple[tuple[str, int], ...] = ()

    def line_of(self, name: str) -> int:
        """The line in which the test names a card."""
        return dict(self.name_lines).get(name, self.line)


class FileProblem(NamedTuple):
    """Something wrong in a test file: the other tests are run all the same, and the run fails."""

    path: str
    line: int
    message: str
    hint: str = ""


class SearchTestFile(NamedTuple):
    """The tests that could be read, in the order of the file, and what is wrong with the others."""

    path: str
    tests: tuple[SearchTest, ...]
    problems: tuple[FileProblem, ...]


def read_search_tests(path: Path, name: str) -> SearchTestFile:
    """Read a test file; `name` is what it is called in messages.

    Raises KbError when the file is missing, cannot be read, is no TOML or holds no test.
    """
    text = _read_text(path, name)
    try:
        data = load_toml(text)
    except ValueError as error:
        raise KbError(f"{name} is not valid TOML: {error}", "Mend the line it names.") from error
    return _FileReader(name, text, data).read()


def _read_text(path: Path, name: str) -> str:
    try:
        status = path.stat()
        if not S_ISREG(status.st_mode):
            raise KbError(f"{name} is not a regular file")
        if status.st_size > _LARGEST:
            raise KbError(f"{name} is larger than 5 MB")
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        hint = f'Write one: [[test]] query = "what customers type", expect = ["ID/of-the-card"]; in {path}.'
        raise KbError(f"there is no {name}", hint) from None
    except UnicodeDecodeError as error:
        raise KbError(
            f"{name} is not UTF-8: {error.reason} at byte {error.start}", "Save it as UTF-8."
        ) from None


class _FileReader:
    """Makes tests of the tables of one file, and notes what it cannot use."""

    def __init__(self, name: str, text: str, data: dict[str, object]) -> None:
        self._name = name
        self._text = text
        self._data = data
        self._problems: list[FileProblem] = []

    def read(self) -> SearchTestFile:
        tables = self._data.get("test", [])
        if not isinstance(tables, list) or not tables:
            raise KbError(
                f"{self._name} holds no test", "Each begins with [[test]] and has a query and expect."
            )
        top = self._read_top(self._data, DEFAULT_TOP, 1)
        for key in self._data.keys() - {"test", "top"}:
            self._note(1, f"“{key}” is no setting of a test file", "Known: top, and [[test]].")
        tests = []
        for table, (start, end) in zip(tables, self._find_spans(len(tables)), strict=True):
            test = self._read_test(table, top, start, end)
            if test is not None:
                tests.append(test)
        return SearchTestFile(
            self._name, tuple(tests), tuple(sorted(self._problems, key=lambda found: found.line))
        )

    def _note(self, line: int, message: str, hint: str = "") -> None:
        self._problems.append(FileProblem(self._name, line, message, hint))

    def _find_spans(self, count: int) -> list[tuple[int, int]]:
        """Where each test begins and ends, in characters; all of the file for tests without headers."""
        starts = [match.start() for match in _HEADER.finditer(self._text)]
        if len(starts) != count:
            # One of them stands inside a text of several lines: what is before it does not parse.
            starts = [start for start in starts if _is_toml(self._text[:start])]
        if len(starts) != count:
            return [(0, len(self._text))] * count
        return list(zip(starts, [*starts[1:], len(self._text)], strict=True))

    def _read_test(self, table: object, default_top: int, start: int, end: int) -> SearchTest | None:
        line = self._text.count("\n", 0, start) + 1
        if not isinstance(table, dict):
            self._note(line, "a test must be a table", "Begin it with [[test]].")
            return None
        for key in table.keys() - set(_KEYS):
            self._note(
                self._find_line(key, start, end),
                f"“{key}” is no key of a test",
                f"Known: {', '.join(_KEYS)}.",
            )
        expect, absent = (self._read_names(table, key, line) for key in ("expect", "absent"))
        query, lang, note = (self._read_string(table, key, line) for key in ("query", "lang", "note"))
        top = self._read_top(table, default_top, line)
        if not query.strip():
            self._note(line, "a test has no query")
            return None
        if not expect and not absent:
            self._note(line, f"“{query}” expects nothing", 'Add expect = ["ID"] or absent = ["ID"].')
            return None
        lines = tuple((name, self._find_line(f'"{name}"', start, end)) for name in (*expect, *absent))
        return SearchTest(query, expect, absent, top, lang, note, line, lines)

    def _find_line(self, text: str, start: int, end: int) -> int:
        place = self._text.find(text, start, end)
        return self._text.count("\n", 0, start if place < 0 else place) + 1

    def _read_string(self, table: dict[str, object], key: str, line: int) -> str:
        value = table.get(key, "")
        if not isinstance(value, str):
            self._note(line, f"“{key}” must be a text in quotes")
            return ""
        return value

    def _read_names(self, table: dict[str, object], key: str, line: int) -> tuple[str, ...]:
        value = table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self._note(line, f"“{key}” must be a list of card IDs", f'Such as {key} = ["api/quotas"].')
            return ()
        return tuple(dict.fromkeys(value))

    def _read_top(self, table: dict[str, object], default: int, line: int) -> int:
        value = table.get("top", default)
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= DEEPEST_TOP:
            self._note(line, f"“top” must be a whole number from 1 to {DEEPEST_TOP}")
            return default
        return value


def _is_toml(text: str) -> bool:
    try:
        load_toml(text)
    except ValueError:
        return False
    return True
