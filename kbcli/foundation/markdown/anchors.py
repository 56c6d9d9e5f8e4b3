"""Anchors: the places in a text that a link can end at, by whatever renders it.

What each renderer makes of a heading is held to what it gave for the headings in tests/golden/anchors.json.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cache, cached_property
from typing import TYPE_CHECKING, NamedTuple
from unicodedata import category

from kbcli.foundation.markdown.blocks import definition_pattern, read_heading, scan_blocks
from kbcli.foundation.text.languages import normalize
from kbcli.foundation.typed import compile_late

if TYPE_CHECKING:
    from markdown_it.token import Token

# Text that needs no parser: marks are underscores, within words or escaped, and spans of code by one backtick.
_PLAIN = compile_late(r"(?:[^\\`*_\[<&~]|\\_|(?<=\w)_(?=\w)|`(?![ `])[^`\n]+`(?!`))*\Z")
_LEADING_ANCHOR = compile_late(r"\A(?:<a (?:name|id)=\"[^\"<>\n]*\"></a>)+")
_DASHES, _DOUBLE_DASHES = compile_late(r"---?"), compile_late(r"(?<!-)--(?!-)")
_ADDRESS = compile_late(r"(?<![<(])\b(?:https?://|www\.)[^\s<]+")
_NUMBERED = compile_late(r"(.*)_([0-9]+)\Z", re.DOTALL)
_ATX_LINE = compile_late(r"^[ \t>]*(#{1,6})[ \t]+(.*)$", re.MULTILINE)
_ATX_END = compile_late(r"(?:(?<![ \t])[ \t]+#+)?(?:(?<![ \t])[ \t]+)?\Z")
_LATER_LINE = compile_late(r"\n[ \t>]*")
_HTML_HEADING = compile_late(r"<h([1-6])\b[^<>]*>((?:(?!<h[1-6]).)*?)</h[1-6]>", re.IGNORECASE | re.DOTALL)
_BRACED = r"(?:[^{}%s\n#]|#(?=[\s{}]))*+#([^\s{}]+)"
"""The first `#id` behind a brace, found in steps that go by the length of the line."""
_MARKS = compile_late(r"[ \t>]*(#{1,6})")
# Pictures that sites put in place of their names, which are then no part of the slug.
_SHORTCUT = compile_late(r":[a-z][a-z0-9_+-]*:[ \t]*")
_EXPLICIT_IDS = (
    ("<", compile_late(r"<[A-Za-z][^<>]*?\s(?:id|name)\s*=\s*[\"']?([^\"'\s<>]+)", re.IGNORECASE)),
    ("<!--", compile_late(r"<!--\s*#([^\s>]+)\s*-->")),
    ("{", compile_late(rf"\{{(?=[^{{}}\n]*\}}){_BRACED % ''}")),
    ("id=", compile_late(r"\{:?[^{}\n]*?\bid=[\"']?([^\s{}\"']+)")),
    ("{/*", compile_late(r"\{/\*[ \t]*([\w-]+)[ \t]*\*/\}")),
    (")=", compile_late(r"^[ \t>]*\(([^()\s]+)\)=[ \t]*$", re.MULTILINE)),
)
# A footnote's definition, a tab's title, and what a build makes something of, or a directive names.
# What is found by looking ahead, so that one within another counts, too.
_GIVEN = compile_late(r" (?:name|id)=(?=\"([^\"]*)\")")
_BLOCK_ID = compile_late(r"(?:^|(?<=[ \t])|(?<=\]\])|(?<=\)))(\^[\w-]+)[ \t]*$", re.MULTILINE)
_FOOTNOTE = compile_late(r"^[ \t>]*\[\^([^\]\s]+)\]:", re.MULTILINE)
_TAB = compile_late(r"^[ \t>]*===[!+]?[ \t]+[\"'](.+?)[\"'][ \t]*$", re.MULTILINE)
_SHORTCODE = compile_late(r"<!--\s*\w+:\w+\s((?:(?!<!--).)*?)-->", re.DOTALL)
_LABEL = compile_late(r"^[ \t>]*(?::(?:name|label):[ \t]*(\S+)|\(([^()\s]+)\)=)[ \t]*$", re.MULTILINE)
_TITLE_CODE = compile_late(r"<%=?(?=[^%]*%>)[^%]*title[^%]*%>|\{\{(?=[^{}]*\}\})[^{}]*title[^{}]*\}\}")
_INCLUSION = compile_late(
    r"^[ \t]*(?:-+8<-+|\{!|::: [\w.:-]+[ \t]*$|<!-- ?@include|(?:```+|:::+)\{include\})", re.MULTILINE
)
_COMPONENT = compile_late(r"[ \t]*<[A-Z][a-z]\w*[\s/>]")
_LINES = compile_late(r"L\d+(?:C\d+)?(?:-L?\d+(?:C\d+)?)?\Z")


class Renderer(NamedTuple):
    """How a renderer names headings.

    `make` turns what is read of a heading into its slug, `number` tells those apart that are alike.
    Read is the text without markup: with the `words` of images or without, with hyphens as typed or
    those that are set as `dashes`, with bare addresses or with their `addresses` hidden, with `entities` that begin so as typed; or the `source` as it is.
    Of a heading underlined after several lines `lines` are read: all, the last, or none, as it is no
    heading there. An ID that `ids` finds at its end stands in place of the slug, `counted` among them
    or not; what links say is made a slug too where it `respells`. Where it is `nested`, `number` gets the
    level of each heading too. `kind` is `site`, `host` (of repositories: writes `user-content-`
    before its slugs, leads to lines, does not mind case), `vault` (leads to headings by their words,
    and to blocks) or `project` (leads to labels of any text). Whatever the kind, tabs and footnotes
    have anchors too.
    """

    make: Callable[[str], str]
    number: Callable[..., Iterator[str]]
    words: bool = False
    dashes: re.Pattern[str] | None = None
    addresses: bool = True
    entities: str = ""
    source: bool = False
    lines: str = "all"
    ids: re.Pattern[str] | None = None
    counted: bool = True
    respells: bool = False
    nested: bool = False
    kind: str = "site"


def read_text(source: str, renderer: Renderer, labels: Collection[str]) -> str:
    """What a renderer reads of a heading's Markdown; `labels` are those that the text around it defines."""
    if renderer.source:
        return source
    if not renderer.addresses:
        source = _ADDRESS.sub("", source)
    if renderer.entities:
        source = source.replace(renderer.entities, f"\\{renderer.entities}")
    source = _LEADING_ANCHOR.sub("", source) if source.startswith("<a ") else source
    is_plain = _PLAIN.match(source) and not ("`" in source and (renderer.dashes or "\\" in source))
    # What is so long is no heading, and brackets take the parser the square of their number.
    if is_plain or len(source) > 5000 or source.count("[") > 64:
        text = source.replace("`", "").replace("\\_", "_")
        return renderer.dashes.sub("–", text) if renderer.dashes else text
    from markdown_it.common.utils import normalizeReference

    references = {normalizeReference(label): {"href": "", "title": ""} for label in labels}
    return "".join(_read_tokens(_parse_inline()(source, {"references": references}), renderer))


