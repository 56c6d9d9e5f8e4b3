"""One field of a YAML header set by replacing the characters of its value, and no others.

Values are written so that every reader gets the same text back: ours, PyYAML's and YAML 1.2's.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import pairwise, product
from typing import NoReturn

import yaml  # noqa: TID253  whoever edits YAML has read it

from kbcli.foundation.typed import Any, compile_late
from kbcli.knowledge.cards.header.document import (
    FieldValue,
    FrontMatterError,
    compose_yaml,
    count_newlines,
)

_TAG = compile_late(r"(!\S*)[ \t]+")
_BLOCK_COMMENT = compile_late(r"[|>][0-9+-]*([ \t]+#[^\r\n]*)")
_COMMENT = compile_late(r"(?:^|[ \t\r\n])#")
_DASH = compile_late(r"[ ]*-[ \t]*\Z")
_LINE = compile_late(r"[^\r\n]*(?:\r\n|\n|\r|\Z)")
_AFTER_KEY = compile_late(r"[ \t]*:")
_BLANK_OR_COMMENT = compile_late(r"[ \t]*(?:#[^\r\n]*)?(?:\r\n|\n|\r)?\Z")
# YAML 1.1 words for booleans that PyYAML leaves alone, and numbers of YAML 1.2.
_OTHER_READERS = compile_late(
    r"[yYnN]\Z|[-+]?(?:[\d_]+(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][-+]?\d+)?\Z|0[xob][0-9a-fA-F_]+\Z", re.ASCII
)
_UNPRINTABLE = compile_late("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r", "\0": "\\0"}
_YAML_TAGS = "tag:yaml.org,2002:"
_STRING_TAG = f"{_YAML_TAGS}str"


def set_yaml_field(
    header: str, name: str, value: FieldValue | None, *, after: Sequence[str] = (), newline: str = "\n"
) -> str:
    """The header with one field set, or deleted when the value is None.

    A new field goes below the last of the fields named in `after` that the header has, else to
    the end. Raises FrontMatterError where the field's characters cannot be told apart.
    """
    root = _compose(header)
    if root is None:
        return header if value is None else f"{header}{_format_line('', name, value, newline)}"
    return _set_in(header, root, name, value, after, newline)


def set_inner_field(header: str, name: str, inner: str, value: FieldValue, *, newline: str = "\n") -> str:
    """The header with one field of an indented mapping set, all else as it is. Raises FrontMatterError."""
    for key, node in getattr(_compose(header), "value", ()):
        if key.value == name and isinstance(node, yaml.MappingNode) and node.value:
            return _set_in(header, node, inner, value, (), newline)
    raise FrontMatterError(f"there are no fields below “{name}”", 1, "Write them by hand.")


def _compose(header: str) -> Any:
    try:
        return compose_yaml(header, yaml.CBaseLoader)
    except yaml.YAMLError as error:
        # The header was readable, so one of the fields set before this one broke it.
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark is not None else 1
        raise FrontMatterError(
            "another field repeats its value with *", line, "Write that value out."
        ) from None


def _set_in(
    text: str, mapping: Any, name: str, value: FieldValue | None, after: Sequence[str], newline: str
) -> str:
    found = [(key, node) for key, node in mapping.value if key.value == name]
    if len(found) > 1:
        _refuse(text, found[1][0].start_mark.index, f"“{name}” stands twice", "Delete one of the two.")
    if found:
        key, node = found[0]
        if node.start_mark.index < key.end_mark.index:
            _refuse(
                text, key.start_mark.index, f"“{name}” repeats another field with *", "Write its value out."
            )
        if value is None:
            return _delete(text, mapping, key, node)
        return _replace(text, mapping, key, node, value)
    return text if value is None else _insert(text, mapping, name, value, after, newline)


# --- inserting and deleting


def _format_line(indent: str, name: str, value: FieldValue, newline: str) -> str:
    return f"{indent}{format_scalar(name)}: {format_value(value)}{newline}"


def _insert(text: str, mapping: Any, name: str, value: FieldValue, after: Sequence[str], newline: str) -> str:
    if mapping.flow_style:
        _refuse(
            text, mapping.start_mark.index, "the fields stand in braces", "Write one “name: value” a line."
        )
    first = mapping.value[0][0].start_mark.index
    indent = text[_find_line_start(text, first) : first]
    if indent.strip(" "):
        _refuse(
            text, first, "a field is written in a form kb does not edit", "Write one “name: value” a line."
        )
    place = len(text) if mapping.start_mark.index == first and not indent else 0
    entries = {key.value: (key, node) for key, node in mapping.value}
    known = [field for field in after if field in entries]
    if known:
        place = max(_find_entry_end(text, *entries[field]) for field in known)
    elif not place:
        place = _find_entry_end(text, *mapping.value[-1])
    newline = _find_line_break(text, place, newline)
    return text[:place] + _format_line(indent, name, value, newline) + text[place:]


def _delete(text: str, mapping: Any, key: yaml.Node, node: yaml.Node) -> str:
    if mapping.flow_style:
        _refuse(text, key.start_mark.index, "the fields stand in braces", "Write one “name: value” a line.")
    start = _find_line_start(text, key.start_mark.index)
    if text[start : key.start_mark.index].strip(" "):
        _refuse(
            text, start, "a field is written in a form kb does not edit", "Write one “name: value” a line."
        )
    return text[:start] + text[_find_entry_end(text, key, node) :]


# --- replacing


def _replace(text: str, mapping: Any, key: yaml.Node, node: Any, value: FieldValue) -> str:
    flow = bool(mapping.flow_style)
    if isinstance(node, yaml.SequenceNode) and isinstance(value, list):
        return (
            _edit_flow_list(text, node, value)
            if node.flow_style
            else _edit_block_list(text, key, node, value)
        )
    if isinstance(node, yaml.MappingNode) and isinstance(value, dict) and not node.flow_style:
        return _edit_block_mapping(text, key.value, node, value)
    if isinstance(node, yaml.ScalarNode):
        return _replace_scalar(text, key, node, value, flow)
    start, end = node.start_mark.index, _find_node_end(text, node)
    if _COMMENT.search(text[start:end]):
        _refuse(text, start, f"there is a comment inside the value of “{key.value}”", "Change it by hand.")
    if node.flow_style:
        return text[:start] + format_value(value, flow=flow) + text[end:]
    colon = _find_after_colon(text, key)
    lines = text[: _find_line_start(text, start)]
    rest = text[_find_line_end(text, end) :]
    return f"{lines[:colon]} {format_value(value)}{lines[colon:]}{rest}"


def _replace_scalar(text: str, key: yaml.Node, node: Any, value: FieldValue, flow: bool) -> str:
    start, end = node.start_mark.index, node.end_mark.index
    if start == end:
        colon = _find_after_colon(text, key)
        blanks = len(text[colon:]) - len(text[colon:].lstrip(" \t"))
        rest = text[colon:] if text[colon + blanks : colon + blanks + 1] == "#" else text[colon + blanks :]
        return f"{text[:colon]} {format_value(value, flow=flow)}{rest}"
    style = node.style or ""
    if tag := _TAG.match(text, start, end):
        # What was typed as text or number on purpose stays so.
        written = format_value(value, style, flow=flow)
        if tag[1] not in ("!", "!!str") and find_tag(written) != tag[1].replace("!!", _YAML_TAGS):
            _refuse(text, start, f"the value of “{key.value}” has the type {tag[1]}", "Change it by hand.")
        start = tag.end()
    if style in ("|", ">"):
        comment = _BLOCK_COMMENT.match(text, start, end)
        end = start + len(text[start:end].rstrip())
        return text[:start] + format_value(value) + (comment[1].rstrip() if comment else "") + text[end:]
    return text[:start] + _format_like(node, value, flow=flow) + text[end:]


def _edit_block_mapping(text: str, name: str, node: Any, value: Mapping[str, str | date]) -> str:
    """Set every field of an indented mapping, and delete those that are gone, one by one."""
    wanted: list[tuple[str, str | date | None]] = [*value.items()]
    wanted += [(key.value, None) for key, _ in node.value if key.value not in value]
    for inner, setting in wanted:
        mapping = next(found for key, found in _compose(text).value if key.value == name)
        old = next((found for key, found in mapping.value if key.value == inner), None)
        if old is not None and setting is not None and old.value == str(setting):
            continue
        text = _set_in(text, mapping, inner, setting, tuple(value), "\n")
    return text


# --- lists, changed item by item in the style in which they are written


def _match_items(items: Sequence[Any], wanted: list[str]) -> Sequence[tuple[str, int, int, int, int]]:
    old = [item.value if isinstance(item.value, str) else item for item in items]
    return SequenceMatcher(None, old, list(wanted), autojunk=False).get_opcodes()


def _edit_block_list(text: str, key: yaml.Node, node: Any, wanted: list[str]) -> str:
    """Change only the lines of the items that differ."""
    places = [_find_item_lines(text, node, item) for item in node.value]
    edits: list[tuple[int, int, str]] = []
    for action, first, last, begin, end in _match_items(node.value, wanted):
        if action == "equal":
            continue
        pairs = min(last - first, end - begin) if wanted else 0
        for offset in range(pairs):
            item = node.value[first + offset]
            edits.append(_rewrite_item(text, item, wanted[begin + offset]))
        edits += [(*places[index], "") for index in range(first + pairs, last)]
        if begin + pairs < end:
            index = first + pairs
            neighbour = max(index - 1, 0)
            place = places[neighbour][1] if index else places[0][0]
            start = places[neighbour][0]
            prefix = text[start : node.value[neighbour].start_mark.index].rstrip() + " "
            style = getattr(node.value[neighbour], "style", None) or ""
            newline = _find_line_break(text, places[neighbour][1], "\n")
            added = "".join(
                f"{prefix}{format_value(item, style)}{newline}" for item in wanted[begin + pairs : end]
            )
            edits.append((place, place, added))
    if not wanted:
        colon = _find_after_colon(text, key)
        edits.append((colon, colon, " []"))
    for start, end, new in sorted(edits, key=lambda edit: edit[:2], reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _find_item_lines(text: str, node: Any, item: Any) -> tuple[int, int]:
    start = item.start_mark.index
    begin = _find_line_start(text, start)
    if not node.start_mark.index <= start <= node.end_mark.index or not _DASH.match(text[begin:start]):
        _refuse(
            text,
            node.start_mark.index,
            "the list is written in a form kb does not edit",
            "Write one “- item” a line.",
        )
    end = _find_node_end(text, item)
    return begin, end if end == _find_line_start(text, end) and end > start else _find_line_end(text, end)


def _rewrite_item(text: str, item: Any, value: str) -> tuple[int, int, str]:
    if not isinstance(item, yaml.ScalarNode) or item.style in ("|", ">"):
        _refuse(text, item.start_mark.index, "the list holds more than texts", "Change it by hand.")
    start, end = item.start_mark.index, item.end_mark.index
    lead = " " if start == end and not text[:start].endswith((" ", "\t")) else ""
    return start, end, lead + _format_like(item, value)


def _format_like(node: Any, value: FieldValue, *, flow: bool = False) -> str:
    """A value in the quotes of the scalar that it replaces, without any where that one's type needs none."""
    return format_value(value, node.style or "", flow=flow, tag="" if node.style else find_tag(node.value))


