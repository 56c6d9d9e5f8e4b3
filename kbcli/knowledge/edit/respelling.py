"""How what leads to a moved card, or out of it, is to be written now."""

import posixpath
import re
from collections.abc import Iterator
from dataclasses import replace
from posixpath import basename, dirname, relpath

from kbcli.config import Config
from kbcli.foundation.disk.paths import compose, fold_name
from kbcli.foundation.markdown.links import Link, classify_target, match_notation
from kbcli.knowledge.cards.destinations import WEB_SUFFIXES, Destinations
from kbcli.knowledge.cards.library import Library
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.cards.pages import INDEX_NAMES, drop_prefixes, list_said_addresses, split_ending
from kbcli.knowledge.cards.reader import match_translation
from kbcli.knowledge.cards.sites import find_content, is_localised, read_head
from kbcli.knowledge.cards.walk import card_id

# What would end or change a destination where it stands, besides what a path itself needs escaped.
_UNSAFE = re.compile(r"[\x00-\x20\x7f()<>\"'\\%?#`&*|]")


class Respeller:
    """Writes what leads to a moved card, or out of it."""

    def __init__(self, library: Library, card: Card, new_path: str, new_id: str) -> None:
        self._config = library.config
        self._paths = (card.path, new_path)
        self._ids = (card.id, new_id)
        self._card = card
        self._before = Destinations(library)
        moved = replace(card, id=new_id, path=new_path)
        self._moved = moved
        cards = tuple(moved if other.path == card.path else other for other in library.cards)
        self._after = Destinations(Library(library.config, cards, files=library.files))
        plain, permalink = (
            drop_prefixes(card.id, library.config.renderer),
            self._before.site.find_permalink(card),
        )
        addresses = (card.id, plain, permalink.removesuffix(".html"), *list_said_addresses(card))
        names = (basename(address.strip("/")) for address in addresses)
        self._words = frozenset(map(fold_name, filter(None, names)))

    @property
    def ident(self) -> str:
        """The ID that the card had."""
        return self._ids[0]

    def may_link(self, text: str) -> bool:
        """Whether a text could lead to the card: cheap, and never wrongly no."""
        if not any(mark in text for mark in ("](", "]:", "<", "[[", "{{", "{%")):
            return False
        folded = fold_name(text)
        return (
            any(word in folded for word in self._words)
            or any(mark in text for mark in "%\\&")
            or basename(self._card.id) in INDEX_NAMES
        )

    def rename(self, resolved: str) -> str | None:
        """A path that names the card, with its suffix, without, as a web page or as its folder, as it names it now; None for others."""
        found, (old, new) = self._before.find_card(resolved), self._ids
        if found is None or found.path != self._card.path:
            return None
        resolved, plain = compose(resolved), compose(old)
        if resolved == compose(self._card.path):
            return self._paths[1]
        if resolved == (compose(_name_page(old)) or "."):
            return new if resolved == plain else _name_page(new) or "."
        if basename(resolved).removesuffix(".html") == "index" != basename(plain):
            # A folder's page, whatever its file is called.
            page = _name_page(new)
            return f"{new}.html" if page == new else posixpath.join(page, "index.html")
        ending = resolved.removeprefix(plain)
        # What was a former ID stays one.
        return new + ending if ending in ("", *self._config.extensions, *WEB_SUFFIXES) else None

    def respell(self, link: Link, folder: str, new_folder: str, card: Card | None = None) -> str | None:
        """A destination, written in one folder and now in another, so that it leads where it did; None as it is.

        A relative one is looked at only where it is an address, from the page of `card`.
        """
        if link.kind == "relative":
            return None if card is None else self._respell_page_link(link, card)
        goal = self._before.find(link.kind, link.target, folder)
        if not goal:
            return None
        wanted = self._paths[1] if goal == self._paths[0] else goal
        if self._after.find(link.kind, link.target, new_folder) == wanted:
            return None
        spelt = spell_destination(
            link.raw, link.target, link.kind, wanted, self._config, self._after.roots, new_folder
        )
        old, new = (dirname(ident) for ident in (self._ids if goal == self._paths[0] else ("", "")))
        # A page may be called otherwise than its file, and then only its folder is new.
        renamed = (
            put_target(link.raw, link.target.replace(f"/{old}/", f"/{new}/" if new else "/", 1))
            if old
            else ""
        )
        moved = (
            self._after.site.find_permalink(self._moved)
            if goal == self._paths[0] and link.target[:1] == "/"
            else ""
        )
        address = put_target(link.raw, moved) if moved else ""
        return next(
            (
                raw
                for raw in (address, *spelt, renamed)
                if raw and self._leads(raw, link.kind, wanted, new_folder)
            ),
            None,
        )

    def _respell_page_link(self, link: Link, card: Card) -> str | None:
        found = self._before.read_page_link(link.target, card)
        if found is None:
            return None
        moves = self._paths[0] in (card.path, found.goal)
        if not moves:
            return link.raw
        if not found.place:
            return self._respell_address(link, card, found.goal)
        page = _name_page(self._ids[1]) if card.path == self._paths[0] else found.page
        place = _name_page(self._ids[1]) if found.goal == self._paths[0] else found.place
        path = relpath(place, page or ".") + ("/" if link.target.endswith("/") else "")
        start = "./" if link.target.startswith("./") and not path.startswith("../") else ""
        tail = re.search(r"[?#].*\Z", link.raw, re.DOTALL)
        return start + escape_path(path) + (tail[0] if tail else "")

    def _respell_address(self, link: Link, card: Card, goal: str) -> str:
        """A relative address of which the front matter of a page says a part, from or to the card's new folder."""
        before, after = (drop_prefixes(ident, self._config.renderer) for ident in self._ids)
        page = dirname(drop_prefixes(card.id, self._config.renderer))
        place = resolve_target(link.target, page)
        if goal == self._paths[0]:
            name = basename(place)
            renamed = basename(after) if name == basename(before) else name
            goal, place = self._paths[1], posixpath.join(dirname(after), renamed)
        if card.path == self._paths[0]:
            card, page = self._moved, dirname(after)
        if before == after:
            return link.raw
        path = relpath(place, page or ".") + ("/" if link.target.endswith("/") else "")
        raw = put_target(link.raw, path)
        return raw if self._after.follow("relative", path, card) == goal else link.raw

    def _leads(self, raw: str, kind: str, wanted: str, folder: str) -> bool:
        found, target, _ = classify_target(raw)
        return found == kind and self._after.find(kind, target, folder) == wanted

    def is_generated(self, target: str, card: Card) -> bool:
        """Whether the build makes what a relative destination in a card leads to, and nothing is there."""
        is_missing = self._before.follow("relative", target, card) is None
        return is_missing and self._before.is_generated("relative", target, card)

    def rename_found(self, target: str, folder: str) -> str | None:
        """The same of a path that leads nowhere from its own folder, and by which a vault finds the card."""
        if not self._config.links_wiki or self._before.find_card(resolve_target(target, folder)):
            return None
        if self._before.find_by_name(target, folder) != self._paths[0]:
            return None
        return self._paths[1] if target.endswith(self._config.extensions) else self._ids[1]


