"""The addresses that Jekyll's settings give to pages: `permalink` of _config.yml, of its collections and its defaults."""

import re
from collections.abc import Iterator, Mapping
from posixpath import basename, dirname, relpath

from kbcli.foundation.disk.paths import match_globs
from kbcli.foundation.typed import Any, compile_late
from kbcli.knowledge.cards.header.document import FrontMatterError, parse_yaml
from kbcli.knowledge.cards.model import Card

JEKYLL_SETTINGS = "_config.yml"
# The built-in styles (https://jekyllrb.com/docs/permalinks/).
_STYLES = {
    "date": "/:categories/:year/:month/:day/:title",
    "pretty": "/:categories/:year/:month/:day/:title/",
    "none": "/:categories/:title",
}
_DATED = compile_late(r"(?:(\d{4})-(\d\d)-(\d\d)-)?(.*)\Z", re.DOTALL)
_PLACEHOLDER = compile_late(r":([a-z_]+)")
_POSTS, _PAGES = "posts", "pages"


class Permalinks:
    """Answers for cards which address the text of a _config.yml that lies in the folder `place` gives their pages."""

    def __init__(self, text: str, place: str) -> None:
        try:
            values: Mapping[str, Any] = parse_yaml(text).values
        except FrontMatterError:
            values = {}
        self._place = place
        self._folder = str(values.get("collections_dir") or "").strip("/")
        found = values.get("collections")
        tables = (
            found if isinstance(found, Mapping) else dict.fromkeys(found if isinstance(found, list) else ())
        )
        self._patterns = {
            str(name): _read_pattern(table) or "/:collection/:path" for name, table in tables.items()
        }
        self._patterns[_POSTS] = _read_pattern(tables.get(_POSTS)) or _read_pattern(values) or "date"
        self._defaults = list(_read_defaults(values.get("defaults")))

    def find(self, card: Card) -> str:
        """The address of a card's page, "" where the settings give none, or one that only a build knows."""
        path, ident = (relpath(name, self._place) for name in (card.path, card.id))
        if path.startswith("../") or "permalink" in card.extra:
            return ""
        top, _, inside = ident.removeprefix(f"{self._folder}/").partition("/")
        kind = (
            _POSTS
            if "_posts/" in path
            else top[1:]
            if top[:1] == "_" and top[1:] in self._patterns
            else _PAGES
        )
        fitting = [pattern for scope, of, pattern in self._defaults if of in ("", kind) and scope(path)]
        pattern = fitting[-1] if fitting else self._patterns.get(kind, "")
        date = _DATED.match(basename(ident))
        year, month, day, name = date.groups() if date else ("", "", "", "")
        slug = card.extra.get("slug")
        values = {
            "path": dirname(ident) if kind == _PAGES else inside, "basename": name, "name": name, "slug": name,
            "title": slug if isinstance(slug, str) else name, "collection": kind, "output_ext": ".html",
            "year": year, "month": month, "day": day,
        }  # fmt: skip
        categories = card.extra.get("categories") or ()
        texts = categories.split() if isinstance(categories, str) else categories
        folders = "/".join(map(str, texts)).lower() if isinstance(texts, list | tuple) else ""
        known = {name: value for name, value in values.items() if value} | {"categories": folders}
        known.setdefault("path", "")
        filled = _PLACEHOLDER.sub(lambda found: known.get(found[1], "\0"), _STYLES.get(pattern, pattern))
        return re.sub(r"/{2,}", "/", f"/{filled}") if filled and "\0" not in filled else ""


def _read_pattern(table: object) -> str:
    value = table.get("permalink") if isinstance(table, Mapping) else None
    return value if isinstance(value, str) else ""


def _read_defaults(entries: object) -> Iterator[tuple[Any, str, str]]:
    """What each entry of `defaults` is about: a test of paths, a kind ("" for any), and its permalink; the last fitting one holds."""
    for entry in entries if isinstance(entries, list) else ():
        scope = entry.get("scope") if isinstance(entry, Mapping) else None
        pattern = _read_pattern(entry.get("values")) if isinstance(entry, Mapping) else ""
        if isinstance(scope, Mapping) and pattern:
            path = str(scope.get("path") or "").strip("/")
            yield (
                match_globs((path, f"{path}/**") if path else ("**",)),
                str(scope.get("type") or ""),
                pattern,
            )
