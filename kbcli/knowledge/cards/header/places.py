"""Where the parts of a YAML header stand, from libyaml's marks."""

import re
from typing import TYPE_CHECKING, Any, NoReturn

from kbcli.knowledge.cards.header.document import count_newlines
from kbcli.knowledge.cards.header.read import FrontMatterError

if TYPE_CHECKING:
    from yaml import Node

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r|\Z)")
_AFTER_KEY = re.compile(r"[ \t]*:")
_BLANK_OR_COMMENT = re.compile(r"[ \t]*(?:#[^\r\n]*)?(?:\r\n|\n|\r)?\Z")


def refuse_edit(header: str, index: int, what: str, hint: str) -> NoReturn:
    """Raise FrontMatterError for what stands at a character of the header."""
    raise FrontMatterError(what, count_newlines(header[:index]) + 1, hint)


def find_line_start(text: str, index: int) -> int:
    """The index of the first character of the line of `index`."""
    return max(text.rfind("\n", 0, index), text.rfind("\r", 0, index)) + 1


def find_line_end(text: str, index: int) -> int:
    """The index after the line break that ends the line of `index`."""
    match = _LINE.match(text, index)
    return match.end() if match else len(text)


def find_line_break(text: str, index: int, fallback: str) -> str:
    """The line break of the line that ends just before `index`."""
    before = text[max(0, index - 2) : index]
    return "\r\n" if before == "\r\n" else before[-1] if before[-1:] in ("\n", "\r") else fallback


def find_node_end(text: str, node: Any) -> int:
    """Where a value really ends: libyaml counts the blank and comment lines below a block to it."""
    import yaml

    end: int = node.end_mark.index
    if isinstance(node, yaml.ScalarNode):
        return end
    if node.flow_style:
        return end
    last = node.value[-1][1] if isinstance(node, yaml.MappingNode) else node.value[-1]
    while isinstance(last, yaml.CollectionNode) and not last.flow_style and last.value:
        last = last.value[-1][1] if isinstance(last, yaml.MappingNode) else last.value[-1]
    if isinstance(last, yaml.ScalarNode) and last.style in ("|", ">"):
        return end
    lines = [match for match in _LINE.finditer(text, node.start_mark.index, end) if match[0]]
    while len(lines) > 1 and _BLANK_OR_COMMENT.match(lines[-1][0]):
        lines.pop()
    return len(text[: lines[-1].end()].rstrip("\r\n"))


def find_entry_end(text: str, key: "Node", node: "Node") -> int:
    """Where the next line after a field begins."""
    if node.start_mark.index < key.end_mark.index:
        return find_line_end(text, key.end_mark.index)
    end = find_node_end(text, node)
    return end if end == find_line_start(text, end) else find_line_end(text, end)


def find_after_colon(text: str, key: "Node") -> int:
    """The index after the colon of a field. Raises FrontMatterError for the form with a question mark."""
    match = _AFTER_KEY.match(text, key.end_mark.index)
    if match is None:
        refuse_edit(
            text,
            key.start_mark.index,
            "a field is written in a form kb does not edit",
            "Write “name: value”.",
        )
    return match.end()
