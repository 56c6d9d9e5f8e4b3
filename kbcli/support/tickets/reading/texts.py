"""The text of messages: from HTML, without what was said before and is only quoted."""

import re
from html.parser import HTMLParser

from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.search.mail_text import cut_history
from kbcli.support.tickets.reading.values import drop_controls

_BLOCKS = frozenset(
    ("address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "fieldset", "figure", "footer", "form",
     "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section", "table",
     "tr", "ul")
)  # fmt: skip
_SILENT = frozenset(("script", "style", "head", "title", "template", "svg", "noscript"))
_QUOTES = frozenset(
    ("gmail_quote", "gmail_quote_container", "yahoo_quoted", "moz-cite-prefix", "quote", "zmail_extra")
)
_ARTICLE = re.compile(
    r"https?://[^\s/]{1,253}/(?:[^\s?#]{0,300}/)?(?:hc|kb|articles?|help|helpcenter|knowledge(?:-?base)?|docs?|faqs?|solutions|support)/[^\s?#<>\"')\]]+",
    re.IGNORECASE,
)
_LONGEST_ADDRESS = 300


class HtmlText(NamedTuple):
    """The text of a page of HTML, and the addresses that it links to."""

    text: str
    links: tuple[str, ...]


class _Reader(HTMLParser):
    """Takes the text of HTML as it is read; nothing in it is carried out, and no markup is left."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.links: list[str] = []
        self._silent = 0
        self._skipped: list[str] = []
        self._preformatted = 0
        self._quotes: list[int] = []
        self._address = ""
        self._anchor = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a line at a block, and remember where a link leads."""
        if tag in _SILENT:
            self._silent += 1
        named = dict(attrs)
        if self._skipped:
            if tag == self._skipped[0]:
                self._skipped.append(tag)
            return
        if tag in ("div", "aside", "blockquote") and not _QUOTES.isdisjoint(
            (named.get("class") or "").split()
        ):
            self._skipped.append(tag)
        elif tag == "a":
            self._address, self._anchor = (named.get("href") or "").strip(), len(self.pieces)
        elif tag == "img" and named.get("alt"):
            self.pieces.append(f" {named['alt']} ")
        if tag in _BLOCKS:
            self.pieces.append("\n\n" if tag == "p" else "\n- " if tag == "li" else "\n")
        elif tag in ("td", "th"):
            self.pieces.append(" ")
        self._preformatted += tag == "pre"
        if tag == "blockquote":
            self._quotes.append(len(self.pieces))

    def handle_endtag(self, tag: str) -> None:
        """End a line at a block, and write where a link leads unless its text says so."""
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        if self._skipped:
            if tag == self._skipped[0]:
                self._skipped.pop()
            return
        if tag == "a" and self._address:
            self._end_link()
        if tag == "blockquote" and self._quotes:
            begun = self._quotes.pop()
            quoted = tidy_text("".join(self.pieces[begun:]))
            self.pieces[begun:] = ["\n", *(f"> {line}\n" for line in quoted.split("\n") if quoted)]
        if tag in _BLOCKS and tag != "br":
            self.pieces.append("\n")
        self._preformatted = max(0, self._preformatted - (tag == "pre"))

    def _end_link(self) -> None:
        address, self._address = self._address, ""
        if not address.startswith(("https://", "http://")) or len(address) > _LONGEST_ADDRESS:
            return
        self.links.append(address)
        said = "".join(self.pieces[self._anchor :]).strip()
        if said.rstrip("/.…") not in address:
            self.pieces.append(f" ({address})")

    def handle_data(self, data: str) -> None:
        """Keep a text; outside `pre` its line breaks are spaces."""
        if not self._silent and not self._skipped:
            self.pieces.append(data if self._preformatted else " ".join(re.split(r"[ \t\r\n]+", data)))


def read_html(html: str) -> HtmlText:
    """The text of a piece of HTML, a line for each block of it, without what is quoted in it; never fails."""
    if "<" not in html and "&" not in html:
        return HtmlText(tidy_text(html), ())
    reader = _Reader()
    try:
        reader.feed(html)
        reader.close()
    except (AssertionError, ValueError, RecursionError):  # what the parser does to markup that nobody writes
        return HtmlText(tidy_text(re.sub(r"<[^<>]*>", " ", html)), ())
    return HtmlText(tidy_text("".join(reader.pieces)), tuple(dict.fromkeys(reader.links)))


def tidy_text(text: str) -> str:
    """A text without spaces at ends of lines, signs that control something, and more than one blank line."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = drop_controls(text)
    lines = "\n".join(map(str.rstrip, text.split("\n")))
    return re.sub(r"\n{3,}", "\n\n", lines).strip()


def read_message(text: str, html: str = "") -> tuple[str, tuple[str, ...]]:
    """What a message says itself and the articles it links to, from its text or else its HTML."""
    links: tuple[str, ...] = ()
    if html and not text:
        text, links = read_html(html)
    else:
        text = tidy_text(text)
    if "http" in text:
        links += tuple(match[0].rstrip(".,;") for match in _ARTICLE.finditer(text))
    lines = text.split("\n")
    written = "\n".join(cut_history(lines)).strip() if len(lines) > 1 else text
    return tidy_text(written), tuple(dict.fromkeys(link for link in links if _ARTICLE.match(link)))