@cache
def _parse_inline() -> "Callable[..., list[Token]]":
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").enable("strikethrough").parseInline


def _read_tokens(tokens: "Iterable[Token]", renderer: Renderer) -> Iterator[str]:
    is_address = False
    for token in tokens:
        if token.type.startswith("link_"):
            is_address = token.type == "link_open" and token.info == "auto"
        elif token.type in ("softbreak", "hardbreak"):
            yield "\n"
        elif token.type == "text" and (renderer.addresses or not is_address):
            yield renderer.dashes.sub("–", token.content) if renderer.dashes else token.content
        elif token.type == "code_inline":
            yield token.content
        elif token.children and (renderer.words or token.type != "image"):
            yield from _read_tokens(token.children, renderer)


@cache
def _compile(kept: str) -> Callable[[str, str], str]:
    """Takes away every character but the `kept` ones, blanks and hyphens."""
    import regex

    sub: Callable[[str, str], str] = regex.compile(rf"[^{kept}\- ]").sub
    return sub


def _keep(text: str, kept: str) -> str:
    """The kept characters of a text (all ASCII letters, digits and _ among them), its blanks as hyphens."""
    return (re.sub(r"[^\w\- ]", "", text) if text.isascii() else _compile(kept)("", text)).replace(" ", "-")


