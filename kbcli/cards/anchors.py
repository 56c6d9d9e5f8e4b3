"""The places in a card's text that a link can end at: headings and explicit IDs."""

import re
from collections.abc import Iterator
from unicodedata import normalize

_FENCE = re.compile(r"[ \t>]*(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)*(`{3,}(?!.*`)|~{3,})")
_ATX = re.compile(r"[ \t>]*(?:(?:[-+*]|\d{1,9}[.)])[ \t]+)*#{1,6}[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$")
_UNDERLINE = re.compile(r" {0,3}(?:=+|-+)[ \t]*$")
_HTML_HEADING = re.compile(r"<h[1-6]\b[^>]*>(.*?)</h[1-6]>", re.IGNORECASE | re.DOTALL)
_HTML_ID = re.compile(r"<[A-Za-z][^<>]*?\s(?:id|name)\s*=\s*[\"']?([^\"'\s<>]+)", re.IGNORECASE)
_EXPLICIT_ID = re.compile(r"\{:?[^{}\n]*?#([^\s{}]+)[^{}\n]*\}")
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9]*(?: [A-Za-z0-9]+)*\Z")
_INLINE_LINK = re.compile(r"!?\[([^\[\]]*)\](?:\([^()]*\)|\[[^\[\]]*\])")
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")
_TEMPLATE = re.compile(r"<%|\{\{|\{%")
_TITLE_CODE = re.compile(r"<%=?[^%]*title[^%]*%>|\{\{[^{}]*title[^{}]*\}\}")
_NOT_IN_SLUG = re.compile(r"[^\w\- ]")


def has_template_code(text: str) -> bool:
    """Whether a site generator fills in part of a text (ERB, Liquid, Jinja, Hugo)."""
    return _TEMPLATE.search(text) is not None


def find_anchors(body: str, title: str = "") -> frozenset[str]:
    """The fragments, casefolded and decoded, that a link to this text may end in.

    Headings by the rules of GitHub (gjtorikian/html-pipeline, toc_filter), kramdown and
    Python-Markdown, explicit `{#id}`, and `id` or `name` in HTML. `title` stands in for a
    heading that a template fills in with it.
    """
    anchors = {"", "top"}
    seen: dict[str, int] = {}
    for heading in _find_headings(body):
        for slug in _make_slugs(_TITLE_CODE.sub(lambda _: title, heading) if "title" in heading else heading):
            count = seen.get(slug, 0)
            seen[slug] = count + 1
            anchors.update((f"{slug}-{count}", f"{slug}_{count}") if count else (slug,))
    if "<" in body:
        anchors.update(match[1].casefold() for match in _HTML_ID.finditer(body))
    if "{" in body:
        anchors.update(match[1].casefold() for match in _EXPLICIT_ID.finditer(body))
    return frozenset(anchors)


def _find_headings(body: str) -> Iterator[str]:
    """The texts of headings outside fenced code, those in HTML last."""
    mark, previous = "", ""
    for line in body.split("\n"):
        first = line.lstrip(" \t")[:1]
        if mark:
            if mark in line and line.strip(" \t>").rstrip(mark[0]) == "":
                mark = ""
        elif first == "#" or (first in ">-+*0123456789" and "#" in line):
            if match := _ATX.match(line):
                yield match[1]
        elif first in ("`", "~") or "```" in line or "~~~" in line:
            if match := _FENCE.match(line):
                mark = match[1]
        elif first in ("=", "-") and previous.strip(" \t") and _UNDERLINE.match(line):
            yield previous.strip()
        previous = line
    if "</h" in body or "</H" in body:
        for match in _HTML_HEADING.finditer(body):
            yield match[1]


def _make_slugs(heading: str) -> set[str]:
    if _PLAIN.match(heading):
        return {heading.lower().replace(" ", "-")}
    text = _TAG.sub("", _INLINE_LINK.sub(r"\1", _EXPLICIT_ID.sub("", heading)))
    text = re.sub(r"\\(?=[!-/:-@\[-`{-~])", "", text).replace("`", "").replace("*", "").strip()
    github = _NOT_IN_SLUG.sub("", text.casefold()).replace(" ", "-")
    kramdown = re.sub(r"^[^a-z]+", "", github)
    plain = normalize("NFKD", text).encode("ascii", "ignore").decode()
    python = re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", plain).strip().lower())
    # Middleman's and Hugo's tables of contents join what they leave out to one hyphen.
    joined = re.sub(r"\W+", "-", text.casefold()).strip("-")
    unemphasised = re.sub(r"\b_+|_+\b", "", github)
    return {github, kramdown, python, joined, unemphasised} - {""}
