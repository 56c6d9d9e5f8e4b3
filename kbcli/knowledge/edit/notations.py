"""How the links of somebody's Markdown are written, and where those that begin with / lead."""

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from posixpath import dirname, join, normpath, splitext
from typing import NamedTuple

from kbcli.foundation.disk.paths import find_boundary
from kbcli.foundation.markdown.links import find_links
from kbcli.knowledge.cards.destinations import Destinations
from kbcli.knowledge.cards.library import Library

_MARK = re.compile(r"\[\[|\]\([ \t]*/|\]:[ \t]*/|(?:href|src)\s*=\s*[\"']?/|\{\{|\{%")
_PLACES = (".", "content", "docs", "source", "src", "src/content", "src/pages", "pages", "site", "website")
_STATIC = ("static", "public", "assets", "website/static", ".vitepress/public", "src/static")
_PAGES = frozenset(("", ".html", ".htm", ".md", ".mdx"))
_NAVIGATION = re.compile(
    r"mkdocs\.ya?ml|sidebars?\.(?:json|[cm]?[jt]s)|SUMMARY\.md|toc\.ya?ml|_sidebar\.md", re.IGNORECASE
)
_FEW = 5
_MOST_ADDRESSES = 2_000
_ENOUGH = 0.6


class Survey(NamedTuple):
    """What was found: `settings` for kb.toml, and what to say of each notation."""

    settings: Mapping[str, object]
    notes: tuple[str, ...]


def survey_links(library: Library) -> Survey:
    """Read the links of every card that may have some which are no plain relative paths.

    Where most wiki links lead to notes and no renderer is set, the renderer is Obsidian.
    """
    counts: Counter[str] = Counter()
    addresses: set[str] = set()
    wiki: set[tuple[str, str]] = set()
    for card in library.cards:
        for link in find_links(card.body) if _MARK.search(card.body) else ():
            counts[link.kind] += 1
            if link.kind == "absolute" and len(addresses) < _MOST_ADDRESSES:
                addresses.add(link.target)
            elif link.kind == "wiki" and link.target:
                wiki.add((link.target, dirname(card.path)))
    links: dict[str, object] = {}
    settings: dict[str, object] = {}
    if roots := _find_roots(library, addresses):
        links["roots"] = list(roots)
    is_wiki = library.config.links_wiki or _lead_to_notes(library, wiki)
    if is_wiki and "renderer" not in library.config.origins:
        settings["renderer"] = "obsidian"
    elif is_wiki and not library.config.links_wiki:
        links["wiki"] = True
    if links:
        settings["links"] = links
    return Survey(settings, (*_describe(counts, roots, is_wiki), *_list_navigation(library)))


def _find_roots(library: Library, addresses: set[str]) -> tuple[str, ...]:
    """The folders from which addresses that begin with / lead to cards and files; none where most would not."""
    destinations = Destinations(library)
    pages = [one for one in addresses if one.strip("/") and splitext(one)[1].lower() in _PAGES]
    if len(pages) < _FEW:
        return ()
    root, langs = library.config.root, {library.config.lang, library.config.translation_source} - {""}
    places = [*_PLACES, *(join(place, lang) for place in _PLACES for lang in langs)]
    found = {
        place: {one for one in pages if destinations.find_card(normpath(join(place, one.strip("/"))))}
        for place in places
        if os.path.isdir(root / place)
    }
    best = max(found, key=lambda place: (len(found[place]), -place.count("/")))
    if len(found[best]) < _ENOUGH * len(pages):
        return ()
    roots, rest = [normpath(best)], addresses - found[best]
    for place in (*_STATIC, *_PLACES):
        files = {one for one in rest if os.path.isfile(root / place / one.strip("/"))}
        if files:
            roots.append(place)
            rest -= files
    return tuple(dict.fromkeys(roots))


def _lead_to_notes(library: Library, wiki: set[tuple[str, str]]) -> bool:
    """Whether most of what looks like wiki links leads to a card or file."""
    finder = Destinations(replace(library, config=library.config._replace(links_wiki=True)))
    found = sum(finder.find("wiki", target, folder) is not None for target, folder in wiki)
    return len(wiki) >= _FEW and found >= _ENOUGH * len(wiki)


def _describe(counts: Mapping[str, int], roots: tuple[str, ...], is_wiki: bool) -> Iterator[str]:
    if number := counts.get("absolute", 0):
        how = f"followed from {', '.join(roots)}" if roots else "not followed: nothing tells where they lead"
        mend = "" if roots else "; name the folders as roots under [links] in kb.toml"
        yield f"{number:,} links begin with / and are {how}{mend}."
    if number := counts.get("wiki", 0):
        how = "followed" if is_wiki else "not followed; wiki = true under [links] in kb.toml makes them links"
        yield f"{number:,} links are written [[so]] and are {how}."
    for kind, name in (
        ("ref", "Hugo’s ref and relref"),
        ("link", "Jekyll’s link"),
        ("post", "Jekyll’s post_url"),
    ):
        if number := counts.get(kind, 0):
            yield f"{number:,} links are written with {name} and are followed."
    if number := counts.get("template", 0):
        yield f"{number:,} links hold template code and are not followed."


def _list_navigation(library: Library) -> Iterator[str]:
    config = library.config
    boundary = find_boundary(config.root, config.git_root)
    for folder in dict.fromkeys((config.root, boundary)):
        for name in sorted(os.listdir(folder)) if folder.is_dir() else ():
            if _NAVIGATION.fullmatch(name) and (folder / name).is_file():
                path = os.path.relpath(Path(folder, name), config.root)
                yield f"{path} names pages: `kb mv` changes none of its lines, and says which to change."
