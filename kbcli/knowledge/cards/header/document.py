"""A card file cut in two, front matter and body, and the front matter as fields.

Bytes in; text and places out. Nothing is interpreted: every scalar is the text that stands there.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from kbcli.foundation.typed import Any

MAX_HEADER_CHARACTERS = 65_536

_NEWLINE = r"(?:\r\n|\n|\r)"
_OPEN = re.compile(rf"(?P<blank>[ \t\r\n]*)(?P<mark>---|\+\+\+)[ \t]*{_NEWLINE}")
_CLOSE = {
    mark: re.compile(rf"(?<![^\r\n]){re.escape(mark)}[ \t]*(?:{_NEWLINE}|\Z)") for mark in ("---", "+++")
}
_ANY_NEWLINE = re.compile(_NEWLINE)
_KEY_LINE = re.compile(r"[\"']?[A-Za-z_][\w. -]*[\"']?:(?:[ \t\u00a0]|$)")
_KNOWN_FIRST_KEYS = re.compile(
    r"(?:title|type|tags|owner|status|lang|layout|description|date|owner_slack|last_review\w*|review\w*|expires"
    r"|verified|verify_every|category|weight):(?:[ \t]|$)"
)
_CONFLICT = re.compile(r"(?<![^\r\n])<{7}[ \r\n]")
_BOM = b"\xef\xbb\xbf"
MAX_DEPTH = 20
MAX_NODES = 10_000
Value = None | str | list["Value"] | dict[str, "Value"]
_NULLS = frozenset(("", "~", "null", "Null", "NULL"))
_FALSE_SPACE = re.compile(r"(?<![^\r\n])[\w.-]+:[\u00a0\u2007\u202f\u3000]")
_DEEP_SPACES = " " * 20
_DEEP_INDENT = re.compile(r"^[ \t]{20,}|(?:[-?:][ \t]+){8,}", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Document:
    """One file's text, cut at its fences.

    `mark` is `---` (YAML), `+++` (TOML) or "" (no front matter). `header` is the text between
    the fences with its own newlines; it starts at character `header_start` of `text` and on
    1-based line `header_line`. `body` starts at character `body_start`, byte `body_offset` of
    the file and line `body_line`. `newline` is the file's first newline. `trouble` names what is
    wrong with the fences or the encoding as (rule, line, message, hint).
    """

    text: str
    encoding: str = "utf-8"
    bom: bool = False
    mark: str = ""
    header: str = ""
    header_start: int = 0
    header_line: int = 1
    body_start: int = 0
    body_offset: int = 0
    body_line: int = 1
    newline: str = "\n"
    trouble: tuple[tuple[str, int, str, str], ...] = ()

    @property
    def body(self) -> str:
        """The text after the front matter, newlines unified to LF."""
        return unify_newlines(self.text[self.body_start :])


def unify_newlines(text: str) -> str:
    """The text with CRLF and lone CR as LF."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def count_newlines(text: str) -> int:
    """How many line breaks a text has; CRLF is one."""
    return text.count("\n") + text.count("\r") - text.count("\r\n")


def decode_card(data: bytes) -> tuple[str, str, tuple[tuple[str, int, str, str], ...]]:
    """The text of a file (byte order mark cut), its encoding, and what was wrong with that.

    UTF-8 is what a card should be. Bytes that are not are read as Windows-1252, so that the card
    can still be found; UTF-16 and UTF-32 are read by their byte order mark.
    """
    start = data.removeprefix(_BOM)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            text = data.decode("utf-16")
        except UnicodeDecodeError:
            text = data.decode("utf-16", "replace")
        hint = "Save it as UTF-8."
        return text.removeprefix("\ufeff"), "utf-16", (("bad-encoding", 1, "the file is UTF-16", hint),)
    try:
        return start.decode("utf-8"), "utf-8", ()
    except UnicodeDecodeError as error:
        line = start[: error.start].count(b"\n") + 1
        message = f"byte 0x{start[error.start]:02x} is not UTF-8"
        text = start.decode("cp1252", "replace")
        return text, "cp1252", (("bad-encoding", line, message, "Save the file as UTF-8."),)