def _name_page(ident: str) -> str:
    """The folder that a card's page is to browsers."""
    return dirname(ident) if basename(ident) in INDEX_NAMES else ident


def spell_destination(
    raw: str, target: str, kind: str, path: str, config: Config, roots: tuple[str, ...], folder: str
) -> Iterator[str]:
    """Ways to write a destination so that it leads to a card's `path`, likest to how `raw` was written first."""
    head = read_head(target, config) if target.startswith("/") else ""
    source = path
    if head or (target.startswith("/") and is_localised(config)):
        # The page of a translation has the address of its source, behind the language.
        ident = match_translation(config, path)[1]
        source = ident + path[len(card_id(path, config)) :] if ident else path
    sign, content = "", find_content(folder, config) if kind == "alias" else None
    if content is not None:
        sign, roots = target.partition("/")[0] + "/", (content,)
    for root in roots or (".",):
        inside = relpath(source, root)
        if inside.startswith("../") and kind != "wiki":
            continue
        bare, suffix = split_ending(inside, config.extensions)
        ending = split_ending(target, (*config.extensions, *WEB_SUFFIXES))[1]
        if not ending and basename(bare) in INDEX_NAMES and basename(target.rstrip("/")) not in INDEX_NAMES:
            bare = dirname(bare)
        if target.startswith("/") and drop_prefixes(target, config.renderer) == target and not ending:
            bare = drop_prefixes(bare, config.renderer)
        whole = bare + (suffix if ending in config.extensions else ending)
        forms = [whole, basename(whole)]
        if target.startswith("/"):
            forms = [f"{head}/{whole}/" if target.endswith("/") and len(target) > 1 else f"{head}/{whole}"]
        elif sign:
            forms = [sign + whole]
        elif kind in ("wiki", "post") and "/" not in target:
            forms.reverse()
        elif kind == "ref" or target.startswith("."):
            forms = [relpath(whole, folder or "."), *forms, f"/{whole}"]
        for form in forms:
            yield put_target(raw, form)


def put_target(raw: str, new: str) -> str:
    """A destination as written with another target; what follows that stays."""
    if found := match_notation(raw):
        start, end = found[1].span("target")
        fragment = found[1]["target"].partition("#")
        return f"{raw[:start]}{new}{fragment[1]}{fragment[2]}{raw[end:]}"
    from urllib.parse import quote

    path = raw.partition("#")[0].partition("?")[0]
    return quote(new, safe="/!$+,-.:;=@_~") + raw[len(path) :]


def escape_path(path: str) -> str:
    """A path as a destination in Markdown can hold it."""
    return _UNSAFE.sub(lambda match: f"%{ord(match[0]):02X}", path)


def resolve_target(target: str, folder: str) -> str:
    """A link's path, from the knowledge base: normalised, without a slash at its end."""
    return posixpath.normpath(posixpath.join(folder, target))
