"""The places in a card's text that a link can end at: headings and explicit IDs."""

import re
from collections.abc import Iterable, Iterator
from functools import cached_property
from unicodedata import normalize

from kbcli.foundation.markdown.blocks import read_heading, scan_blocks

_ATX_LINE = re.compile(r"^[ \t>]*#{1,6}[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$", re.MULTILINE)
_HTML_HEADING = re.compile(r"<h[1-6]\b[^>]*>(.*?)</h[1-6]>", re.IGNORECASE | re.DOTALL)
_HTML_ID = re.compile(r"<[A-Za-z][^<>]*?\s(?:id|name)\s*=\s*[\"']?([^\"'\s<>]+)", re.IGNORECASE)
_EXPLICIT_ID = re.compile(r"\{:?[^{}\n]*?#([^\s{}]+)[^{}\n]*\}")
_ESCAPE = re.compile(r"\\(?=[!-/:-@\[-`{-~])")
_INLINE_LINK = re.compile(r"!?\[([^\[\]]*)\](?:\([^()]*\)|\[[^\[\]]*\])")
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_TITLE_CODE = re.compile(r"<%=?[^%]*title[^%]*%>|\{\{[^{}]*title[^{}]*\}\}")
_NOT_IN_SLUG = re.compile(r"[^\w\- ]")


def has_template_code(text: str) -> bool:
    """Whether a site generator fills in part of a text (ERB, Liquid, Jinja, Hugo)."""
    return "<%" in text or "{{" in text or "{%" in text


class Anchors:
    """The fragments that a link to a text may end in.

    Headings by the rules of GitHub (gjtorikian/html-pipeline, toc_filter), explicit `{#id}`, and
    `id` or `name` in HTML; where none of those fits, headings by the rules of kramdown,
    Python-Markdown and Hugo. `title` stands in for a heading that a template fills in with it.
    """

    def __init__(self, body: str, title: str = "") -> None:
        self._body = body
        self._title = title

    def has(self, anchor: str) -> bool:
        """Whether a fragment, decoded and without `#`, leads anywhere. Case does not matter."""
        if f' name="{anchor}"' in self._body or f' id="{anchor}"' in self._body:
            return True  # no need to read all headings
        folded = anchor.casefold()
        return folded in self._strict or folded in self._loose

    @cached_property
    def _headings(self) -> list[str]:
        return [
            _TITLE_CODE.sub(lambda _: self._title, heading) if "title" in heading else heading
            for heading in _find_headings(self._body)
        ]

    @cached_property
    def _strict(self) -> frozenset[str]:
        anchors = {"", "top", *_number(_slug_github(heading) for heading in self._headings)}
        if "<" in self._body:
            anchors.update(match[1].casefold() for match in _HTML_ID.finditer(self._body))
        if "{" in self._body:
            anchors.update(match[1].casefold() for match in _EXPLICIT_ID.finditer(self._body))
        return frozenset(anchors)

    @cached_property
    def _loose(self) -> frozenset[str]:
        return frozenset(
            slug
            for make in (_slug_kramdown, _slug_python, _slug_joined)
            for slug in _number(map(make, self._headings))
        )


def _number(slugs: Iterable[str]) -> Iterator[str]:
    """The slugs, a repeated one with `-1` or `_1` and so on."""
    seen: dict[str, int] = {}
    for slug in slugs:
        count = seen.get(slug, 0)
        seen[slug] = count + 1
        yield f"{slug}-{count}" if count else slug
        if count:
            yield f"{slug}_{count}"


def _find_headings(body: str) -> Iterator[str]:
    """The texts of headings, those in HTML last.

    Marks of headings count also where CommonMark sees HTML or an indented line: kramdown and the
    columns of Microsoft's pages have Markdown there.
    """
    for block in scan_blocks(body):
        if block.kind == "heading":
            if heading := read_heading(body, block):
                yield heading
        elif block.kind in ("html", "code", "paragraph"):
            for match in _ATX_LINE.finditer(body, body.rfind("\n", 0, block.start) + 1, block.stop):
                yield match[1]
    if "</h" in body or "</H" in body:
        for match in _HTML_HEADING.finditer(body):
            yield match[1]


def _strip_markup(heading: str) -> str:
    """A heading's text without its markup."""
    text = _EXPLICIT_ID.sub("", heading) if "{" in heading else heading
    text = _INLINE_LINK.sub(r"\1", text) if "[" in text else text
    text = _TAG.sub("", text) if "<" in text else text
    text = _ESCAPE.sub("", text) if "\\" in text else text
    return text.replace("`", "").replace("*", "").strip()


def _slug_github(heading: str) -> str:
    return _NOT_IN_SLUG.sub("", _strip_markup(heading).casefold()).replace(" ", "-")


def _slug_kramdown(heading: str) -> str:
    return re.sub(r"^[^a-z]+", "", _slug_github(heading))


def _slug_python(heading: str) -> str:
    plain = normalize("NFKD", _strip_markup(heading)).encode("ascii", "ignore").decode()
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", plain).strip().lower())


def _slug_joined(heading: str) -> str:
    """Middleman's and Hugo's way: one hyphen for all that is left out."""
    return re.sub(r"[\W_]+", "-", _strip_markup(heading).casefold()).strip("-")
