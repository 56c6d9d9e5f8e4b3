"""Pages of a site: the addresses that a generator gives to cards, by their paths and by what they say themselves."""

import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from posixpath import basename, dirname, join, normpath

from kbcli.foundation.disk.paths import fold_name
from kbcli.foundation.markdown.anchors import RENDERERS
from kbcli.foundation.typed import compile_late
from kbcli.knowledge.cards.model import Card

INDEX_NAMES = ("index", "README", "_index")
PROJECT_FILES = compile_late(
    r"(?:readme|changelog|changes|history|contributing|contributors|code[_-]of[_-]conduct|security|license|licence"
    r"|authors|maintainers|governance|support|notice|agents|claude|pull_request_template)[^/]*\Z",
    re.IGNORECASE,
)
"""Names of what a project says of itself and its repository, which is no page."""
_FIELDS = ("aliases", "url", "slug", "permalink", "redirect_from", "redirects", "id")
# What names the page to which another only leads on.
_REDIRECTS = frozenset(("redirect", "redirect_to", "redirectTo", "redirect_url", "redirectUrl"))
# Folders of versions, as tools for versioned documentation and people call them.
_VERSION = compile_late(
    r"(?:v|version-?)?\d+(?:\.(?:\d+|x))*|latest|next|current|stable|\w+-edition", re.IGNORECASE
)
# A year, with a month, day or quarter; a number of a release with its points.
_TIME = compile_late(r"(?<!\d)(?:19|20)\d\d(?!\d)(?:[-_.]?(?:Q[1-4]|\d\d?))*|\d+(?:[.]\d+)+", re.IGNORECASE)
_ADDRESS = compile_late(r"\d+(?:\.\d+){3}")
# Folders of what was, around those of its versions: `versioned_docs/version-1.0`.
_OLD = compile_late(
    r"(?<![a-z])(?:versions?|versioned|archived?|archives|old|releases?|legacy|history)(?![a-z])",
    re.IGNORECASE,
)
_RELEASE = compile_late(r"(?:^|[-_.])v?\d+(?:\.\d+)+(?:[-_.]|$)", re.IGNORECASE)
# What Docusaurus takes off a name to sort by, and Jekyll, Eleventy and others off that of a post.
_ORDER = compile_late(r"(?<![^/])\d+\s*[-_.]+\s*(?=[^-_.\s\d])")
_DAY = compile_late(r"(?<![^/])\d{4}-\d{2}-\d{2}-(?=[^/])")


def are_versions(one: str, other: str) -> bool:
    """Whether two IDs name two versions of the same documentation, or two times: `v1.2/a` and `v2.0/guide/a`, `2023-05-01-a` and `2024-06-01-a`."""
    plain = (_drop_versions(one), _drop_versions(other))
    return one != other and (
        plain[0] == plain[1]
        or _is_old(one, other)
        or _is_old(other, one)
        or _differ_in_time(one, other)
        or _differ_in_time(*plain)
    )


def _is_old(one: str, other: str) -> bool:
    """Whether an ID is that of another, or of none that is there now, as of what lies in the folder of a version: `archive/v1.2/cli/add`, `docs/cli/add`."""
    *folders, name = one.split("/")
    versions = (
        place for place, folder in enumerate(folders) if _VERSION.fullmatch(folder) and not folder.isdecimal()
    )
    if (place := next(versions, -1)) == 0 and other.partition("/")[0] != folders[0]:
        return True  # all of a version, and what is outside of it, whatever its pages were called then
    if place < 0 or not f"/{other}".endswith("/" + "/".join([*folders[place + 1 :], name])):
        return False
    above, others = folders[:place], other.split("/")[:-1]
    shared = min(len(above), len(others))
    # A name alone tells nothing: `api/v2/index` is none of `billing/index`.
    return (
        place + 1 < len(folders)
        or (place > 0 and above[:shared] == others[:shared])
        or any(map(_OLD.search, above[-1:]))
    )


def _differ_in_time(one: str, other: str) -> bool:
    """Whether the first names in which two IDs differ are two versions' or hold two times."""
    names, others = one.split("/"), other.split("/")
    pairs = enumerate(zip(names, others, strict=False))
    place = next((place for place, both in pairs if both[0] != both[1]), -1)
    if place < 0:
        return False
    differing = names[place], others[place]
    if place < min(len(names), len(others)) - 1 and all(map(_VERSION.fullmatch, differing)):
        return True
    times = [found for found in map(_TIME.search, differing) if found]
    if len(times) < 2 or times[0][0] == times[1][0] or all(map(_ADDRESS.fullmatch, differing)):
        return False
    # `limits-2000` and `port-2049` are of no time.
    rests = {(time.string[: time.start()] + time.string[time.end() :]).strip("-_. ") for time in times}
    return len(rests) == 1 or not any(time.start() for time in times)


