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
from kbcli.foundation.groups import group_pairs
from kbcli.foundation.markdown.links import find_links
from kbcli.knowledge.cards.destinations import Destinations, name_goal
from kbcli.knowledge.cards.library import Library
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.cards.reader import is_language_code, match_translation
from kbcli.knowledge.gate.rule import CheckContext, Finding
from kbcli.knowledge.gate.rules.links import find_broken_links, name_missing

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
# By so many exceed those that lead nowhere the others, where not slips but the site is what kb does not know.
_MARGIN = 8
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
    """Read the links that are broken with these settings: what a site shows untranslated, and what kb does not know how to follow."""
    library = Library(config, tuple(cards))
    broken = list(find_broken_links(CheckContext(library, today)))
    settings: dict[str, object] = {}
    notes: list[str] = []
    if config.translation_pattern:
        falling_back = Library(config._replace(translation_fallback=True), tuple(cards))
        fallen = list(find_broken_links(CheckContext(falling_back, today)))
        untranslated = sum(bool(match_translation(config, finding.path)[1]) for finding in broken)
        cured = len(broken) - len(fallen)
        if cured >= max(_FEW, _ENOUGH_LED * untranslated):
            keys = ("pattern", "source", "source_path")
            kept = {key: value for key in keys if (value := getattr(config, f"translation_{key}"))}
            settings["translations"] = {**kept, "fallback": True}
            notes.append(
                f"{cured:,} links of translations lead only to pages of the source: fallback takes those for shown in their place."
            )
            library, broken = falling_back, fallen
    if generated := _find_unknown(library, broken):
        kept = {
            "roots": list(config.links_roots),
            "base": config.links_base,
            "wiki": config.links_wiki and config.renderer != "obsidian",
        }
        settings["links"] = {key: value for key, value in kept.items() if value} | {
            "generated": list(generated)
        }
        notes += (
            f"{missed:,} of {number:,} that links name as {glob} are not found, so kb does not know how the site makes them, "
            "and judges no link to one; delete it from generated under [links] in kb.toml to have them judged."
            for glob, (missed, number) in generated.items()
        )
    return Survey(settings, tuple(notes))


def _find_unknown(library: Library, broken: Sequence[Finding]) -> dict[str, tuple[int, int]]:
    """Globs of pages, or of files of one ending, that links name and that mostly are missing, which no slips explain; with how many are, of how many."""
    missing = {name for finding in broken if (name := name_missing(finding))}
    endings = Counter(splitext(name)[1] for name in missing)
    often = {ending for ending, number in endings.items() if number >= _MARGIN}
    named = missing.union(_list_named(library) if often else ())
    by_ending = group_pairs((splitext(name)[1], name) for name in named)
    found: dict[str, tuple[int, int]] = {}
    for ending in sorted(often):
        found |= _choose_globs("", f"*{ending}", {name: name in missing for name in by_ending[ending]})
    return found


def _list_named(library: Library) -> Iterator[str]:
    """The names of what links that are followed lead to, there or not."""
    ignored = {"anchor", "web", "template", *(() if library.config.links_roots else ("absolute",))}
    for card in library.cards:
        for link in find_links(card.body) if card.status == "active" else ():
            if link.target and link.kind not in ignored and link.form != "autolink":
                yield name_goal(link.kind, link.target, dirname(card.path))


def _choose_globs(folder: str, names: str, is_missing: Mapping[str, bool]) -> dict[str, tuple[int, int]]:
    """The topmost folders in which clearly more is missing than there, and the contrary in none below."""
    missed, number = sum(is_missing.values()), len(is_missing)
    if missed < _MARGIN or folder.count("/") > _DEEPEST:
        return {}
    inner = group_pairs((_find_inner(folder, name), name) for name in is_missing)
    parts = {name: {one: is_missing[one] for one in ones} for name, ones in inner.items()}
    beside = parts.pop("", {})
    led = (len(part) - 2 * sum(part.values()) for part in (*parts.values(), beside))
    if 2 * missed - number >= _MARGIN and max(led) < _MARGIN:
        return {f"{folder}{'**/' if parts else ''}{names}": (missed, number)}
    found = _choose_globs(folder, names, beside) if parts else {}
    for name, part in sorted(parts.items()):
        found |= _choose_globs(name, names, part)
    return found


def _find_inner(folder: str, name: str) -> str:
    """The folder directly in another in which a name lies, with a slash; "" for what lies beside such."""
    first, slash, _ = name.removeprefix(folder).partition("/")
    return f"{folder}{first}/" if slash else ""


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
