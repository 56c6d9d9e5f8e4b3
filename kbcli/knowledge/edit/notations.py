"""How the links of somebody's Markdown are written, and where those that begin with / lead."""

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from posixpath import basename, dirname, join, splitext
from typing import NamedTuple

from kbcli.config import Config
from kbcli.foundation.markdown.links import classify_target, find_links
from kbcli.knowledge.cards.destinations import Destinations
from kbcli.knowledge.cards.library import Library
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.cards.reader import is_language_code, match_translation
from kbcli.knowledge.gate.rule import Finding
from kbcli.knowledge.gate.rules.links import find_paths_to_nothing

_MARK = re.compile(r"\[\[|\]\([ \t]*/|\]:[ \t]*/|(?:href|src)\s*=\s*[\"']?/|\{\{|\{%")
_PLACES = (".", "content", "docs", "source", "src", "src/content", "src/pages", "pages", "site", "website")
_STATIC = (
    "static",
    "public",
    "assets",
    "website/static",
    ".vitepress/public",
    ".vuepress/public",
    "src/static",
)
_PAGES = frozenset(("", ".html", ".htm", ".md", ".mdx"))
_NAVIGATION = re.compile(
    r"mkdocs\.ya?ml|sidebars?\.(?:json|[cm]?[jt]s)|SUMMARY\.md|toc\.ya?ml|_sidebar\.md", re.IGNORECASE
)
_FEW = 5
_DEEPEST = 3
_MOST_PLACES = 60
_MOST_ADDRESSES = 2_000
_MOST_READ = 1_500
_ENOUGH = 0.6
_MANY, _TIMES = 10, 4
_ENOUGH_LED, _SHARE = 0.4, 0.03


class Survey(NamedTuple):
    """What was found: `settings` for kb.toml, and what to say of each notation."""

    settings: Mapping[str, object]
    notes: tuple[str, ...]


