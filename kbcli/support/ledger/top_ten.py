"""The top ten of a month, `support/top-ten/2026-11.yaml`: what keeps coming, and what is done about it.

A file is fields of YAML whose names are the rows' IDs, so that people write into it and branches merge. kb writes a
whole one once, and after that only the value of one field of one row: comments and order stay.
"""

import re
from collections.abc import Mapping, Sequence

from kbcli.config import Config
from kbcli.errors import KbError, RefusedError
from kbcli.foundation.disk.files import create_file, hold_file, list_names, replace_file
from kbcli.foundation.redaction import find_personal_data
from kbcli.foundation.typed import NamedTuple, compile_late
from kbcli.knowledge.cards.header.document import FrontMatterError, Value, parse_yaml
from kbcli.knowledge.cards.header.yaml import format_value, set_inner_field
from kbcli.knowledge.cards.model import Mistake

FOLDER = "support/top-ten"
FIND_ANSWER, FIND_FEATURE, BUG, POSITIONING, POLICY = (
    "find-answer",
    "find-feature",
    "bug",
    "positioning",
    "policy",
)
REMEDIES: Mapping[str, str] = {
    FIND_ANSWER: "a verified card, or the address of an announcement",
    FIND_FEATURE: "a card with the customers' word among its aliases, or the address of an issue about the name",
    BUG: "the address of an issue",
    POSITIONING: "a card of the type positioning",
    POLICY: "a card of the type policy that has an owner",
}
"""The five categories, and what each is remedied by."""
OPEN, DONE, DROPPED = "open", "done", "dropped"
STATES = (OPEN, DONE, DROPPED)
MONTH = compile_late(r"\d{4}-(?:0[1-9]|1[0-2])", re.ASCII)
_ID = compile_late(r"[\w.-]{1,80}")
_MOST_BYTES = 65_536


class Row(NamedTuple):
    """One thing that keeps coming. `words` tell its tickets, of which `tickets` came in the month, in `lang` ("" for all).

    `remedy` is `card:ID` or an address; `handed_over` says where and when, `github 2026-11-29`. `line` is where it begins.
    """

    id: str
    title: str
    words: tuple[str, ...]
    tickets: int = 0
    lang: str = ""
    category: str = ""
    remedy: str = ""
    owner: str = ""
    state: str = OPEN
    handed_over: tuple[str, ...] = ()
    line: int = 1

    @property
    def card(self) -> str:
        """The ID of the card that is the remedy, "" where it is none."""
        return self.remedy[5:].strip() if self.remedy.startswith("card:") else ""


class TopTen(NamedTuple):
    """The rows of a month in the order of the file, what is wrong with them, and the file's text."""

    month: str
    rows: tuple[Row, ...]
    mistakes: tuple[Mistake, ...] = ()
    source: str = ""

    @property
    def path(self) -> str:
        """The file's path from the knowledge base."""
        return locate_month(self.month)

    def find_row(self, name: str) -> Row:
        """The row of an ID, a clear beginning of one, or a number from 1. Raises KbError, with the IDs there are."""
        if name.isdecimal() and 0 < int(name) <= len(self.rows):
            return self.rows[int(name) - 1]
        exact = [row for row in self.rows if row.id == name]
        if len(found := exact or [row for row in self.rows if row.id.startswith(name)]) == 1:
            return found[0]
        known = ", ".join(row.id for row in found or self.rows)
        problem = "names several rows" if found else "is no row"
        raise KbError(
            f"“{name}” {problem} of {self.path}", f"There are: {known}." if known else "It has none."
        )


def locate_month(month: str) -> str:
    """The path of a month's file, from the knowledge base."""
    return f"{FOLDER}/{month}.yaml"


def list_files(config: Config) -> list[str]:
    """The names of the files of the ledger, sorted. Raises OutsidePathError."""
    return [name for name in list_names(config.locate(FOLDER)) if name.endswith((".yaml", ".yml"))]


