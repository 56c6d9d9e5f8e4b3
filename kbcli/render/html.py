"""Texts and links in HTML: what a card says shows as itself and leads nowhere it should not."""

import re
from html import escape

from kbcli.render.escape import make_line

_ADDRESS = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+\Z", re.ASCII)
_WEB = re.compile(r"https?://[^\s\x00-\x20<>\"'`\\]+\Z", re.IGNORECASE)
_MAIL = re.compile(r"mailto:", re.IGNORECASE)


def escape_html(text: str) -> str:
    """A text of one line for an element or a quoted attribute; control characters are visible."""
    return escape(make_line(text), quote=True)


def find_link(text: str) -> str:
    """The address that a text as a whole is: http(s), or mailto for a mail address; "" for anything else."""
    if _WEB.match(text):
        return text
    address = _MAIL.sub("", text, count=1)
    return f"mailto:{address}" if _ADDRESS.match(address) else ""


def link_text(text: str) -> str:
    """The text, as a link when it is an address of an allowed kind."""
    words = escape_html(text)
    if target := find_link(text):
        return f'<a href="{escape(target, quote=True)}" rel="nofollow noopener noreferrer">{words}</a>'
    return words
