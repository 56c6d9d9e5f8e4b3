"""Tables and names for the report's page."""

import re
from collections.abc import Iterable, Sequence

from kbcli.render.html import escape_html, link_text

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*\Z", re.ASCII)


def write_table(
    caption: str, head: Sequence[str], rows: Iterable[str], foot: str = "", *, label: str, kind: str = ""
) -> str:
    """A table that can be scrolled with the keyboard where it is too wide; `head` and `rows` are HTML."""
    return (
        f'<p class="muted caption">{escape_html(caption)}</p>\n'
        f'<div class="wide" role="region" aria-label="{escape_html(f"Table: {label}")}" tabindex="0"><table{f" class={kind!r}" if kind else ""}>\n'
        f"<thead><tr>{''.join(head)}</tr></thead>\n"
        f"<tbody>\n{''.join(rows)}</tbody>\n{foot}</table></div>\n"
    )


def name_columns(*names: str) -> list[str]:
    """Column heads: the first is of names, those that begin with # of numbers."""
    return [
        f'<th scope="col" class="{"name" if not place else "n" if name.startswith("#") else "t"}">{escape_html(name.lstrip("#"))}</th>'
        for place, name in enumerate(names)
    ]


def write_name(text: str, *, lang: str = "", link: bool = False) -> str:
    """A name of any length in any script: it runs its own way, and where it is very long shows its beginning."""
    tongue = f' lang="{lang}"' if lang and lang != "en" and _LANGUAGE.match(lang) else ""
    return f'<span class="clip" dir="auto"{tongue}>{link_text(text) if link else escape_html(text)}</span>'


def write_count(count: int) -> str:
    """A number, or a dot that draws no eye for none."""
    return str(count) if count else '<span class="none">&#183;</span>'