def list_months(config: Config) -> list[str]:
    """The months that have a top ten, oldest first."""
    names = (name.removesuffix(".yaml") for name in list_files(config))
    return [name for name in names if MONTH.fullmatch(name)]


def load_top_ten(config: Config, month: str) -> TopTen:
    """The top ten of a month. Raises KbError, with path and line, where there is none or it cannot be read."""
    path = locate_month(month)
    source = read_source(config, path)
    if source is None:
        months = ", ".join(list_months(config)[-6:]) or "none yet"
        raise KbError(f"there is no {path}", f"`kb top-ten draft` makes one. There are: {months}.")
    try:
        return parse_top_ten(source, month)
    except FrontMatterError as error:
        raise KbError(f"{path}:{error.line}: {name_file(error)}", error.hint) from None


def read_source(config: Config, path: str) -> str | None:
    """The text of a file of the ledger, None where there is none. Raises KbError where it cannot be read."""
    try:
        with open(config.locate(path), "rb") as stream:
            data = stream.read(_MOST_BYTES + 1)
        if len(data) > _MOST_BYTES:
            raise KbError(f"{path} is larger than {_MOST_BYTES // 1024} kB", "Make it smaller.")
        return data.decode("utf-8-sig")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise KbError(f"{path} cannot be read: {error}", "It must be a file of UTF-8 text.") from None


def name_file(error: FrontMatterError) -> str:
    """What is wrong, said of a file that is nothing but fields."""
    return str(error).replace("the front matter", "the file")


def parse_top_ten(source: str, month: str) -> TopTen:
    """The rows that a text says, and what is wrong with each. Raises FrontMatterError where it is no YAML fields."""
    fields = parse_yaml(source)
    mistakes = [
        Mistake(line, f"there are two rows “{name}”", "Give one another ID.", name)
        for name, line in fields.duplicates
    ]
    rows = []
    for name, value in fields.values.items():
        line = fields.lines[name]
        if not isinstance(value, dict) or not _ID.fullmatch(name):
            hint = "Write an ID of letters, digits and hyphens, and below it, indented, “title: …”."
            mistakes.append(Mistake(line, f"“{name}” is no row", hint, name))
            continue
        reader = _RowReader(name, value, line)
        rows.append(reader.read())
        mistakes += (one._replace(line=find_line(source, line, one.subject)) for one in reader.mistakes)
    return TopTen(month, tuple(rows), tuple(sorted(mistakes)), source)


def find_line(source: str, line: int, field: str) -> int:
    """The line of a field (`row.remedy`) of the row that begins on `line`, else that one."""
    name = field.rpartition(".")[2]
    lines = source.splitlines()
    for number, text in enumerate(lines[line:], line + 1):
        if text[:1].strip() and not text.startswith("#"):
            break
        if re.match(rf"[ \t]+[\"']?{re.escape(name)}[\"']?[ \t]*:", text):
            return number
    return line


