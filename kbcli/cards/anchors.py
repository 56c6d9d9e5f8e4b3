"""The places in a card's text that a link can end at: headings and explicit IDs."""

import re
from unicodedata import normalize

_CODE = re.compile(
    r"^[ \t>]*(?:[-+*][ \t]+|\d{1,9}[.)][ \t]+)?(?P<fence>`{3,}|~{3,})[^\n]*\n(?:.*?\n)??(?:[ \t>]*(?P=fence)[`~]*[ \t]*$|\Z)"
    r"|<!--.*?(?:-->|\Z)"
    r"|<(?P<raw>pre|script|style)\b.*?(?:</(?P=raw)>|\Z)",
    re.MULTILINE | re.DOTALL | re.IGNORECASE,
)
_ATX = re.compile(r"^[ \t>]{0,6}(?:[-+*][ \t]+|\d{1,9}[.)][ \t]+)?#{1,6}[ \t]+(.*?)(?:[ \t]+#+)?[ \t]*$", re.MULTILINE)
_SETEXT = re.compile(r"^[ \t]{0,3}(?![-+*#>|][ \t])(\S[^\n]*)\n {0,3}(?:=+|-+)[ \t]*$", re.MULTILINE)
_HTML_HEADING = re.compile(r"<h[1-6]\b[^>]*>(.*?)</h[1-6]>", re.IGNORECASE | re.DOTALL)
_HTML_ID = re.compile(r"<[A-Za-z][^<>]*?\s(?:id|name)\s*=\s*[\"']?([^\"'\s<>]+)", re.IGNORECASE)
_EXPLICIT_ID = re.compile(r"\{:?[^{}\n]*?#([^\s{}]+)[^{}\n]*\}")
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
    text = _CODE.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), body)
    headings = [(match.start(), match[1]) for pattern in (_ATX, _SETEXT, _HTML_HEADING) for match in pattern.finditer(text)]
    for _, heading in sorted(headings):
        for slug in _make_slugs(_TITLE_CODE.sub(lambda _: title, heading)):
            count = seen.get(slug, 0)
            seen[slug] = count + 1
            anchors.update((f"{slug}-{count}", f"{slug}_{count}") if count else (slug,))
    for match in (*_HTML_ID.finditer(text), *_EXPLICIT_ID.finditer(text)):
        anchors.add(match[1].casefold())
    return frozenset(anchors)


def _make_slugs(heading: str) -> set[str]:
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