def _lower_each(text: str) -> str:
    """Lower case by the letter, as Ruby and Go do: they know no final sigma."""
    return "".join(map(str.lower, text))


def _keep_github(text: str) -> str:
    return _keep(text, r"\p{Alphabetic}\p{M}\p{Nd}\p{Pc}")


def _make_github(text: str) -> str:
    return _keep_github(text.lower())


def _make_gitlab(text: str) -> str:
    return _keep(text.lower().replace("\n", " "), r"\p{L}\p{M}\p{N}\p{Pc}")


def _make_jekyll(text: str) -> str:
    return _keep_github(_lower_each(text).replace("\t", " "))


def _make_kramdown(source: str) -> str:
    kept = re.sub(r"[^a-zA-Z0-9 -]", "", re.sub(r"^[^a-zA-Z]+", "", source))
    return kept.replace(" ", "-").lower() or "section"


def _make_goldmark(source: str) -> str:
    kept = re.sub(r"[^a-zA-Z0-9\s_-]", "", source.strip(), flags=re.ASCII)
    return re.sub(r"[\s_]", "-", kept).lower() or "heading"


def _make_hugo(text: str) -> str:
    return _keep(_lower_each(text.strip().replace("\u0130", "i")), r"\p{L}\p{Nd}_") or "heading"


def _make_hugo_ascii(text: str) -> str:
    plain = "".join(sign for sign in normalize("NFD", text) if category(sign) != "Mn").strip()
    return _keep(plain.encode("ascii", "ignore").decode("ascii").lower(), "") or "heading"


def _make_blackfriday(text: str) -> str:
    return re.sub(r"[\W_]+", "-", _lower_each(text.replace("\u0130", "i"))).strip("-") or "heading"


def _make_python(text: str) -> str:
    return _make_python_unicode(normalize("NFKD", text).encode("ascii", "ignore").decode("ascii"))


def _make_python_unicode(text: str) -> str:
    return re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", " ".join(text.split())).strip().lower())


def _make_pymdownx(text: str) -> str:
    seen = re.sub(r"</?[^>]*>", "", normalize("NFC", " ".join(text.split()))).strip().lower()
    return re.sub(r"[^\w\- ]", "", seen).replace(" ", "-")


def _make_vitepress(text: str) -> str:
    plain = re.sub(r"[\u0300-\u036f\x00-\x1f]", "", normalize("NFKD", text))
    kept = re.sub(r"[\s~`!@#$%^&*()\-_+=\[\]{}|\\;:\"'“”‘’<>,.?/]+", "-", plain).strip("-")
    return re.sub(r"^([0-9])", r"_\1", kept).lower()


def _make_myst(text: str) -> str:
    return re.sub(r"[^\w\- ]", "", text.strip().lower().replace(" ", "-"))


def _make_mdbook(text: str) -> str:
    return _keep(re.sub(r"\s", " ", text.strip().lower()), r"\p{Alphabetic}\p{N}_")


def _make_docsify(text: str) -> str:
    """It reads a heading's HTML, where what is escaped has a name, or a number."""
    text = re.sub(r"&(?!#?\w+;)", "&amp;", text)
    for sign, name in (("<", "lt"), (">", "gt"), ('"', "quot"), ("'", "39")):
        text = text.replace(sign, name)
    kept = re.sub(r"[\u2000-\u206f\u2e00-\u2e7f\\!#$%&()*+,./:;=?@\[\]^`{|}~]", "", text)
    slug = re.sub(r"-+", "-", re.sub(r"\s", "-", re.sub(r"[A-Z]+", lambda found: found[0].lower(), kept)))
    return re.sub(r"^([0-9])", r"_\1", slug)


_ANY = "*"
_SPELT = {"ß": "ss", "æ": "ae", "ø": "o", "đ": "d", "ł": "l", "œ": "oe", "ð": "d", "þ": "th"}


def _make_zola(text: str) -> str:
    """Latin letters as ASCII has them; it writes others, and pictures, as they are called, which is not known here."""
    signs = [sign for sign in normalize("NFKD", text.lower()) if category(sign) != "Mn"]
    if any(not sign.isascii() and sign not in _SPELT and category(sign)[0] not in "PZ" for sign in signs):
        return _ANY
    return re.sub(r"[^a-z0-9]+", "-", "".join(_SPELT.get(sign, sign) for sign in signs)).strip("-")