def _edit_flow_list(text: str, node: Any, wanted: list[str]) -> str:
    """Join the old items' own characters and the new ones, with the gaps that stood between them."""
    start, end = node.start_mark.index, node.end_mark.index
    items = node.value
    spans = [(item.start_mark.index, item.end_mark.index) for item in items]
    bounds = [start, *(place for span in spans for place in span), end]
    if bounds != sorted(bounds):
        _refuse(text, start, "the list repeats another value with *", "Write its values out.")
    if not items or not wanted:
        if _COMMENT.search(text[start:end]):
            _refuse(text, start, "there is a comment inside the list", "Change it by hand.")
        return text[:start] + format_value(wanted) + text[end:]
    gaps = [text[left[1] : right[0]] for left, right in pairwise(spans)]
    usual = next((gap for gap in gaps if not _COMMENT.search(gap)), ", ")
    pieces: list[str] = []
    previous = -2
    used = 0
    for index, piece in _lay_out(text, items, spans, wanted):
        adjacent = index >= 0 and previous == index - 1
        if pieces:
            pieces.append(gaps[index - 1] if adjacent else usual)
            used += adjacent
        pieces.append(piece)
        previous = index
    if any(_COMMENT.search(gap) for gap in gaps) and used < len(gaps):
        _refuse(text, start, "there is a comment inside the list", "Change it by hand.")
    return text[: spans[0][0]] + "".join(pieces) + text[spans[-1][1] :]


