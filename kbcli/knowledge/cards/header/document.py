"""A card file cut in two, front matter and body, and the front matter as fields.

Bytes in; text and places out. Nothing is interpreted: every scalar is the text that stands there.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from kbcli.foundation.typed import Any, compile_late

MAX_HEADER_CHARACTERS = 65_536

_NEWLINE = r"(?:\r\n|\n|\r)"
_COMMENT = rf"<!--(?!-?>)(?:(?!--!?>).)*-->[ \t]*{_NEWLINE}"
_OPEN = compile_late(
    rf"(?P<lead>(?:[ \t\r\n\ufeff]|{_COMMENT})*)(?P<mark>---|\+\+\+)[ \t]*{_NEWLINE}", re.DOTALL
)
_CLOSE = {
    mark: compile_late(rf"(?<![^\r\n])(?:{close})[ \t]*(?:{_NEWLINE}|\Z)")
    for mark, close in (("---", r"---|\.\.\."), ("+++", r"\+\+\+"))
}
_HYPHENS = compile_late(rf"(?<![^\r\n])---[ \t]*(?:{_NEWLINE}|\Z)")
_JSON_START = compile_late(r"[ \t\r\n\ufeff]*(?=\{\s*\")")
_JSON_KEY = compile_late(r"[\s,]*(?=\")")
_JSON_END = compile_late(rf"[ \t]*(?:{_NEWLINE}|\Z)")
_ANY_NEWLINE = compile_late(_NEWLINE)
_KEY_LINE = compile_late(r"[\"']?[A-Za-z_][\w. -]*[\"']?:(?:[ \t\u00a0]|$)")
_KNOWN_FIRST_KEYS = compile_late(
    r"(?:title|type|tags|owner|status|lang|layout|description|date|owner_slack|last_review\w*|review\w*|expires"
    r"|verified|verify_every|category|weight)(?::(?:[ \t]|$)|[ \t]*=)"
)
_FIRST_FIELD = compile_late(rf"(?:[ \t]*(?:#[^\r\n]*)?{_NEWLINE})*[ \t]*[\"']?[\w.-]+[\"']?[ \t]*[:=]|[\[{{]")
# What no reader sees as text: comments of every kind, on one line or several, and what templates and HTML begin with.
_NO_TEXT = compile_late(
    r"(?:\s|\ufeff"
    r"|\{%-?[ \t]*(?P<tag>comment|capture|raw|block)\b.*?\{%-?[ \t]*end(?P=tag)\b[^\r\n]*"
    r"|<!--.*?-->|<%.*?%>|\{#.*?#\}|\{/\*.*?\*/\}|/\*.*?\*/|%%.*?%%"
    r"|(?:[#%<]|//|/?\*|\{[%{#]|\[[^\]\r\n]*\]:)[^\r\n]*)*+",
    re.DOTALL,
)
_LATE = compile_late(rf"(?<![^\r\n])(?:---|\+\+\+)[ \t]*{_NEWLINE}(?={_KNOWN_FIRST_KEYS.pattern})")
_FIELD_LINE = compile_late(r"[\s#-]|$|[\"']?[\w.-]+[\"']?[ \t]*[:=]")
_FEW_LINES = 10
_SECOND = compile_late(rf"[ \t\r\n]*(?:---|\+\+\+)[ \t]*{_NEWLINE}(?={_KNOWN_FIRST_KEYS.pattern})")
_CONFLICT = compile_late(r"(?<![^\r\n])<{7}[ \r\n]")
# Hugo, Docusaurus and Astro end the front matter where a line begins so, Jekyll and MkDocs at any line of three points.
_EARLY_SIGNS = ("\n---", "\n+++", "\n...", "\r", "\u2028", "\u2029")
_EARLY_END = {
    mark: compile_late(rf"(?<![^\r\n\u2028\u2029])(?:{early})")
    for mark, early in (("---", r"---|\.\.\.\s"), ("+++", r"\+\+\+"))
}
_LONE_RETURN = compile_late(r"\r(?!\n)")
_NOT_FIRST = "the front matter does not begin on the first line"
_NOT_READ = "the front matter has text above it"
_DELETE_ABOVE = "Delete what stands before its first fence."
_WRITE_YAML = "Write it as YAML, between two lines ---."
_IS_JSON = "the front matter is JSON, which Hugo reads and hardly anything else"
_ENDS_LATE = (
    "some tools end the front matter not at this line ... but at a later ---, and hide what is between"
)
READ_ANYWAY = frozenset((_NOT_FIRST, _IS_JSON, _ENDS_LATE))
"""Messages of trouble that keeps kb from reading and editing nothing."""
READ_BY = {"hugo": (_NOT_FIRST, _IS_JSON), "zola": (_NOT_FIRST,), "astro": (_NOT_FIRST,)}
"""Those of them that are no trouble to a site's generator."""
_BOM = b"\xef\xbb\xbf"
_UNDEFINED = {0xDC00 + byte: byte for byte in (0x81, 0x8D, 0x8F, 0x90, 0x9D)}
MAX_DEPTH = 20
MAX_NODES = 10_000
Value = None | str | list["Value"] | dict[str, "Value"]
FieldValue = str | date | list[str] | dict[str, str | date]
"""What a field can be set to."""
_NULLS = frozenset(("", "~", "null", "Null", "NULL"))
_FALSE_SPACE = compile_late(r"(?<![^\r\n])(?:[\w.-]+:[\u00a0\u2007\u202f\u3000]|(?P<bom>\ufeff))")
# YAML 1.1 and libyaml break lines there, YAML 1.2, editors and git do not.
_FALSE_BREAKS = compile_late("[\x85\u2028\u2029]")
_DEEP_SPACES = " " * 20
_DEEP_INDENT = compile_late(r"^[ \t]{20,}|(?:[-?:][ \t]+){8,}", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Document:
    """One file's text, cut at its fences.

    `mark` is `---` (YAML), `+++` (TOML), `{` (JSON) or "" (no front matter). `header` is the text
    between the fences with its own newlines, of JSON with its braces; it starts at character `header_start` of `text` and on
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
        text = data.decode("utf-16", "replace").removeprefix("\ufeff")
        return text, "utf-16", (("bad-encoding", 1, "the file is UTF-16", "Save it as UTF-8."),)
    try:
        return start.decode("utf-8"), "utf-8", ()
    except UnicodeDecodeError as error:
        line = start[: error.start].count(b"\n") + 1
        message = f"byte 0x{start[error.start]:02x} is not UTF-8"
        # Bytes that it does not have stay apart, as browsers read them: else one could take another's place unseen.
        text = start.decode("cp1252", "surrogateescape").translate(_UNDEFINED)
        return text, "cp1252", (("bad-encoding", line, message, "Save the file as UTF-8."),)


def split_document(data: bytes) -> Document:
    """Cut a file at its front matter fences. Never raises; `trouble` says what is damaged.

    Blank lines and comments may stand above the first fence, and `...` may end YAML, as its own rules,
    Pandoc and Jekyll have it.
    """
    text, encoding, trouble = decode_card(data)
    bom = data.startswith(_BOM)
    first_newline = _ANY_NEWLINE.search(text)
    newline = first_newline[0] if first_newline else "\n"
    mark, start, end, body_start, found = _find_header(text)
    trouble += found
    if "\r" in text and (lone := _LONE_RETURN.search(text)):
        line = count_newlines(text[: lone.start()]) + 1
        message = "the line ends with CR alone, where some tools see no end of a line"
        trouble += (("bad-encoding", line, message, "Save it with LF, or CRLF, as line ends."),)
    header_line = count_newlines(text[:start]) + 1
    return Document(
        text,
        encoding,
        bom,
        mark,
        text[start:end],
        start,
        header_line,
        body_start=body_start,
        body_offset=len(text[:body_start].encode(encoding, "replace")) + (3 if bom else 0),
        body_line=header_line + count_newlines(text[start:body_start]),
        newline=newline,
        trouble=trouble,
    )


_Trouble = tuple[tuple[str, int, str, str], ...]


def _damage(line: int, message: str, hint: str) -> _Trouble:
    """The one trouble that front matter has."""
    return (("bad-front-matter", line, message, hint),)


def _find_header(text: str) -> tuple[str, int, int, int, _Trouble]:
    """Its mark, where it starts and ends, where the body starts, and what is wrong; the mark is "" for none."""
    opening = _OPEN.match(text)
    if opening is None:
        return _find_json(text) if _JSON_START.match(text) else ("", 0, 0, 0, _find_missing_fence(text))
    mark, lead = opening["mark"], opening["lead"]
    closing = _find_closing(text, opening.end(), mark)
    if "<" in lead and not _FIRST_FIELD.match(text, opening.end()):
        # A comment above a line across the page.
        return "", 0, 0, 0, ()
    if closing is None:
        return "", 0, 0, 0, _judge_unclosed(text, opening, mark)
    trouble: _Trouble = ()
    if lead:
        trouble = _damage(count_newlines(lead) + 1, _NOT_FIRST, _DELETE_ABOVE)
    if early := _find_early_end(text, opening.end(), closing.start(), mark):
        line = count_newlines(text[: early.start()]) + 1
        message = (
            f"some tools end the front matter at this line, and show what follows it: {early[0].strip()}"
        )
        trouble += _damage(line, message, "Indent it, or put quotes around it.")
    if closing[0][0] == "." and _HYPHENS.search(text, closing.end()):
        trouble += _damage(count_newlines(text[: closing.start()]) + 1, _ENDS_LATE, "Make it ---.")
    second = _SECOND.match(text, closing.end())
    if second and _find_closing(text, second.end(), "---"):
        line = count_newlines(text[: second.end()])
        hint = "Make one of the two, and delete the other."
        trouble += _damage(line, "a second front matter follows the first", hint)
    return mark, opening.end(), closing.start(), closing.end(), trouble


def _find_closing(text: str, start: int, mark: str) -> re.Match[str] | None:
    """The fence that ends a header which starts here."""
    # Nearly always the fence after the first line feed and mark is the one; the pattern alone is slower.
    guess = text.find(f"\n{mark}", start - 1) + 1
    near = 0 < guess <= start + 4_000 and text.find("\r", start, guess) < 0
    if near and text.find("\n...", start - 1, guess) < 0 and (closing := _CLOSE[mark].match(text, guess)):
        return closing
    closing = _CLOSE[mark].search(text, start, start + MAX_HEADER_CHARACTERS)
    while closing and closing[0][0] == "." and not _FIRST_FIELD.match(text, start):
        closing = _CLOSE[mark].search(text, closing.end(), start + MAX_HEADER_CHARACTERS)
    return closing


def _find_early_end(text: str, start: int, end: int, mark: str) -> re.Match[str] | None:
    """The first line of a header that ends it to others than kb."""
    # Nearly no header has one, and every card is asked.
    if all(text.find(sign, start - 1, end) < 0 for sign in _EARLY_SIGNS):
        return None
    return _EARLY_END[mark].search(text, start, end)


def _find_json(text: str) -> tuple[str, int, int, int, _Trouble]:
    """What `_find_header` gives for a file that begins as a JSON object does."""
    from json import JSONDecodeError, JSONDecoder

    start = text.index("{")
    line = count_newlines(text[:start]) + 1
    try:
        _, end = JSONDecoder(strict=False).raw_decode(text, start)
    except (JSONDecodeError, RecursionError) as error:
        if isinstance(error, JSONDecodeError):
            line = count_newlines(text[: error.pos]) + 1
        message = f"the front matter is not valid JSON: {getattr(error, 'msg', 'it is nested too deeply')}"
        return "", 0, 0, 0, _damage(line, message, "Mend that line, or write it as YAML.")
    closing = _JSON_END.match(text, end)
    if closing is None or end - start > MAX_HEADER_CHARACTERS:
        what = "larger than 64 kB" if closing else "followed by text on its last line"
        return "", 0, 0, 0, _damage(line, f"the front matter is {what}", _WRITE_YAML)
    return "{", start, end, closing.end(), _damage(line, _IS_JSON, _WRITE_YAML)


def _judge_unclosed(text: str, opening: re.Match[str], mark: str) -> _Trouble:
    """An opening fence without its partner is damage only when fields follow it; else it is a rule."""
    line = count_newlines(text[: opening.end()]) or 1
    rest = text[opening.end() : opening.end() + 400]
    if len(text) - opening.end() > MAX_HEADER_CHARACTERS and _CLOSE[mark].search(text, opening.end()):
        return _damage(line, "the front matter is larger than 64 kB", "Move its content into the body.")
    if mark == "+++" or _KEY_LINE.match(rest):
        return _damage(line, "the front matter is not closed", f"Add a line {mark} after its last field.")
    return ()


def _find_missing_fence(text: str) -> _Trouble:
    """Front matter whose first fence is damaged, missing, or behind what is no text, as a merge conflict mark."""
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
        return _damage(number + 1, message, "Make it ---.")
    if _KNOWN_FIRST_KEYS.match(first) and (_KEY_LINE.match(following) or closed):
        message = "this looks like front matter without its first fence"
        return _damage(number + 1, message, "Add a line --- before it and one after it.")
    if first.strip() == ";;;" and any(line.rstrip() == ";;;" for line in rest):
        return _damage(number + 1, "the front matter stands between ;;;", _WRITE_YAML)
    late = _LATE.search(text, 0, 4000)
    if late and _is_above(text, late.start()) and _is_header(text, late):
        return _damage(count_newlines(text[: late.start()]) + 1, _NOT_READ, _DELETE_ABOVE)
    return ()


def _is_above(text: str, end: int) -> bool:
    """Whether the beginning of a text is none of it, or is so short that a fence after it is meant as the first."""
    lead = _NO_TEXT.match(text, 0, end)
    is_short = (
        count_newlines(text[:end]) <= _FEW_LINES and "```" not in text[:end] and "~~~" not in text[:end]
    )
    return bool(text[:end].strip()) and (is_short or (lead is not None and lead.end() == end))


def _is_header(text: str, opening: re.Match[str]) -> bool:
    """Whether nothing but fields stands between a fence and the next."""
    closing = _find_closing(text, opening.end(), opening[0][:3])
    lines = _ANY_NEWLINE.split(text[opening.end() : closing.start()]) if closing else [""]
    return all(_FIELD_LINE.match(line) for line in lines[:-1]) and len(lines) > 1


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
    """Read front matter by its mark: `---` YAML, `+++` TOML, `{` JSON. Raises FrontMatterError."""
    return parse_toml(header) if mark == "+++" else parse_json(header) if mark == "{" else parse_yaml(header)


def parse_yaml(header: str) -> Fields:
    """Read YAML front matter. Raises FrontMatterError, with line and remedy, for what is not a mapping.

    Nesting and alias expansion are bounded before libyaml builds anything: its loader crashes on
    200,000 nested brackets, and an alias bomb explodes when it is shown.
    """
    import yaml

    try:
        if _may_be_deep(header):
            _check_depth(header)
        node = compose_yaml(header, _make_loader_class())
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


def compose_yaml(header: str, loader: Callable[[str], Any]) -> Any:
    """The node tree of a header in which lines end where they do for YAML 1.2; None for an empty one."""
    if header.isascii() or not (breaks := sorted(set(_FALSE_BREAKS.findall(header)))):
        return loader(header).get_single_node()
    spare = (chr(code) for code in range(0xE000, 0xF8FF) if chr(code) not in header)
    stands_for = dict(zip(spare, breaks, strict=False))
    hide = str.maketrans({sign: spare for spare, sign in stands_for.items()})
    node = loader(header.translate(hide)).get_single_node()
    _restore_signs(node, str.maketrans(stands_for))
    return node


def _restore_signs(node: Any, signs: Mapping[int, str]) -> None:
    """Put back, in every scalar of a tree, the characters that others stood for."""
    waiting, seen = [node], set()
    while waiting:
        node = waiting.pop()
        if isinstance(node, tuple):
            waiting += node
        elif node is not None and id(node) not in seen:
            seen.add(id(node))
            if isinstance(node.value, str):
                node.value = node.value.translate(signs)
            else:
                waiting += node.value


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
        merged: dict[str, Value] = {}
        for key_node, value_node in node.value:  # type: ignore[attr-defined]
            key = key_node.value if isinstance(key_node.value, str) else str(self._convert(key_node, 1))
            self._line = line = key_node.start_mark.line + 1
            if key in lines:
                duplicates.append((key, line))
            lines[key] = line
            value = self._convert(value_node, 1)
            if key != "<<" or key_node.style:
                values[key] = value
                continue
            for source in value if isinstance(value, list) else [value]:
                if isinstance(source, dict):
                    merged |= {name: item for name, item in source.items() if name not in merged}
        for name, item in merged.items():
            if name not in values:
                values[name], lines[name] = item, lines["<<"]
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
    """What is wrong when a no-break space, as editors paste it, or a byte order mark stands where YAML needs none."""
    match = _FALSE_SPACE.search(header)
    if match is None:
        return None
    line = count_newlines(header[: match.start()]) + 1
    if match["bom"]:
        return FrontMatterError("an invisible byte order mark (U+FEFF) begins the line", line, "Delete it.")
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


def parse_json(header: str) -> Fields:
    """Read JSON front matter; numbers are the text they are written as. Raises FrontMatterError."""
    from json import JSONDecoder

    decoder = JSONDecoder(strict=False, parse_float=str, parse_int=str, parse_constant=str)
    try:
        values = _text_value(decoder.decode(header))
    except (ValueError, RecursionError) as error:
        raise FrontMatterError(f"the front matter is not valid JSON: {error}", 1, "Mend it.") from None
    assert isinstance(values, dict)
    lines: dict[str, int] = {}
    duplicates: list[tuple[str, int]] = []
    for name, start, _, _ in list_members(header):
        line = count_newlines(header[:start]) + 1
        if name in lines:
            duplicates.append((name, line))
        lines[name] = line
    return Fields(values, lines, tuple(duplicates))


def list_members(header: str) -> list[tuple[str, int, int, int]]:
    """Each member of a JSON object: its name, where that starts, where its value starts and where that ends."""
    from json import JSONDecoder

    decoder = JSONDecoder(strict=False)
    members: list[tuple[str, int, int, int]] = []
    at = 1
    while key := _JSON_KEY.match(header, at):
        name, end = decoder.raw_decode(header, key.end())
        start = end + len(header[end:]) - len(header[end:].lstrip(" \t\r\n:"))
        _, at = decoder.raw_decode(header, start)
        members.append((name, key.end(), start, at))
    return members


def parse_toml(header: str) -> Fields:
    """Read TOML front matter (`+++`); dates and numbers become the text they are written as in ISO.

    Raises FrontMatterError.
    """
    from kbcli.foundation.toml import load_toml

    if header.count("[") + header.count("{") > 2000:
        raise FrontMatterError("the front matter is nested too deeply", 1, "Move it into the body.")
    try:
        data = load_toml(unify_newlines(header))
        values = {name: _text_value(value) for name, value in data.items()}
    except (ValueError, RecursionError) as error:
        found = re.search(r"at line (\d+)", str(error))
        line = int(found[1]) if found else 1
        raise FrontMatterError(
            f"the front matter is not valid TOML: {error}", line, "Mend that line."
        ) from None
    lines: dict[str, int] = {}
    for number, text in enumerate(re.split(r"\r\n|\n|\r", header), 1):
        if match := re.match(r"""[ \t]*\[?["']?([\w.-]+)["']?[ \t]*(?:=|\])""", text):
            lines.setdefault(match[1], number)
    return Fields(values, lines)


def _text_value(value: object) -> Value:
    if isinstance(value, dict):
        return {str(name): _text_value(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_text_value(item) for item in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)
