"""What names a card in files that kb does not change: navigation, imports, notations that it does not follow."""

import posixpath
import re
from collections.abc import Container, Iterator

from kbcli.config import Config
from kbcli.foundation.git.worktree import search_files
from kbcli.foundation.markdown.links import find_links
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.cards.destinations import WEB_SUFFIXES, Destinations
from kbcli.knowledge.cards.library import Library
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.cards.pages import INDEX_NAMES
from kbcli.knowledge.cards.reader import is_language_code

_TOPS = frozenset(("content", "docs", "doc", "source", "src", "pages", "_pages", "site", "website"))
_IMPORT = re.compile(r"\s*(?:import|export)\b.*?[\"'](\.{1,2}/[^\"']+)[\"']")
_LEAD = re.compile(r"[^\s\"'`()<>\[\]{}|,;=]*\Z")
_LONGEST = 160
_OWN_FILES = ("kb-baseline.json",)


class Mention(NamedTuple):
    """A line that may lead to where a card was: its file, relative to the knowledge base, and what stands there."""

    path: str
    line: int
    text: str


def find_mentions(library: Library, card: Card, repaired: Container[tuple[str, int]]) -> Iterator[Mention]:
    """Lines of the files that git tracks in which a card's name stands as one leads to it, but for those `repaired`."""
    config = library.config
    if config.git_root is None:
        return
    names = _Names(config, card)
    destinations = Destinations(library)
    for name, number, text in search_files(config.git_root, names.terms):
        path = posixpath.relpath(name, config.place)
        if path == card.path or posixpath.basename(path) in _OWN_FILES:
            continue
        other = library.by_path.get(path)
        is_followed = config.links_wiki and other is not None and number >= other.body_line
        folder = posixpath.dirname(name)
        if (path, number) in repaired or not names.stand_in(text, folder, wiki=not is_followed):
            continue
        rest = text if other is None else _drop_links_elsewhere(text, number, other, card, destinations)
        if names.stand_in(rest, folder, wiki=not is_followed):
            yield Mention(path, number, text.strip()[:_LONGEST])


def _drop_links_elsewhere(text: str, number: int, other: Card, card: Card, destinations: Destinations) -> str:
    """A line of another card without the links that lead to something else than the card."""
    for link in find_links(other.body):
        if link.line + other.body_line - 1 == number and link.kind not in ("web", "template", "anchor"):
            goal = destinations.follow(link.kind, link.target, other)
            if goal and goal != card.path:
                text = text.replace(link.raw, "", 1)
    return text


def find_imports(card: Card, path: str) -> Iterator[Mention]:
    """Lines of a card, at `path` now, that import what lies beside it."""
    for number, line in enumerate(card.body.split("\n"), card.body_line):
        if "import" in line and _IMPORT.match(line):
            yield Mention(path, number, line.strip()[:_LONGEST])


class _Names:
    """How a card may be named in a path: by its file, as a page, or, an index, as its folder."""

    def __init__(self, config: Config, card: Card) -> None:
        *parents, name = posixpath.normpath(posixpath.join(config.place, card.id)).split("/")
        self._is_index = name in INDEX_NAMES and bool(parents)
        if self._is_index:
            *parents, name = parents
        self._parents = parents
        self._folder = "/".join(parents)
        suffix = card.path[len(card.id) :]
        endings = "|".join(map(re.escape, (suffix, *config.extensions, *WEB_SUFFIXES, ".mdx")))
        after = rf"(?:/(?:{'|'.join(INDEX_NAMES)})?)?" if self._is_index else "/?"
        self._pattern = re.compile(
            rf"(?P<start>\[\[|(?<![\w-])){re.escape(name)}{after}(?P<ending>{endings})?(?![\w-]|\.\w|/\w)"
        )
        self.terms = (
            (f"/{name}", f"[[{name}") if self._is_index else (f"/{name}", f"[[{name}", f"{name}{suffix}")
        )
        roots = {posixpath.normpath(posixpath.join(config.place, root)) for root in config.links_roots}
        last = parents[-1] if parents else ""
        self._is_on_top = self._folder in roots or (
            not roots and (not parents or last in _TOPS or is_language_code(last))
        )

    def stand_in(self, text: str, folder: str, *, wiki: bool) -> bool:
        """Whether a line of a file in a folder names the card; `wiki`: also between [[ and ]]."""
        found = self._pattern.finditer(text)
        return any(wiki if match["start"] else self._leads_here(match, text, folder) for match in found)

    def _leads_here(self, match: re.Match[str], text: str, folder: str) -> bool:
        lead = _LEAD.search(text, max(0, match.start() - 300), match.start())
        path = lead[0] if lead else ""
        above = [part for part in path.split("/") if part not in ("", ".", "..")]
        if above:
            return bool(self._parents) and above[-1] == self._parents[-1]
        if path == "/":
            return self._is_on_top
        if path or folder == self._folder:
            return bool(path or match["ending"])
        return bool(match["ending"]) and not self._is_index