def _make_tech_docs(text: str) -> str:
    """It reads a heading's HTML, where what is escaped has a name, or a number."""
    text = re.sub(r"&(?!#?\w+;)", "&amp;", text)
    for sign, name in (("<", "lt"), (">", "gt"), ('"', "quot"), ("'", "39")):
        text = text.replace(sign, f" {name} ")
    return re.sub(r"[^0-9a-z]+", "-", text.lower()).strip("-")


def _number_free(slugs: Iterable[str]) -> Iterator[str]:
    """A repeated slug with the first number that makes it new."""
    taken: dict[str, int] = {}
    for slug in slugs:
        name, count = slug, taken.get(slug, 0)
        while name in taken:
            count += 1
            name = f"{slug}-{count}"
        taken[slug] = count
        taken.setdefault(name, 0)
        yield name


def _number_blind(slugs: Iterable[str]) -> Iterator[str]:
    """A repeated slug with how often it was there before, even where another has that name."""
    seen: dict[str, int] = {}
    for slug in slugs:
        count = seen.get(slug, 0)
        seen[slug] = count + 1
        yield f"{slug}-{count}" if count else slug


def _number_python(slugs: Iterable[str]) -> Iterator[str]:
    """A repeated slug, or none, with the first number after that at its end which makes it new."""
    taken: set[str] = set()
    full: dict[str, int] = {}  # up to which number all names of a base are taken
    for slug in slugs:
        name = slug
        if not slug or slug in taken:
            match = _NUMBERED.match(slug)
            base, count = (match[1], int(match[2])) if match else (slug, 0)
            follows = count <= full.get(base, 0) + 1
            count = max(count, full.get(base, 0)) if follows else count
            while not name or name in taken:
                count += 1
                name = f"{base}_{count}"
            if follows:
                full[base] = count
        taken.add(name)
        yield name


def _number_below(slugs: Iterable[str], levels: Iterable[int]) -> Iterator[str]:
    """A repeated slug after that of the heading above it, or with the first number from 2 on that makes it new."""
    taken: dict[str, int] = {}
    above: list[tuple[int, str]] = []
    for slug, level in zip(slugs, levels, strict=True):
        above = [one for one in above if one[0] < level]
        name = f"{above[-1][1]}-{slug}" if slug in taken and above else slug
        if name in taken:
            base, count = name, max(taken[name], 2)
            while (name := f"{base}-{count}") in taken:
                count += 1
            taken[base] = count
        taken.setdefault(name, 0)
        above.append((level, name))
        yield name


def _make_obsidian(source: str) -> str:
    return " ".join(re.sub(r"[!\"#$%&()*+,.:;<=>?@^`{|}~/\[\]\\\r\n]", " ", source).split()).lower()


_ATTRIBUTES = compile_late(rf"\{{(?=[^{{}}\n]*\}}[ \t]*\Z){_BRACED % ''}")
_NO_PUNCTUATION = compile_late(rf"\{{(?=[^{{}}\n]*\}}[ \t]*\Z){_BRACED % ':/'}")
_ALONE = compile_late(r"\{#([^\s{}]+)\}[ \t]*\Z")
_DOCSIFY_ID = compile_late(r":id=([\w-]+)[ \t]*\Z")
_COMMENTED = compile_late(r"(?:\{|\{/\*\s*|<!--\s*)#([^\s{}>]+?)\s*(?:\*/\}|\}|-->)[ \t]*\Z")

_HOST = Renderer(_make_github, _number_free, kind="host")
_MKDOCS = Renderer(_make_python, _number_python, lines="none", ids=_ATTRIBUTES)
_GOLDMARK = Renderer(_make_goldmark, _number_free, source=True, lines="last", ids=_NO_PUNCTUATION)
_HUGO = _GOLDMARK._replace(
    make=_make_hugo, source=False, words=True, dashes=_DASHES, addresses=False, entities="&#"
)
_DOCUSAURUS = Renderer(_make_github, _number_free, words=True, ids=_COMMENTED, counted=False)
_KRAMDOWN = Renderer(_make_kramdown, _number_blind, source=True, lines="none", ids=_ALONE, counted=False)