def _drop_versions(ident: str) -> str:
    """An ID without what says of folders which version they are of: `v1.2/a` and `v1.2-docs/a` are `a` and `docs/a`."""
    *folders, name = ident.split("/")
    plain = ("" if _VERSION.fullmatch(folder) else _RELEASE.sub("", folder) for folder in folders)
    return "/".join([*filter(None, plain), name])


def is_piece(card: Card, renderer: str, ids: Container[str]) -> bool:
    """Whether a card, of those with these IDs, is a part of pages and none itself, as its name or a folder's says: `_part.mdx`, `_parts/a.md`.

    Jekyll's collections lie in such folders too; pages of them have front matter. To Hugo what lies beside an
    index.md is a part of that.
    """
    *folders, name = card.path.split("/")
    is_resource = renderer.startswith("hugo") and "/".join((*folders, "index")) in ids
    if is_resource and not name.startswith("index."):
        return True
    if name.startswith("_") and name.partition(".")[0] not in INDEX_NAMES:
        return True
    has_pages = renderer in ("jekyll", "kramdown") and card.body_line > 1
    return not has_pages and any(folder.startswith("_") for folder in folders)


def leads_on(card: Card) -> bool:
    """Whether a card is a page that only leads on to another."""
    return not _REDIRECTS.isdisjoint(card.extra)


def is_of_project(card: Card) -> bool:
    """Whether a card is what a project says of itself (`SECURITY.md`, `README.md`) rather than a page about such a thing."""
    name = basename(card.path)
    return name.partition(".")[0].isupper() and PROJECT_FILES.match(name) is not None


def is_site(renderer: str, roots: Iterable[str]) -> bool:
    """Whether pages have addresses of their own: a generator makes them, or kb.toml says where their root is."""
    return RENDERERS[renderer].kind == "site" or any(roots)


def fold_address(address: str) -> str:
    """What addresses are compared by: without slashes around it, whatever its case and normalisation."""
    return fold_name(address.strip("/"))


def split_ending(path: str, endings: Iterable[str]) -> tuple[str, str]:
    """A path without the first of some endings that it has, and that ending; "" where it has none of them."""
    ending = next((one for one in endings if path.endswith(one)), "")
    return path.removesuffix(ending), ending


def list_said_addresses(card: Card) -> Iterator[str]:
    """The addresses that a card's front matter names: of its page, and former ones; some from the site's root (/x)."""
    for value in (card.aliases, *(card.extra.get(name) for name in _FIELDS)):
        texts = [value] if isinstance(value, str) else value if isinstance(value, list | tuple) else []
        # A redirect may say from where, and to where.
        said = (text.get("from") if isinstance(text, Mapping) else text for text in texts)
        yield from (text for text in said if isinstance(text, str))


def is_index(ident: str, renderer: str) -> bool:
    """Whether a card is the page of its folder: by its name, in Docusaurus also by having that of the folder."""
    name = basename(ident)
    return name in INDEX_NAMES or (renderer.startswith("docusaurus") and name == basename(dirname(ident)))


def list_page_folders(card: Card, renderer: str, permalink: str = "") -> tuple[str, ...]:
    """The folders that relative addresses in a card may begin at, as browsers take them, the likeliest first.

    Those that begin with / are from the site's root, others from the knowledge base.
    """
    ident = drop_prefixes(card.id, renderer)
    page = dirname(ident) if is_index(ident, renderer) else ident
    said = [text for text in (permalink, *list_said_addresses(card)) if text.startswith("/")]
    folders = [*(folder for text in said for folder in (dirname(text.rstrip("/")) or "/", text)), page]
    if renderer.startswith("docusaurus"):
        folders.append(dirname(page))  # where addresses end without a slash
    return tuple(dict.fromkeys((*folders, dirname(card.path))))


def drop_prefixes(ident: str, renderer: str) -> str:
    """An ID without the numbers that its names are sorted by, where the generator does not show them."""
    if renderer.startswith("docusaurus"):
        return _ORDER.sub("", ident)
    return _DAY.sub("", ident)


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
        if is_index(plain, renderer):
            texts.append(dirname(plain))
        if renderer.startswith("hugo"):
            texts.append(plain)
        if renderer == "astro":
            slugs = "/".join(map(RENDERERS["github"].make, plain.split("/")))
            texts += [slugs, dirname(slugs)] if basename(plain) in INDEX_NAMES else [slugs]
        if permalink := find_permalink(card):
            texts += [permalink, permalink.removesuffix(".html")]
        for text in list_said_addresses(card):
            texts += [text, *([] if text.startswith("/") else [normpath(join(dirname(plain), text))])]
        for text in texts:
            found.setdefault(fold_address(text), {})[card.path] = None
    return {address: tuple(paths) for address, paths in found.items()}
