"""One field of a YAML header set by replacing the characters of its value, and no others."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from kbcli.knowledge.cards.header.lists import COMMENT, edit_block_list, edit_flow_list
from kbcli.knowledge.cards.header.places import (
    find_after_colon,
    find_entry_end,
    find_line_break,
    find_line_end,
    find_line_start,
    find_node_end,
    refuse_edit,
)
from kbcli.knowledge.cards.header.read import FrontMatterError
from kbcli.knowledge.cards.header.values import (
    find_tag,
    format_day,
    format_list,
    format_mapping,
    format_scalar,
)

if TYPE_CHECKING:
    from yaml import Node

_BLOCK_COMMENT = re.compile(r"[|>][0-9+-]*([ \t]+#[^\r\n]*)")

Setting = str | date | Sequence[str] | Mapping[str, str | date]


def set_yaml_field(
    header: str, name: str, value: "Setting | None", *, after: Sequence[str] = (), newline: str = "\n"
) -> str:
    """The header with one field set, or deleted when the value is None.

    A new field goes below the last of the fields named in `after` that the header has, else to
    the end. Raises FrontMatterError where the field's characters cannot be told apart.
    """
    root = _compose(header)
    if root is None:
        return header if value is None else f"{header}{_format_line('', name, value, newline)}"
    return _set_in(header, root, name, value, after, newline)


def _compose(header: str) -> Any:
    import yaml

    try:
        return yaml.compose(header, Loader=yaml.CBaseLoader)
    except yaml.YAMLError as error:
        # The header was readable, so one of the fields set before this one broke it.
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark is not None else 1
        raise FrontMatterError(
            "another field repeats its value with *", line, "Write that value out."
        ) from None


def _set_in(
    text: str, mapping: Any, name: str, value: "Setting | None", after: Sequence[str], newline: str
) -> str:
    found = [(key, node) for key, node in mapping.value if key.value == name]
    if len(found) > 1:
        refuse_edit(text, found[1][0].start_mark.index, f"“{name}” stands twice", "Delete one of the two.")
    if found:
        key, node = found[0]
        if node.start_mark.index < key.end_mark.index:
            refuse_edit(
                text, key.start_mark.index, f"“{name}” repeats another field with *", "Write its value out."
            )
        if value is None:
            return _delete(text, mapping, key, node)
        return _replace(text, mapping, key, node, value)
    return text if value is None else _insert(text, mapping, name, value, after, newline)


# --- inserting and deleting


def _format_value(value: "Setting", style: str = "", *, flow: bool = False, tag: str = "") -> str:
    if isinstance(value, str):
        return format_scalar(value, style, flow=flow, tag=tag)
    if isinstance(value, date):
        return format_day(value, style)
    return format_mapping(value) if isinstance(value, Mapping) else format_list(value)


def _format_line(indent: str, name: str, value: "Setting", newline: str) -> str:
    return f"{indent}{format_scalar(name)}: {_format_value(value)}{newline}"


def _insert(text: str, mapping: Any, name: str, value: "Setting", after: Sequence[str], newline: str) -> str:
    if mapping.flow_style:
        refuse_edit(
            text, mapping.start_mark.index, "the fields stand in braces", "Write one “name: value” a line."
        )
    first = mapping.value[0][0].start_mark.index
    indent = text[find_line_start(text, first) : first]
    if indent.strip(" "):
        refuse_edit(
            text, first, "a field is written in a form kb does not edit", "Write one “name: value” a line."
        )
    place = len(text) if mapping.start_mark.index == first and not indent else 0
    entries = {key.value: (key, node) for key, node in mapping.value}
    known = [field for field in after if field in entries]
    if known:
        place = max(find_entry_end(text, *entries[field]) for field in known)
    elif not place:
        place = find_entry_end(text, *mapping.value[-1])
    newline = find_line_break(text, place, newline)
    return text[:place] + _format_line(indent, name, value, newline) + text[place:]


def _delete(text: str, mapping: Any, key: "Node", node: "Node") -> str:
    if mapping.flow_style:
        refuse_edit(
            text, key.start_mark.index, "the fields stand in braces", "Write one “name: value” a line."
        )
    start = find_line_start(text, key.start_mark.index)
    if text[start : key.start_mark.index].strip(" "):
        refuse_edit(
            text, start, "a field is written in a form kb does not edit", "Write one “name: value” a line."
        )
    return text[:start] + text[find_entry_end(text, key, node) :]


# --- replacing


def _replace(text: str, mapping: Any, key: "Node", node: Any, value: "Setting") -> str:
    import yaml

    flow = bool(mapping.flow_style)
    if isinstance(node, yaml.SequenceNode) and isinstance(value, Sequence) and not isinstance(value, str):
        return (
            edit_flow_list(text, node, value) if node.flow_style else edit_block_list(text, key, node, value)
        )
    if isinstance(node, yaml.MappingNode) and isinstance(value, Mapping) and not node.flow_style:
        return _edit_block_mapping(text, key.value, node, value)
    if isinstance(node, yaml.ScalarNode):
        return _replace_scalar(text, key, node, value, flow)
    start, end = node.start_mark.index, find_node_end(text, node)
    if COMMENT.search(text[start:end]):
        refuse_edit(
            text, start, f"there is a comment inside the value of “{key.value}”", "Change it by hand."
        )
    if node.flow_style:
        return text[:start] + _format_value(value, flow=flow) + text[end:]
    colon = find_after_colon(text, key)
    lines = text[: find_line_start(text, start)]
    rest = text[find_line_end(text, end) :]
    return f"{lines[:colon]} {_format_value(value)}{lines[colon:]}{rest}"


def _replace_scalar(text: str, key: "Node", node: Any, value: "Setting", flow: bool) -> str:
    start, end = node.start_mark.index, node.end_mark.index
    if start == end:
        colon = find_after_colon(text, key)
        blanks = len(text[colon:]) - len(text[colon:].lstrip(" \t"))
        rest = text[colon:] if text[colon + blanks : colon + blanks + 1] == "#" else text[colon + blanks :]
        return f"{text[:colon]} {_format_value(value, flow=flow)}{rest}"
    style, tag = node.style or "", ""
    if not style:
        tag = find_tag(node.value)
    if style in ("|", ">"):
        comment = _BLOCK_COMMENT.match(text, start, end)
        end = start + len(text[start:end].rstrip())
        return text[:start] + _format_value(value) + (comment[1].rstrip() if comment else "") + text[end:]
    return text[:start] + _format_value(value, style, flow=flow, tag=tag) + text[end:]


def _edit_block_mapping(text: str, name: str, node: Any, value: Mapping[str, str | date]) -> str:
    """Set every field of an indented mapping, and delete those that are gone, one by one."""
    wanted: list[tuple[str, str | date | None]] = [*value.items()]
    wanted += [(key.value, None) for key, _ in node.value if key.value not in value]
    for inner, setting in wanted:
        root = _compose(text)
        mapping = next(found for key, found in root.value if key.value == name)
        old = next((found for key, found in mapping.value if key.value == inner), None)
        if old is not None and setting is not None and old.value == str(setting):
            continue
        text = _set_in(text, mapping, inner, setting, tuple(value), "\n")
    return text