def split_document(data: bytes) -> Document:
    """Cut a file at its front matter fences. Never raises; `trouble` says what is damaged."""
    text, encoding, trouble = decode_card(data)
    bom = data.startswith(_BOM)
    first_newline = _ANY_NEWLINE.search(text)
    newline = first_newline[0] if first_newline else "\n"
    opening = _OPEN.match(text)
    if opening is None:
        trouble += _find_missing_fence(text)
        return Document(text, encoding, bom, body_offset=3 if bom else 0, newline=newline, trouble=trouble)
    mark = opening["mark"]
    # Nearly always the fence after the first line feed and mark is the one; the pattern alone is slower.
    guess = text.find(f"\n{mark}", opening.end() - 1) + 1
    near = 0 < guess <= opening.end() + 4_000 and "\r" not in text[opening.end() : guess]
    closing = _CLOSE[mark].match(text, guess) if near else None
    if closing is None:
        closing = _CLOSE[mark].search(text, opening.end(), opening.end() + MAX_HEADER_CHARACTERS)
    if closing is None:
        trouble += _judge_unclosed(text, opening, mark)
        return Document(text, encoding, bom, body_offset=3 if bom else 0, newline=newline, trouble=trouble)
    if opening["blank"]:
        line = count_newlines(opening["blank"]) + 1
        message = "the front matter does not begin on the first line"
        trouble += (("bad-front-matter", line, message, "Delete what stands before its first fence."),)
    header_line = count_newlines(text[: opening.end()]) + 1
    header = text[opening.end() : closing.start()]
    return Document(
        text,
        encoding,
        bom,
        mark,
        header,
        opening.end(),
        header_line,
        body_start=closing.end(),
        body_offset=len(text[: closing.end()].encode(encoding, "replace")) + (3 if bom else 0),
        body_line=header_line + count_newlines(text[opening.end() : closing.end()]),
        newline=newline,
        trouble=trouble,
    )


def _judge_unclosed(text: str, opening: re.Match[str], mark: str) -> tuple[tuple[str, int, str, str], ...]:
    """An opening fence without its partner is damage only when fields follow it; else it is a rule."""
    line = text.count("\n", 0, opening.end()) or 1
    rest = text[opening.end() : opening.end() + 400]
    if len(text) - opening.end() > MAX_HEADER_CHARACTERS and _CLOSE[mark].search(text, opening.end()):
        hint = "Move its content into the body."
        return (("bad-front-matter", line, "the front matter is larger than 64 kB", hint),)
    if mark == "+++" or _KEY_LINE.match(rest):
        return (
            (
                "bad-front-matter",
                line,
                "the front matter is not closed",
                f"Add a line {mark} after its last field.",
            ),
        )
    return ()


def _find_missing_fence(text: str) -> tuple[tuple[str, int, str, str], ...]:
    """Front matter whose first fence is damaged, missing, or behind a merge conflict mark."""
    lines = _ANY_NEWLINE.split(text[:4000])[:60]
    number = next((index for index, line in enumerate(lines) if line.strip()), None)
    if number is None:
        return ()
    first, rest = lines[number], lines[number + 1 :]
    following = rest[0] if rest else ""
    if _CONFLICT.match(first + "\n") and "---" in (line.strip() for line in rest):
        hint = "Resolve the conflict: keep one side and delete the marks."
        return (("merge-conflict", number + 1, "a merge conflict mark stands before the front matter", hint),)
    closed = any(line.rstrip() in ("---", "+++") for line in rest)
    if (
        re.fullmatch(r"[-\u2010-\u2015\u2212]{1,8}|\+{1,8}", first.strip())
        and closed
        and _KEY_LINE.match(following)
    ):
        message = f"the first fence is “{first.strip()}”, not three hyphens"
        return (("bad-front-matter", number + 1, message, "Make it ---."),)
    if _KNOWN_FIRST_KEYS.match(first) and (_KEY_LINE.match(following) or closed):
        message = "this looks like front matter without its first fence"
        return (("bad-front-matter", number + 1, message, "Add a line --- before it and one after it."),)
    return ()