def _lay_out(
    text: str, items: Sequence[Any], spans: Sequence[tuple[int, int]], wanted: list[str]
) -> list[tuple[int, str]]:
    """The items of a flow list as wanted: (index of the old item or -1, its characters)."""
    styles = {getattr(item, "style", None) or "" for item in items}
    style = styles.pop() if len(styles) == 1 else ""
    laid: list[tuple[int, str]] = []
    for action, first, last, begin, end in _match_items(items, wanted):
        if action == "equal":
            laid += [(index, text[spans[index][0] : spans[index][1]]) for index in range(first, last)]
        else:
            laid += [(-1, format_value(item, style, flow=True)) for item in wanted[begin:end]]
    return laid


# --- where the parts stand, from libyaml's marks


def _refuse(header: str, index: int, what: str, hint: str) -> NoReturn:
    """Raise FrontMatterError for what stands at a character of the header."""
    raise FrontMatterError(what, count_newlines(header[:index]) + 1, hint)


def _find_line_start(text: str, index: int) -> int:
    """The index of the first character of the line of `index`."""
    return max(text.rfind("\n", 0, index), text.rfind("\r", 0, index)) + 1


def _find_line_end(text: str, index: int) -> int:
    """The index after the line break that ends the line of `index`."""
    match = _LINE.match(text, index)
    return match.end() if match else len(text)


