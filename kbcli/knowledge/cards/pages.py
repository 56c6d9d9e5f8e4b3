"""Pages of a site: the addresses that a generator gives to cards, by their paths and by what they say themselves."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from posixpath import basename, dirname, join, normpath

from kbcli.foundation.disk.paths import fold_name
from kbcli.foundation.markdown.anchors import RENDERERS
from kbcli.foundation.typed import compile_late
from kbcli.knowledge.cards.model import Card

INDEX_NAMES = ("index", "README", "_index")
_FIELDS = ("aliases", "url", "slug", "permalink", "redirect_from", "redirects", "id")
# Folders of versions, as tools for versioned documentation and people call them.
_VERSION = compile_late(r"(?:v|version-?)?\d+(?:\.(?:\d+|x))*|latest|next|current|stable", re.IGNORECASE)
# What Docusaurus takes off a name to sort by, and Jekyll off that of a post.
_ORDER = compile_late(r"(?<![^/])\d+\s*[-_.]+\s*(?=[^-_.\s\d])")
_DAY = compile_late(r"(?<![^/])\d{4}-\d{2}-\d{2}-(?=[^/])")


def are_versions(one: str, other: str) -> bool:
    """Whether two IDs lie in folders that are called as two versions of the same documentation: `v1.2/a`, `v2.0/guide/a`."""
    folders = zip(one.split("/")[:-1], other.split("/")[:-1], strict=False)
    differing = next(((a, b) for a, b in folders if a != b), None)
    return differing is not None and all(map(_VERSION.fullmatch, differing))


def is_site(renderer: str, roots: Iterable[str]) -> bool:
    """Whether pages have addresses of their own: a generator makes them, or kb.toml says where their root is."""
    return RENDERERS[renderer].kind == "site" or any(roots)


def fold_address(address: str) -> str:
    """What addresses are compared by: without slashes around it, whatever its case and normalisation."""
    return fold_name(address.strip("/"))


def list_said_addresses(card: Card) -> Iterator[str]:
    """The addresses that a card's front matter names: of its page, and former ones; some from the site's root (/x)."""
    for value in (card.aliases, *(card.extra.get(name) for name in _FIELDS)):
        texts = [value] if isinstance(value, str) else value if isinstance(value, list | tuple) else []
        yield from (text for text in texts if isinstance(text, str))


def list_page_folders(card: Card, renderer: str, permalink: str = "") -> tuple[str, ...]:
    """The folders that relative addresses in a card may begin at, as browsers take them, the likeliest first.

    Those that begin with / are from the site's root, others from the knowledge base.
    """
    ident = drop_prefixes(card.id, renderer)
    page = dirname(ident) if basename(ident) in INDEX_NAMES else ident
    said = [text for text in (permalink, *list_said_addresses(card)) if text.startswith("/")]
    folders = [*(folder for text in said for folder in (dirname(text.rstrip("/")) or "/", text)), page]
    return tuple(dict.fromkeys((*folders, dirname(card.path))))


def drop_prefixes(ident: str, renderer: str) -> str:
    """An ID without the numbers that its names are sorted by, where the generator does not show them."""
    if renderer.startswith("docusaurus"):
        return _ORDER.sub("", ident)
    return _DAY.sub("", ident) if "_posts/" in ident else ident


def map_addresses(
    cards: Iterable[Card], renderer: str, find_permalink: Callable[[Card], str]
) -> Mapping[str, tuple[str, ...]]:
    """The paths of cards by each address, folded, that their pages may have but for their IDs.

    `find_permalink` gives the address that the settings of the site say, or "".
    """
    found: dict[str, dict[str, None]] = {}
    for card in cards:
        plain = drop_prefixes(card.id, renderer)
        texts = [plain] if plain != card.id else []
        if basename(plain) in INDEX_NAMES:
            texts.append(dirname(plain))
        if renderer.startswith("hugo"):
            texts.append(plain)
        if permalink := find_permalink(card):
            texts += [permalink, permalink.removesuffix(".html")]
        for text in list_said_addresses(card):
            texts += [text, *([] if text.startswith("/") else [normpath(join(dirname(plain), text))])]
        for text in texts:
            found.setdefault(fold_address(text), {})[card.path] = None
    return {address: tuple(paths) for address, paths in found.items()}