def survey_links(library: Library) -> Survey:
    """Read the links of the cards that may have some which are no plain relative paths: of very many, of every so many-th.

    Where most wiki links lead to notes and no renderer is set, the renderer is Obsidian.
    """
    counts: Counter[str] = Counter()
    addresses: set[tuple[str, str]] = set()
    wiki: set[tuple[str, str]] = set()
    step = -(-len(library.cards) // _MOST_READ) or 1
    for card in library.cards[::step]:
        for link in find_links(card.body) if _MARK.search(card.body) else ():
            counts[link.kind] += 1
            if link.kind == "absolute" and len(addresses) < _MOST_ADDRESSES:
                addresses.add((link.target, dirname(card.path)))
            elif link.kind == "wiki" and link.target:
                wiki.add((link.target, dirname(card.path)))
    counts = Counter({kind: number * step for kind, number in counts.items()})
    base = library.config.links_base
    is_used = bool(base) and any(one.startswith(base) for one, _ in addresses)
    links: dict[str, object] = {"base": base} if is_used else {}
    settings: dict[str, object] = {}
    if roots := _find_roots(library, addresses) or library.config.links_roots:
        links["roots"] = list(roots)
    is_wiki = library.config.links_wiki or _lead_to_notes(library, wiki)
    if is_wiki and "renderer" not in library.config.origins:
        settings["renderer"] = "obsidian"
    elif is_wiki and not library.config.links_wiki:
        links["wiki"] = True
    if links or base:
        settings["links"] = links
    about = "about " if step > 1 else ""
    return Survey(settings, (*_describe(counts, roots, is_wiki, about), *_list_navigation(library)))


def survey_broken_links(config: Config, cards: Sequence[Card], today: date) -> Survey:
    """Read the links that lead nowhere with these settings: what a build knows or makes, and what it shows untranslated."""
    library = Library(config, tuple(cards))
    if not config.translation_pattern:
        # Mostly a glance tells that there is nothing to find.
        seen = find_paths_to_nothing(library, today, exact=False)
        if not _find_generated(config, cards, seen):
            return Survey({}, ())
    nowhere = find_paths_to_nothing(library, today, exact=True)
    settings: dict[str, object] = {}
    notes: list[str] = []
    if config.translation_pattern:
        falling_back = Library(config._replace(translation_fallback=True), tuple(cards))
        fallen = find_paths_to_nothing(falling_back, today, exact=True)
        untranslated = sum(bool(match_translation(config, finding.path)[1]) for finding in nowhere)
        cured = len(nowhere) - len(fallen)
        if cured >= max(_FEW, _ENOUGH_LED * untranslated):
            keys = ("pattern", "source", "source_path")
            kept = {key: value for key in keys if (value := getattr(config, f"translation_{key}"))}
            settings["translations"] = {**kept, "fallback": True}
            notes.append(
                f"{cured:,} links of translations lead only to pages of the source: fallback takes those for shown in their place."
            )
            nowhere = fallen
    if generated := _find_generated(config, cards, nowhere):
        kept = {
            "roots": list(config.links_roots),
            "base": config.links_base,
            "wiki": config.links_wiki and config.renderer != "obsidian",
        }
        settings["links"] = {key: value for key, value in kept.items() if value} | {"generated": generated}
        named = ", ".join(generated)
        notes.append(f"links to {named} lead to no file: they are taken for what the build makes or knows.")
    return Survey(settings, tuple(notes))


def _find_generated(config: Config, cards: Sequence[Card], nowhere: Sequence[Finding]) -> list[str]:
    """Words, and folders with hardly a card in them, that so many links name as no slip would."""
    targets = [classify_target(finding.subject) for finding in nowhere]
    words = Counter(target for kind, target, _ in targets if kind == "relative" and target.isalnum())
    folders: dict[str, set[str]] = {}
    for kind, target, _ in targets:
        if kind == "absolute" and (folder := dirname(target.strip("/"))):
            folders.setdefault(folder, set()).add(target)
    places = [
        "/".join(parts)
        for folder in folders
        for root in config.links_roots
        if (parts := [one for one in (root, folder) if one != "."])
    ]
    held = Counter(dirname(card.id) for card in cards if dirname(card.id) in places)
    return [word for word, number in sorted(words.items()) if number >= _MANY] + [
        f"{folder}/*"
        for folder, names in sorted(folders.items())
        if len(names) >= max(_MANY, _TIMES * sum(n for place, n in held.items() if place.endswith(folder)))
    ]


def _find_roots(library: Library, addresses: set[tuple[str, str]]) -> tuple[str, ...]:
    """The folders from which addresses that begin with / lead to cards and files; none where most would not.

    Folders of languages come first, as one pattern: each is the root of what lies in it.
    """
    pages = {one for one in addresses if one[0].strip("/") and splitext(one[0])[1].lower() in _PAGES}
    found = {place: _find_led(library, place, pages) for place in _list_places(library)}
    chosen: list[str] = []
    rest = set(pages)
    while place := max(found, key=lambda one: len(found[one] & rest), default=""):
        gain = found.pop(place) & rest
        if len({target for target, _ in gain}) < max(_FEW, _SHARE * len(pages)):
            break
        chosen.append(place)
        rest -= gain
    if len(pages - rest) < _ENOUGH_LED * len(pages):
        chosen, rest = [], pages
    return tuple(sorted((*chosen, *_find_static(library, chosen, addresses - pages | rest)), key=_is_plain))


def _is_plain(root: str) -> bool:
    return "*" not in root


def _find_static(library: Library, chosen: Sequence[str], addresses: set[tuple[str, str]]) -> list[str]:
    """The further folders below which files lie that are linked to from the site's root."""
    found: list[str] = []
    tops = [
        top for root in (*chosen, *_PLACES) for top in (root, dirname(root), dirname(dirname(root))) if top
    ]
    beside = [join(top, name) for top in tops for name in _STATIC[:2] + _STATIC[-3:-1]]
    for place in dict.fromkeys((*chosen, *_STATIC, *beside, *_PLACES)):
        files = {one for one in addresses if os.path.isfile(library.config.root / place / one[0].strip("/"))}
        if files and place not in chosen:
            found.append(place)
        addresses = addresses - files
    return found


def _list_places(library: Library) -> list[str]:
    """The folders that may be the root of a site, those at the top first, and patterns of languages."""
    tops = Counter(
        "/".join(parts[:depth])
        for card in library.cards
        if (parts := card.path.split("/")[:-1])
        for depth in range(1, min(len(parts), _DEEPEST) + 1)
    )
    folders = sorted(tops, key=lambda folder: (folder.count("/"), -tops[folder], folder))[:_MOST_PLACES]
    patterns = Counter(join(dirname(folder), "*") for folder in folders if is_language_code(basename(folder)))
    kinds = [pattern for pattern, number in patterns.items() if number > 1]
    return [*kinds, *_PLACES, *folders]


def _find_led(library: Library, place: str, pages: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Those of the addresses, each with the folder it is written in, that lead to cards from one root."""
    config = library.config._replace(links_roots=(place,))
    destinations = Destinations(replace(library, config=config))
    return {
        (target, folder)
        for target, folder in pages
        if any(map(destinations.find_card, destinations.list_below_roots(target, folder)))
    }


def _lead_to_notes(library: Library, wiki: set[tuple[str, str]]) -> bool:
    """Whether most of what looks like wiki links leads to a card or file."""
    finder = Destinations(replace(library, config=library.config._replace(links_wiki=True)))
    asked = sorted(wiki)[:: -(-len(wiki) // _MOST_ADDRESSES) or 1]
    found = sum(finder.find("wiki", target, folder) is not None for target, folder in asked)
    return len(asked) >= _FEW and found >= _ENOUGH * len(asked)


def _describe(counts: Mapping[str, int], roots: tuple[str, ...], is_wiki: bool, about: str) -> Iterator[str]:
    if number := counts.get("absolute", 0):
        places = ", ".join("the top folder" if root == "." else root for root in roots)
        how = f"followed from {places}" if roots else "not followed: nothing tells where they lead"
        mend = "" if roots else "; name the folders as roots under [links] in kb.toml"
        yield f"{about}{number:,} links begin with / and are {how}{mend}."
    if number := counts.get("wiki", 0):
        how = "followed" if is_wiki else "not followed; wiki = true under [links] in kb.toml makes them links"
        yield f"{about}{number:,} links are written [[so]] and are {how}."
    for kind, name in (
        ("ref", "Hugo’s ref and relref"),
        ("link", "Jekyll’s link"),
        ("post", "Jekyll’s post_url"),
    ):
        if number := counts.get(kind, 0):
            yield f"{about}{number:,} links are written with {name} and are followed."
    if number := counts.get("template", 0):
        yield f"{about}{number:,} links hold template code and are not followed."


def _list_navigation(library: Library) -> Iterator[str]:
    config = library.config
    boundary = config.boundary
    for folder in dict.fromkeys((config.root, boundary)):
        for name in sorted(os.listdir(folder)) if folder.is_dir() else ():
            if _NAVIGATION.fullmatch(name) and (folder / name).is_file():
                path = os.path.relpath(Path(folder, name), config.root)
                yield f"{path} names pages: `kb mv` changes none of its lines, and says which to change."