class FrontMatterError(ValueError):
    """Front matter that cannot be read; `line` counts from 1 within the header."""

    def __init__(self, message: str, line: int, hint: str) -> None:
        super().__init__(message)
        self.line = line
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of one header: values as text, lists and mappings; the line of each key; keys seen twice.

    Lines count from 1 within the header.
    """

    values: Mapping[str, Value]
    lines: Mapping[str, int]
    duplicates: tuple[tuple[str, int], ...] = ()


def parse_header(mark: str, header: str) -> Fields:
    """Read what stands between two fences: YAML between `---`, TOML between `+++`. Raises FrontMatterError."""
    return parse_toml(header) if mark == "+++" else parse_yaml(header)


def parse_yaml(header: str) -> Fields:
    """Read YAML front matter. Raises FrontMatterError, with line and remedy, for what is not a mapping.

    Nesting and alias expansion are bounded before libyaml builds anything: its loader crashes on
    200,000 nested brackets, and an alias bomb explodes when it is shown.
    """
    import yaml

    try:
        if _may_be_deep(header):
            _check_depth(header)
        node = _make_loader_class()(header).get_single_node()
    except FrontMatterError:
        raise
    except yaml.YAMLError as error:
        raise _find_false_space(header) or _explain_error(error) from None
    except (ValueError, RecursionError, UnicodeError) as error:
        raise FrontMatterError(str(error), 1, "Delete the characters that YAML does not allow.") from None
    if node is None:
        return Fields({}, {})
    if not isinstance(node, yaml.MappingNode):
        line = node.start_mark.line + 1
        hint = "Write one “name: value” a line, with a space after the colon."
        raise FrontMatterError("the front matter is not a list of fields", line, hint)
    return _Converter().convert_fields(node)


def _may_be_deep(header: str) -> bool:
    """Whether a header could be nested too deeply; quick, as nearly every one is flat."""
    if header.count("[") + header.count("{") > MAX_DEPTH:
        return True
    # Spelt out, because this runs for every card there is.
    suspicious = (
        "- -" in header
        or "-  " in header
        or "? " in header
        or "\t" in header
        or ":  " in header
        or ": :" in header
        or "- :" in header
        or ": -" in header
        or _DEEP_SPACES in header
    )
    return suspicious and _DEEP_INDENT.search(header) is not None


@lru_cache(maxsize=1)
def _make_loader_class() -> Callable[[str], Any]:
    """Libyaml's composer without PyYAML's tag resolution, which takes a fifth of the time and is not used here."""
    from yaml._yaml import CParser

    class HeaderLoader(CParser):
        """Composes nodes; every one has the same tag."""

        def resolve(self, *_: object) -> str:
            return ""

        def descend_resolver(self, *_: object) -> None:
            pass

        def ascend_resolver(self) -> None:
            pass

    return HeaderLoader


def _check_depth(header: str) -> None:
    """Refuse deep nesting on the event stream, which libyaml reads without recursion."""
    import yaml

    depth = 0
    for event in yaml.parse(header, Loader=yaml.CBaseLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MAX_DEPTH:
                line = event.start_mark.line + 1  # type: ignore[union-attr]
                hint = "Flatten it, or move it into the body."
                raise FrontMatterError(f"the front matter is nested deeper than {MAX_DEPTH}", line, hint)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


class _Converter:
    """Turns a node tree into plain values, counting what aliases expand to."""

    def __init__(self) -> None:
        self._count = 0
        self._line = 1

    def convert_fields(self, node: object) -> Fields:
        values: dict[str, Value] = {}
        lines: dict[str, int] = {}
        duplicates: list[tuple[str, int]] = []
        for key_node, value_node in node.value:  # type: ignore[attr-defined]
            key = key_node.value if isinstance(key_node.value, str) else str(self._convert(key_node, 1))
            self._line = line = key_node.start_mark.line + 1
            if key in values:
                duplicates.append((key, line))
            values[key] = self._convert(value_node, 1)
            lines[key] = line
        return Fields(values, lines, tuple(duplicates))

    def _convert(self, node: object, depth: int) -> Value:
        self._count += 1
        if self._count > MAX_NODES or depth > MAX_DEPTH:
            # An alias has the place of its anchor, so the field's own line says more.
            raise FrontMatterError("its aliases expand without end", self._line, "Write the values out.")
        content = node.value  # type: ignore[attr-defined]
        if isinstance(content, str):
            # The style of a plain scalar is None or "".
            return None if content in _NULLS and not node.style else content  # type: ignore[attr-defined]
        if content and isinstance(content[0], tuple):
            return {
                str(self._convert(key, depth + 1)): self._convert(value, depth + 1) for key, value in content
            }
        if type(node).__name__ == "MappingNode":
            return {}
        return [self._convert(item, depth + 1) for item in content]


def _find_false_space(header: str) -> FrontMatterError | None:
    """What is wrong when a no-break space, as editors paste it, stands where YAML needs a space."""
    match = _FALSE_SPACE.search(header)
    if match is None:
        return None
    line = len(re.findall(r"\r\n|\n|\r", header[: match.start()])) + 1
    return FrontMatterError("a no-break space follows the colon", line, "Type a plain space there.")


def _explain_error(error: Exception) -> FrontMatterError:
    problem = getattr(error, "problem", None) or str(error).splitlines()[0]
    marks = [getattr(error, "problem_mark", None), getattr(error, "context_mark", None)]
    if "could not find expected" in problem:
        # libyaml notices a missing colon only on the next line; the context is where it is missing.
        marks.reverse()
    line = next((mark.line + 1 for mark in marks if mark is not None), 1)
    hints = {
        "mapping values are not allowed": "Put quotes around a value that holds a colon.",
        "cannot start any token": "Put quotes around a value that begins with ` or @ or %, and use spaces for tabs.",
        "could not find expected ':'": "Write “name: value”, with a space after the colon.",
        "did not find expected": "Close the bracket or the quotes.",
        "block sequence entries": "Put quotes around a value that begins with a hyphen.",
    }
    hint = next((text for start, text in hints.items() if start in problem), "Put quotes around the value.")
    return FrontMatterError(f"the front matter is not valid YAML: {problem}", line, hint)


def parse_toml(header: str) -> Fields:
    """Read TOML front matter (`+++`); dates and numbers become the text they are written as in ISO.

    Raises FrontMatterError.
    """
    import tomllib

    if header.count("[") + header.count("{") > 2000:
        raise FrontMatterError("the front matter is nested too deeply", 1, "Move it into the body.")
    try:
        data = tomllib.loads(header.replace("\r\n", "\n").replace("\r", "\n"))
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        found = re.search(r"at line (\d+)", str(error))
        line = int(found[1]) if found else 1
        raise FrontMatterError(
            f"the front matter is not valid TOML: {error}", line, "Mend that line."
        ) from None
    lines: dict[str, int] = {}
    for number, text in enumerate(re.split(r"\r\n|\n|\r", header), 1):
        if match := re.match(r"""[ \t]*\[?["']?([\w.-]+)["']?[ \t]*(?:=|\])""", text):
            lines.setdefault(match[1], number)
    return Fields({str(name): _text_value(value) for name, value in data.items()}, lines)


def _text_value(value: object) -> Value:
    if isinstance(value, dict):
        return {str(name): _text_value(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_text_value(item) for item in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
