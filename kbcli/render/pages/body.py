"""A card's Markdown as HTML that can do nothing: no HTML of its own, no script, links of three kinds, pictures from inside."""

import posixpath
import re
from collections.abc import Callable, Sequence
from datetime import date
from functools import cache
from urllib.parse import quote, unquote, urlsplit

from kbcli.foundation.markdown.anchors import RENDERERS, read_text
from kbcli.foundation.typed import TYPE_CHECKING, NamedTuple
from kbcli.knowledge.cards.model import Card
from kbcli.render.cards import mark_claims
from kbcli.render.escape import make_visible

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

PICTURES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".avif": "image/avif",
}
"""The pictures that a page shows, by ending, with their types: those that hold no text that a browser runs."""

ANCHOR = "text-"
"""How the IDs of a card's headings begin, so that none is one of the page's own."""

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_WEB = ("http", "https")
FindCard = Callable[[str], str | None]


class Places(NamedTuple):
    """Where the cards and pictures that a text names are: what comes before their quoted names, and behind those of cards."""

    cards: str = "/card/"
    pictures: str = "/picture/"
    ending: str = ""


SERVER = Places()
"""Where `kb serve` has them."""


def format_body_html(card: Card, today: date, find_card: FindCard, places: Places = SERVER) -> str:
    """The text of a card as HTML below a title. `find_card` gives the ID of the card that a path names, None for no card.

    Comments are left out, other HTML shows as it is written; claims with an end say whether it has passed.
    """
    tokens = _make_parser().parse(make_visible(mark_claims(card.body, today)))
    if card.heading_title and tokens and tokens[0].type == "heading_open":
        del tokens[:3]
    _lower_headings(tokens)
    folder = posixpath.dirname(card.id)
    for token in tokens:
        _tame(token)
        for child in token.children or ():
            _tame(child)
            if child.type == "image":
                _tame_image(child, folder, places)
        _tame_links(token.children or (), folder, find_card, places)
    html = str(_make_parser().renderer.render(tokens, _make_parser().options, {}))
    # A table that is wider than the page is scrolled by keyboard too.
    opening = '<div class="wide" role="region" aria-label="Table" tabindex="0"><table>'
    html = html.replace("<table>", opening).replace("</table>", "</table></div>")
    return html.replace("<pre>", '<pre tabindex="0">')


@cache
def _make_parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    # HTML is recognised, so that it can be shown or left out; nothing of it is passed on (see _tame).
    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def _tame(token: "Token") -> None:
    """Leave comments out of HTML, show all else of it as text, and control characters too; <br> breaks a line."""
    # Also what Markdown decodes: `&#x202e;`.
    token.content, token.info = make_visible(token.content), ""
    if token.type == "html_inline" and _BREAK.fullmatch(token.content):
        token.type, token.content = "hardbreak", ""
    elif token.type in ("html_inline", "html_block"):
        content = _COMMENT.sub("", token.content)
        is_block = token.type == "html_block"
        token.type, token.content = (
            ("code_block" if is_block and content.strip() else "text"),
            content.strip("\n"),
        )


def _lower_headings(tokens: "Sequence[Token]") -> None:
    """The title is the page's only h1: the card's uppermost headings become h2, no level is left out, each has an anchor."""
    levels = sorted({token.tag for token in tokens if token.type == "heading_open"})
    seen: dict[str, int] = {}
    for place, token in enumerate(tokens):
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(levels.index(token.tag) + 2, 6)}"
        if token.type == "heading_open":
            github = RENDERERS["github"]
            slug = github.make(read_text(tokens[place + 1].content, github, ()))
            number = seen[slug] = seen.get(slug, -1) + 1
            token.attrSet("id", ANCHOR + (f"{slug}-{number}" if number else slug))


def _tame_image(token: "Token", folder: str, places: Places) -> None:
    """A picture from inside, else its words."""
    parts = urlsplit(str(token.attrs.get("src", "")))
    path = join_path(folder, unquote(parts.path))
    ending = posixpath.splitext(parts.path)[1].lower()
    if parts.scheme or parts.netloc or not path or ending not in PICTURES:
        token.type, token.content = "text", f"[{token.content or 'picture'}]"
        return
    token.attrs = {"src": places.pictures + quote(path), "alt": token.content, "loading": "lazy"}


def _tame_links(children: "Sequence[Token]", folder: str, find_card: FindCard, places: Places) -> None:
    """Links to the web, to mail addresses and to cards that are there; any other is words without a link."""
    open_link: Token | None = None
    for token in children:
        if token.type == "link_open":
            target = resolve_link(str(token.attrs.get("href", "")), folder, find_card, places)
            open_link = token
            token.attrs = {"href": target} if target else {"class": "dead"}
            if not target:
                token.tag = "span"
            elif urlsplit(target).scheme in _WEB:
                token.attrs["rel"] = "noopener noreferrer nofollow"
        elif token.type == "link_close" and open_link is not None:
            token.tag, open_link = open_link.tag, None


def resolve_link(href: str, folder: str, find_card: FindCard, places: Places = SERVER) -> str:
    """Where a link in a card of a folder leads on a page; "" where it leads nowhere that a page may."""
    try:
        parts = urlsplit(href)
    except ValueError:
        return ""
    if parts.scheme in (*_WEB, "mailto"):
        return href
    if parts.scheme or parts.netloc or href.startswith(("/", "\\")):
        return ""
    fragment = f"#{ANCHOR}{quote(unquote(parts.fragment))}" if parts.fragment else ""
    if not parts.path:
        return fragment
    path = join_path(folder, unquote(parts.path))
    ident = find_card(path) if path else None
    return f"{places.cards}{quote(ident)}{places.ending}{fragment}" if ident else ""


def join_path(folder: str, path: str) -> str:
    """A path relative to a folder, from the top; "" for one that leaves it."""
    joined = posixpath.normpath(posixpath.join(folder, path))
    return "" if path.startswith("/") or joined.startswith("..") or joined == "." else joined