class _RowReader:
    """Reads the fields of a row: gives a default for what cannot be read, and notes it in `mistakes`."""

    def __init__(self, name: str, fields: Mapping[str, Value], line: int) -> None:
        self.name = name
        self.mistakes: list[Mistake] = []
        self._fields = fields
        self._line = line

    def read(self) -> Row:
        """The row."""
        row = Row(
            id=self.name,
            title=self._read_text("title") or self.name,
            words=self._read_list("words"),
            tickets=self._read_count("tickets"),
            lang=self._read_text("lang"),
            category=self._read_text("category", tuple(REMEDIES)),
            remedy=self._read_text("remedy"),
            owner=self._read_text("owner"),
            state=self._read_text("state", STATES) or OPEN,
            handed_over=self._read_list("handed_over"),
            line=self._line,
        )
        if not row.words and not self.mistakes:
            self._refuse(
                "words", "it has no words", "Write words: [one, another]; by them its tickets are counted."
            )
        for field, text in (("title", row.title), ("words", " | ".join(row.words)), ("remedy", row.remedy)):
            for kind, _, _ in find_personal_data(text)[:1]:
                problem = f"{field} holds personal data or a secret ({kind})"
                self._refuse(field, problem, "It would stay in git for good. Leave it out.")
        return row

    def _refuse(self, field: str, problem: str, hint: str) -> None:
        self.mistakes.append(Mistake(self._line, f"{self.name}: {problem}", hint, f"{self.name}.{field}"))

    def _read_text(self, field: str, among: Sequence[str] = ()) -> str:
        value = self._fields.get(field)
        if value is not None and not isinstance(value, str):
            self._refuse(field, f"{field} is no text", "Write it on one line.")
            return ""
        text = " ".join((value or "").split())
        if text and among and text not in among:
            self._refuse(field, f"{field} is “{text}”", f"Use one of: {', '.join(among)}.")
            return ""
        return text

    def _read_list(self, field: str) -> tuple[str, ...]:
        value = self._fields.get(field)
        items = value if isinstance(value, list) else [] if value is None else [value]
        texts = tuple(" ".join(item.split()) for item in items if isinstance(item, str) and item.strip())
        if len(texts) != len(items):
            self._refuse(field, f"{field} is no list of texts", f"Write {field}: [one, another]")
        return texts

    def _read_count(self, field: str) -> int:
        text = self._read_text(field)
        if text and not (text.isascii() and text.isdecimal() and len(text) < 10):
            self._refuse(field, f"{field} is “{text}”", "Write a whole number.")
            return 0
        return int(text or 0)


def format_top_ten(month: str, rows: Sequence[Row], notes: Mapping[str, str], about: str) -> str:
    """A new file: `about` is its first line, `notes` are comments on categories, by row."""
    lines = [f"# {about}", "# category, and the remedy that fits it (card:ID or an address):"]
    lines += [f"#   {category}: {remedy}" for category, remedy in REMEDIES.items()]
    lines += [
        f"# state: {', '.join(STATES)}. Two of the words (the one, where there is but one) make a ticket count."
    ]
    for row in rows:
        note = f"  # {notes[row.id]}" if row.id in notes else ""
        lines += ["", f"{format_value(row.id)}:", f"  title: {format_value(row.title)}"]
        lines += [f"  lang: {format_value(row.lang)}"] if row.lang else []
        lines += [f"  words: {format_value(list(row.words))}", f"  tickets: {row.tickets}"]
        lines += [
            f"  category: {row.category}".rstrip() + note,
            "  remedy:",
            "  owner:",
            f"  state: {row.state}",
        ]
    text = "\n".join(lines) + "\n"
    written = parse_top_ten(text, month)
    if [row._replace(line=1) for row in written.rows] != list(rows) or written.mistakes:
        raise RefusedError(f"the top ten of {month} cannot be written cleanly", "Please report it.")
    return text


def write_top_ten(config: Config, month: str, text: str) -> str:
    """Write a month's new file; its path. Raises RefusedError where there is one."""
    create_file(config.locate(locate_month(month)), text.encode())
    return locate_month(month)


def set_row_field(config: Config, month: str, row: str, field: str, value: str | list[str]) -> str:
    """Set one field of one row, and nothing else of the file; its path. Raises RefusedError where that cannot be done cleanly."""
    path = locate_month(month)
    full = config.locate(path)
    with hold_file(full):
        before = full.read_bytes()
        source = load_top_ten(config, month).source
        try:
            after = set_inner_field(source, row, field, value)
            old, new = parse_yaml(source).values, parse_yaml(after).values
        except FrontMatterError as error:
            raise RefusedError(f"{path}:{error.line}: {name_file(error)}", error.hint) from None
        kept = old.get(row)
        if not isinstance(kept, dict) or new != {**old, row: {**kept, field: value}}:
            raise RefusedError(f"{path} cannot be changed cleanly", f"Write {field} of {row} by hand.")
        mark = b"\xef\xbb\xbf" if before.startswith(b"\xef\xbb\xbf") else b""
        replace_file(full, mark + after.encode(), expected=before)
    return path