RENDERERS: Mapping[str, Renderer] = {
    "github": _HOST,
    "gitlab": _HOST._replace(make=_make_gitlab, words=True),
    "mkdocs": _MKDOCS,
    "mkdocs-unicode": _MKDOCS._replace(make=_make_python_unicode),
    "mkdocs-pymdownx": _MKDOCS._replace(make=_make_pymdownx),
    "python-markdown": _MKDOCS,
    "hugo": _HUGO,
    "hugo-dashes": _HUGO._replace(dashes=None),
    "hugo-ascii": _HUGO._replace(make=_make_hugo_ascii),
    "hugo-blackfriday": _HUGO._replace(make=_make_blackfriday),
    "goldmark": _GOLDMARK,
    "docusaurus": _DOCUSAURUS,
    "docusaurus-case": _DOCUSAURUS._replace(make=_keep_github),
    "jekyll": _KRAMDOWN._replace(make=_make_jekyll, source=False, dashes=_DASHES),
    "kramdown": _KRAMDOWN,
    "tech-docs": Renderer(_make_tech_docs, _number_below, entities="&", lines="last", nested=True),
    "vitepress": Renderer(_make_vitepress, _number_free, entities="&", ids=_ATTRIBUTES, respells=True),
    "myst": Renderer(_make_myst, _number_free, kind="project"),
    "astro": _HOST._replace(dashes=_DOUBLE_DASHES, kind="site"),
    "mdbook": Renderer(_make_mdbook, _number_free, dashes=_DASHES, ids=_ATTRIBUTES, counted=False),
    "docsify": Renderer(_make_docsify, _number_blind, entities="&", lines="none", ids=_DOCSIFY_ID),
    "zola": Renderer(_make_zola, _number_free, words=True, ids=_ATTRIBUTES),
    "obsidian": Renderer(_make_obsidian, iter, source=True, respells=True, kind="vault"),
}


def has_template_code(text: str) -> bool:
    """Whether a site generator fills in part of a text (ERB, Liquid, Jinja, Hugo, components) or puts others into it."""
    if "<%" in text or "{{" in text or "{%" in text or _INCLUSION.search(text):
        return True
    return "<" in text and any(
        block.kind in ("html", "paragraph") and _COMPONENT.match(text, block.start, block.stop)
        for block in scan_blocks(text)
    )


def find_labels(text: str) -> frozenset[str]:
    """What MyST lets any text of a project lead to: `(label)=`, and the names of directives."""
    if ")=" not in text and ":name:" not in text and ":label:" not in text:
        return frozenset()
    return frozenset((name or label).lower() for name, label in _LABEL.findall(text))