def _find_line_break(text: str, index: int, fallback: str) -> str:
    """The line break of the line that ends just before `index`."""
    before = text[max(0, index - 2) : index]
    return "\r\n" if before == "\r\n" else before[-1] if before[-1:] in ("\n", "\r") else fallback


def _find_node_end(text: str, node: Any) -> int:
    """Where a value really ends: libyaml counts the blank and comment lines below a block to it."""
    end: int = node.end_mark.index
    last = node
    while isinstance(last, yaml.CollectionNode) and not last.flow_style and last.value:
        last = last.value[-1][1] if isinstance(last, yaml.MappingNode) else last.value[-1]
    if last is node or (isinstance(last, yaml.ScalarNode) and last.style in ("|", ">")):
        return end
    lines = [match for match in _LINE.finditer(text, node.start_mark.index, end) if match[0]]
    while len(lines) > 1 and _BLANK_OR_COMMENT.match(lines[-1][0]):
        lines.pop()
    return len(text[: lines[-1].end()].rstrip("\r\n"))


def _find_entry_end(text: str, key: yaml.Node, node: yaml.Node) -> int:
    """Where the next line after a field begins."""
    if node.start_mark.index < key.end_mark.index:
        return _find_line_end(text, key.end_mark.index)
    end = _find_node_end(text, node)
    return end if end == _find_line_start(text, end) else _find_line_end(text, end)


def _find_after_colon(text: str, key: yaml.Node) -> int:
    """The index after the colon of a field. Raises FrontMatterError for the form with a question mark."""
    match = _AFTER_KEY.match(text, key.end_mark.index)
    if match is None:
        _refuse(
            text,
            key.start_mark.index,
            "a field is written in a form kb does not edit",
            "Write “name: value”.",
        )
    return match.end()


def format_scalar(text: str, style: str = "", *, flow: bool = False, tag: str = "") -> str:
    """A text as one line of YAML: plain, `'` or `"` as `style` asks, and quoted where it must be.

    `flow` is whether it stands inside brackets. `tag` is the type of the plain value that it
    replaces: one of the same type stays plain (a date for a date, a number for a number).
    """
    if style == '"' or _UNPRINTABLE.search(text):
        return _quote_double(text)
    if style == "'":
        return _quote_single(text)
    if _is_plain(text, flow) and (find_tag(text) == _STRING_TAG or (tag and find_tag(text) == tag)):
        return text
    return _quote_single(text) if "\\" in text or '"' in text else _quote_double(text)


def format_value(value: FieldValue, style: str = "", *, flow: bool = False, tag: str = "") -> str:
    """A value as one line of YAML: a list in brackets, a mapping in braces; `style`: see format_scalar."""
    if isinstance(value, str):
        return format_scalar(value, style, flow=flow, tag=tag)
    if isinstance(value, date):
        return f"{style}{value.isoformat()}{style}" if style in ("'", '"') else value.isoformat()
    if isinstance(value, Mapping):
        pairs = (
            f"{format_scalar(name, flow=True)}: {format_value(item, flow=True)}"
            for name, item in value.items()
        )
        return f"{{{', '.join(pairs)}}}"
    return f"[{', '.join(format_value(item, flow=True) for item in value)}]"


@lru_cache(maxsize=512)
def find_tag(text: str) -> str:
    """The type that YAML 1.1, or the number and boolean rules of 1.2, see in a plain scalar."""
    resolvers = yaml.SafeLoader.yaml_implicit_resolvers
    for tag, pattern in (*resolvers.get(text[:1], ()), *resolvers.get(None, ())):
        if pattern.match(text):
            return str(tag)
    return "other" if _OTHER_READERS.match(text) else _STRING_TAG


@lru_cache(maxsize=512)
def _is_plain(text: str, flow: bool) -> bool:
    """Whether the bare text reads back as itself with libyaml and with PyYAML's own parser: they differ in places."""
    # A lone hyphen is a text within brackets only.
    probes = (f"k: {text}\n", f"- {text}\n", *((f"[{text}]", f"{{k: {text}}}") if flow else ()))
    try:
        for probe, loader in product(probes, (yaml.CBaseLoader, yaml.BaseLoader)):
            node: Any = yaml.compose(probe, Loader=loader)  # type: ignore[arg-type]
            if len(node.value) != 1:
                return False
            found = node.value[0][1] if isinstance(node, yaml.MappingNode) else node.value[0]
            if not isinstance(found, yaml.ScalarNode) or found.style or found.value != text:
                return False
            if found.end_mark.index - found.start_mark.index != len(text):
                return False
    except yaml.YAMLError:
        return False
    return True


def _quote_single(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _quote_double(text: str) -> str:
    escaped = "".join(_ESCAPES.get(char, char) for char in text)
    return '"' + _UNPRINTABLE.sub(_escape_character, escaped) + '"'


def _escape_character(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
