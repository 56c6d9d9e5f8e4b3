"""A text to send: as plain text for a mail, as Markdown, as HTML, and as JSON."""

import re
from collections.abc import Iterator, Sequence
from unicodedata import east_asian_width

from kbcli.foundation.text.languages import is_hangul, is_unspaced
from kbcli.foundation.typed import TYPE_CHECKING
from kbcli.operations.reply import Reply
from kbcli.render.escape import make_visible
from kbcli.render.formats import View
from kbcli.render.json import describe_card

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token
    from markdown_it.tree import SyntaxTreeNode

# Stand for the variables while the text is read as Markdown, so that no value is: signs of nobody's script.
_OPEN, _CLOSE = "\ue000", "\ue001"
_PLACE = re.compile(f"{_OPEN}([0-9]+){_CLOSE}")
_EMPTY = f" ?{_OPEN}{_CLOSE}"
_EMPTY_LINE = re.compile(rf"^[ \t]*(?:[-*+]|\d+[.)])?[ \t]*(?:{_EMPTY})+[ \t]*\n?", re.MULTILINE)
_SPECIAL = re.compile(
    r"(?:[\\`*\[\]<>#|~&]|(?<!\w)_|_(?!\w)|^[ \t]*[-+=](?=[-=\s]|\Z)|^[ \t]*\d{1,9}[.)](?=\s|\Z))",
    re.MULTILINE,
)
_SENDABLE = re.compile(r"(?:https?://|mailto:|tel:)", re.IGNORECASE)


def format_reply_plain(reply: Reply, _view: View) -> str:
    """The text for a mail: a paragraph a line, the address of a link behind its words."""
    from markdown_it.tree import SyntaxTreeNode

    _, tokens = _parse(reply)
    return make_visible("\n".join(_write_blocks(SyntaxTreeNode(tokens).children, apart=True)) + "\n")


def format_reply_markdown(reply: Reply) -> str:
    """The text as Markdown."""
    values = [
        _SPECIAL.sub(lambda found: f"{found[0][:-1]}\\{found[0][-1]}", value) for value in _list_values(reply)
    ]
    return make_visible(_fill(_make_source(reply).strip("\n"), values) + "\n")


def format_reply_html(reply: Reply) -> str:
    """The text as HTML, for a help desk that pastes such: links to the web and to mail addresses only."""
    from markdown_it.common.normalize_url import normalizeLink

    markdown, tokens = _parse(reply)
    for token in _walk(tokens):
        token.attrs = {
            name: normalizeLink(value) if name in ("href", "src") and isinstance(value, str) else value
            for name, value in token.attrs.items()
        }
    return make_visible(str(markdown.renderer.render(tokens, markdown.options, {})))


def describe_reply(reply: Reply) -> dict[str, object]:
    """The data of `kb reply`."""
    variables = reply.text.variables
    return {
        "card": describe_card(reply.card, reply.trust),
        "name": reply.text.name,
        "text": format_reply_plain(reply, View()),
        "markdown": format_reply_markdown(reply),
        "html": format_reply_html(reply),
        "variables": {name: reply.values.get(name) for name in variables},
    }


def _make_source(reply: Reply) -> str:
    """The Markdown of a text with a place for each variable; what is filled with nothing leaves no gap."""
    places = {
        name: f"{_OPEN}{'' if value == '' else number}{_CLOSE}"
        for number, (name, value) in enumerate(zip(reply.text.variables, _list_values(reply), strict=True))
    }
    source = "".join(part if isinstance(part, str) else places[part.name] for part in reply.text.parts)
    return re.sub(_EMPTY, "", _EMPTY_LINE.sub("", source))


def _list_values(reply: Reply) -> list[str]:
    """What each variable is filled with, in the order of their places; one without a value stays as it is."""
    return [reply.values.get(name, f"{{{name}}}") for name in reply.text.variables]


def _fill(text: str, values: Sequence[str]) -> str:
    return _PLACE.sub(lambda place: values[int(place[1])] if int(place[1]) < len(values) else "", text)