class Anchors:
    """The fragments that a link to a text may end in, by the name of a renderer of RENDERERS.

    They are its headings, `id` and `name` in HTML, and IDs set in Markdown: `{#id}`, `{: #id}`,
    `(id)=`. `title` stands in for a heading that a template fills in with it.
    """

    def __init__(self, body: str, title: str = "", renderer: str = "github") -> None:
        self._body = body
        self._title = title
        self._renderer = RENDERERS[renderer]

    def has(self, anchor: str) -> bool:
        """Whether a fragment, decoded and without `#`, leads anywhere; `:~:` begins a browser's own part of it."""
        anchor = anchor.partition(":~:")[0]
        if anchor.lower() in ("", "top") or anchor in self._given:
            return True  # no need to read all headings
        kind = self._renderer.kind
        if kind == "host":
            return (
                anchor == "readme"  # what a host calls the whole text
                or bool(_LINES.match(anchor))
                or self._fold(anchor.removeprefix("user-content-")) in self._names
            )
        if kind != "vault":
            return self._fold(anchor) in self._names or _ANY in self._names
        if anchor.startswith("^"):
            return anchor.lower() in self._block_ids
        return all(self._fold(part) in self._names for part in anchor.split("#") if part)

    def _fold(self, name: str) -> str:
        """What names are compared by: two that look the same are."""
        if self._renderer.respells:
            name = self._renderer.make(name)
        elif self._renderer.kind == "host":
            name = name.casefold()
        return name if name.isascii() else normalize("NFC", name)

    @cached_property
    def is_filled_in(self) -> bool:
        """Whether a generator makes part of the text, and with it anchors that nothing here tells."""
        return has_template_code(self._body)

    @cached_property
    def _given(self) -> frozenset[str]:
        return frozenset(_GIVEN.findall(self._body) if '="' in self._body else ())

    @cached_property
    def _block_ids(self) -> frozenset[str]:
        return frozenset(map(str.lower, _BLOCK_ID.findall(self._body)))

    @cached_property
    def _names(self) -> frozenset[str]:
        names = list(list_slugs(self._body, self._renderer, self._title))
        for mark, pattern in _EXPLICIT_IDS:
            if mark in self._body:
                names += pattern.findall(self._body)
        if self._renderer.kind == "site" and _SHORTCUT.search(self._body):
            names += list_slugs(_SHORTCUT.sub("", self._body), self._renderer, self._title)
        names += self._list_made(tuple(names))
        return frozenset(map(self._fold, names))

    def _list_made(self, slugs: Collection[str]) -> Iterator[str]:
        """Anchors of what is no heading: footnotes, tabs, words in comments that a build may turn into some."""
        for label in _FOOTNOTE.findall(self._body) if "[^" in self._body else ():
            yield from (f"fn:{label}", f"fnref:{label}", f"fn-{label}", f"fnref-{label}")
        before = Counter(slugs)
        for label in _TAB.findall(self._body) if "===" in self._body else ():
            title = _SHORTCUT.sub("", label)
            for slug in dict.fromkeys(
                make(title) for make in (_make_python, _make_python_unicode, _make_pymdownx)
            ):
                for name in (slug, *(f"{above}-{slug}" for above in slugs)):
                    yield f"{name}_{before[name]}" if before[name] else name
                    before[name] += 1
        for comment in _SHORTCODE.findall(self._body) if "<!--" in self._body else ():
            yield from (name for word in comment.split() for name in (word, f"+{word}"))


def list_slugs(body: str, renderer: Renderer, title: str = "") -> Iterator[str]:
    """What a renderer makes of each heading of a text, those in HTML last."""
    labels = [
        match["label"]
        for block in scan_blocks(body)
        if block.kind == "definition"
        if (match := definition_pattern().match(body, block.start, block.stop))
    ]
    slugs: list[str] = []
    levels: list[int] = []
    ids: dict[int, str] = {}
    for level, heading in _find_headings(body, renderer.lines):
        source = _TITLE_CODE.sub(lambda _: title, heading) if "title" in heading else heading
        own = renderer.ids.search(source) if renderer.ids else None
        if own and not renderer.counted:
            ids[len(slugs) + len(ids)] = own[1]
        else:
            levels.append(level)
            slugs.append(own[1] if own else renderer.make(read_text(source, renderer, labels)))
    numbered = renderer.number(slugs, levels) if renderer.nested else renderer.number(slugs)
    return (ids[place] if place in ids else next(numbered) for place in range(len(slugs) + len(ids)))


def _find_headings(body: str, lines: str) -> Iterator[tuple[int, str]]:
    """The levels of headings and their sources; of those of several lines the `lines` that count.

    Marks of headings count also where CommonMark sees HTML or an indented line: kramdown and the
    columns of Microsoft's pages have Markdown there.
    """
    for block in scan_blocks(body):
        if block.kind == "heading":
            heading = read_heading(body, block)
            marks = _MARKS.match(body, block.start, block.stop)
            level = (
                len(marks[1])
                if marks
                else 1 + ("=" not in body[block.start : block.stop].rpartition("\n")[2])
            )
            if body.count("\n", block.start, block.stop) > 1:
                if lines == "none":
                    continue
                if lines == "all":
                    heading = (
                        _LATER_LINE.sub("\n", body[block.start : block.stop]).rpartition("\n")[0].rstrip()
                    )
            if heading or lines != "none":
                yield level, heading
        elif block.kind in ("html", "code", "paragraph") and "#" in body[block.start : block.stop]:
            for match in _ATX_LINE.finditer(body, body.rfind("\n", 0, block.start) + 1, block.stop):
                yield len(match[1]), _ATX_END.sub("", match[2], count=1)
    if "</h" in body or "</H" in body:
        for match in _HTML_HEADING.finditer(body):
            yield int(match[1]), match[2]
