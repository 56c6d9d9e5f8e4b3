"""Lists of a YAML header changed item by item, in the style in which they are written."""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from kbcli.knowledge.cards.header.places import (
    find_after_colon,
    find_line_break,
    find_line_end,
    find_line_start,
    find_node_end,
    refuse_edit,
)
from kbcli.knowledge.cards.header.values import find_tag, format_item, format_list

if TYPE_CHECKING:
    from yaml import Node

COMMENT = re.compile(r"(?:^|[ \t\r\n])#")
_DASH = re.compile(r"[ ]*-[ \t]*\Z")


def _match_items(items: Sequence[Any], wanted: Sequence[str]) -> Sequence[tuple[str, int, int, int, int]]:
    from difflib import SequenceMatcher

    old = [item.value if isinstance(item.value, str) else item for item in items]
    return SequenceMatcher(None, old, list(wanted), autojunk=False).get_opcodes()


def edit_block_list(text: str, key: "Node", node: Any, wanted: Sequence[str]) -> str:
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
            style = node.value[neighbour].style if hasattr(node.value[neighbour], "style") else ""
            newline = find_line_break(text, places[neighbour][1], "\n")
            added = "".join(
                f"{prefix}{format_item(item, _kept(style))}{newline}" for item in wanted[begin + pairs : end]
            )
            edits.append((place, place, added))
    if not wanted:
        colon = find_after_colon(text, key)
        edits.append((colon, colon, " []"))
    return _apply(text, edits)


def _kept(style: str | None) -> str:
    return style if style in ("'", '"') else ""


def _find_item_lines(text: str, node: Any, item: Any) -> tuple[int, int]:
    start = item.start_mark.index
    begin = find_line_start(text, start)
    if not node.start_mark.index <= start <= node.end_mark.index or not _DASH.match(text[begin:start]):
        refuse_edit(
            text,
            node.start_mark.index,
            "the list is written in a form kb does not edit",
            "Write one “- item” a line.",
        )
    end = find_node_end(text, item)
    return begin, end if end == find_line_start(text, end) and end > start else find_line_end(text, end)


def _rewrite_item(text: str, item: Any, value: str) -> tuple[int, int, str]:
    import yaml

    if not isinstance(item, yaml.ScalarNode) or item.style in ("|", ">"):
        refuse_edit(text, item.start_mark.index, "the list holds more than texts", "Change it by hand.")
    start, end = item.start_mark.index, item.end_mark.index
    lead = " " if start == end and not text[:start].endswith((" ", "\t")) else ""
    return (
        start,
        end,
        lead + format_item(value, _kept(item.style), tag=find_tag(item.value) if not item.style else ""),
    )


def _apply(text: str, edits: list[tuple[int, int, str]]) -> str:
    for start, end, new in sorted(edits, key=lambda edit: edit[:2], reverse=True):
        text = text[:start] + new + text[end:]
    return text


def edit_flow_list(text: str, node: Any, wanted: Sequence[str]) -> str:
    """Join the old items' own characters and the new ones, with the gaps that stood between them."""
    start, end = node.start_mark.index, node.end_mark.index
    items = node.value
    spans = [(item.start_mark.index, item.end_mark.index) for item in items]
    bounds = [start, *(place for span in spans for place in span), end]
    if bounds != sorted(bounds):
        refuse_edit(text, start, "the list repeats another value with *", "Write its values out.")
    if not items or not wanted:
        if COMMENT.search(text[start:end]):
            refuse_edit(text, start, "there is a comment inside the list", "Change it by hand.")
        return text[:start] + format_list(wanted) + text[end:]
    gaps = [text[left[1] : right[0]] for left, right in pairwise(spans)]
    usual = next((gap for gap in gaps if not COMMENT.search(gap)), ", ")
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
    if any(COMMENT.search(gap) for gap in gaps) and used < len(gaps):
        refuse_edit(text, start, "there is a comment inside the list", "Change it by hand.")
    return text[: spans[0][0]] + "".join(pieces) + text[spans[-1][1] :]


def _lay_out(
    text: str, items: Sequence[Any], spans: Sequence[tuple[int, int]], wanted: Sequence[str]
) -> list[tuple[int, str]]:
    """The items of a flow list as wanted: (index of the old item or -1, its characters)."""
    style = (
        _kept(getattr(items[0], "style", ""))
        if len({getattr(item, "style", "") for item in items}) == 1
        else ""
    )
    laid: list[tuple[int, str]] = []
    for action, first, last, begin, end in _match_items(items, wanted):
        if action == "equal":
            laid += [(index, text[spans[index][0] : spans[index][1]]) for index in range(first, last)]
        else:
            laid += [(-1, format_item(item, style, flow=True)) for item in wanted[begin:end]]
    return laid