def _parse(reply: Reply) -> "tuple[MarkdownIt, list[Token]]":
    """The text read as Markdown, its variables filled in afterwards; links that cannot be sent lead nowhere."""
    from markdown_it import MarkdownIt

    markdown = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    # As written: an address is normalised when it is whole.
    markdown.normalizeLink = lambda url: url  # type: ignore[method-assign]
    tokens = markdown.parse(_make_source(reply))
    values = _list_values(reply)
    for token in _walk(tokens):
        token.content = _fill(token.content, values)
        attributes = {
            name: _fill(value, values) if isinstance(value, str) else value
            for name, value in token.attrs.items()
        }
        token.attrs = {
            name: value
            for name, value in attributes.items()
            if name not in ("href", "src") or _SENDABLE.match(str(value))
        }
    return markdown, tokens


def _walk(tokens: "Sequence[Token]") -> "Iterator[Token]":
    for token in tokens:
        yield token
        yield from _walk(token.children or ())


def _write_blocks(nodes: "Sequence[SyntaxTreeNode]", *, apart: bool) -> list[str]:
    """Blocks as lines, with an empty one between them where they stand `apart`."""
    lines: list[str] = []
    for node in nodes:
        if lines and apart:
            lines.append("")
        lines += _write_block(node)
    return lines


def _write_block(node: "SyntaxTreeNode") -> list[str]:
    match node.type:
        case "fence" | "code_block":
            return node.content.rstrip("\n").split("\n")
        case "hr":
            return ["----"]
        case "blockquote":
            return [f"> {line}".rstrip() for line in _write_blocks(node.children, apart=True)]
        case "bullet_list" | "ordered_list":
            return _write_list(node)
        case "table":
            return [
                " | ".join(_write_inline(cell) for cell in row.children)
                for part in node.children
                for row in part.children
            ]
        case _:
            return _write_inline(node).split("\n")


def _write_list(node: "SyntaxTreeNode") -> list[str]:
    """The items of a list under their marks; those of a loose one stand apart."""
    number = int(node.attrs.get("start", 1)) if node.type == "ordered_list" else None
    apart = any(
        not block.hidden for item in node.children for block in item.children if block.type == "paragraph"
    )
    lines: list[str] = []
    for place, item in enumerate(node.children):
        mark = "- " if number is None else f"{number + place}. "
        if lines and apart:
            lines.append("")
        written = _write_blocks(item.children, apart=apart) or [""]
        lines.append((mark + written[0]).rstrip())
        lines += [f"{' ' * len(mark)}{line}".rstrip() for line in written[1:]]
    return lines


def _write_inline(node: "SyntaxTreeNode") -> str:
    """The words of a paragraph, heading, cell or link on one line, but for line breaks that are meant."""
    parts: list[str] = []
    for child in node.children:
        match child.type:
            case "text" | "code_inline":
                parts.append(child.content)
            case "softbreak":
                parts.append("\0")
            case "hardbreak":
                parts.append("\n")
            case "image":
                parts.append(_name_address(child.content, child.attrs.get("src")))
            case "link":
                parts.append(_name_address(_write_inline(child), child.attrs.get("href")))
            case _:
                parts.append(_write_inline(child))
    return _join_lines("".join(parts))


def _join_lines(text: str) -> str:
    """Lines that the author wrapped, as one: with a space, but in a script that writes none."""
    first, *others = text.split("\0")
    for other in others:
        joins = first and other and _is_unspaced(first[-1]) and _is_unspaced(other[0])
        first += other if joins else f" {other}"
    return first


def _is_unspaced(sign: str) -> bool:
    """Whether a sign, or punctuation, is of a script that writes no spaces."""
    return is_unspaced(sign) or (east_asian_width(sign) in "WF" and not is_hangul(sign))


def _name_address(words: str, address: "str | int | float | None") -> str:
    """A link as words that a mail can carry."""
    where = str(address or "").removeprefix("mailto:")
    return words if not where or where in words else f"{words} ({where})" if words else where
