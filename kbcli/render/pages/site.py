"""A base as a site of pages that need no server: every file of it but the pictures, by path."""

import json
from collections.abc import Iterator
from datetime import date
from posixpath import dirname
from urllib.parse import quote

from kbcli.foundation.markdown.links import find_links
from kbcli.foundation.typed import NamedTuple
from kbcli.operations.base import JudgedCard
from kbcli.operations.export.site import Site
from kbcli.render.escape import make_visible
from kbcli.render.pages.body import PICTURES, Places, format_body_html, join_path
from kbcli.render.pages.frame import STATES, STATIC, describe_card_trust, render_page

_MOST_LISTED = 300
"""Pages in one open list: thousands take a browser seconds to lay out, on each key that is typed above them."""

_STATIC = ("kb.css", "kb.svg", "site.js")


class DrawnSite(NamedTuple):
    """The files of a site by path, and the paths of the pictures that its pages show, in the base."""

    files: dict[str, bytes]
    pictures: tuple[str, ...]


def draw_site(site: Site, address: str = "") -> DrawnSite:
    """The pages, the search, and with an `address` (which ends with a slash) a feed and a sitemap."""
    today = site.base.today
    translations = _group_translations(site)
    drawer = _Drawer(site, address, today)
    texts = {
        "index.html": drawer.draw("site-home", "", groups=_group_languages(site), most_listed=_MOST_LISTED),
        # A server shows it at any depth.
        "404.html": drawer.draw("site-missing", "404.html", at=address),
        "static/search-index.js": _write_index(site, today),
    }
    for one in site.cards:
        path = locate_page(one.card.id)
        texts[path] = drawer.draw(
            "site-card",
            path,
            card=one.card,
            trust=one.trust,
            body=format_body_html(one.card, today, site.find_card, _find_places(path)),
            translations=[
                (other.card.lang, other.card.title, locate_page(other.card.id))
                for other in translations[one.card.id]
            ],
        )
    if address:
        texts |= _draw_lists(site, address, translations)
    files = {path: text.encode("utf-8", "replace") for path, text in texts.items()}
    files |= {f"static/{name}": (STATIC / name).read_bytes() for name in _STATIC}
    pictures = dict.fromkeys(path for one in site.cards for path in list_pictures(one))
    return DrawnSite(files, tuple(pictures))


def _draw_lists(site: Site, address: str, translations: dict[str, list[JudgedCard]]) -> dict[str, str]:
    """The feed and the sitemap, what was verified last first."""

    def name(one: JudgedCard) -> str:
        return address + quote(locate_page(one.card.id))

    newest = sorted(site.cards, key=lambda one: (str(one.card.verified or ""), one.card.id), reverse=True)
    values = {
        "title": site.title,
        "address": address,
        "today": site.base.today,
        "cards": [(one, name(one)) for one in newest],
        "alternates": {
            ident: [(other.card.lang, name(other)) for other in others]
            for ident, others in translations.items()
        },
    }
    return {path: render_page(path, **values) for path in ("feed.xml", "sitemap.xml")}


def locate_page(ident: str) -> str:
    """The path of a card's page in a site."""
    return f"card/{ident}.html"


class _Drawer:
    """Draws pages in the frame of one site."""

    def __init__(self, site: Site, address: str, today: date) -> None:
        self._address = address
        self._site = {
            "title": site.title,
            "user": "",
            "is_public": site.is_public,
            "today": today,
            "notice": "",
            "pages": (),
        }

    def draw(self, template: str, path: str, *, at: str = "", **values: object) -> str:
        """A page; `at` leads from it to the top of the site, by itself as its path is deep."""
        at = at or "../" * path.count("/")
        frame = {
            "site": self._site,
            "at": at,
            "home": f"{at}index.html",
            "searching": f"{at}index.html",
            "address": self._address,
            "here": self._address + quote(path) if self._address else "",
            "query": "",
            "json": "",
            "today": self._site["today"],
            "done": "",
            "held_back": False,
            "replies": (),
        }
        return render_page(template, **frame, **values)


def _find_places(path: str) -> Places:
    at = "../" * path.count("/")
    return Places(f"{at}card/", f"{at}picture/", ".html")


def list_pictures(one: JudgedCard) -> Iterator[str]:
    """The paths of the pictures that the page of a card shows."""
    for link in find_links(one.card.body):
        path = join_path(dirname(one.card.id), link.target) if link.kind == "relative" else ""
        if link.form == "image" and path.lower().endswith(tuple(PICTURES)):
            yield path


def _group_translations(site: Site) -> dict[str, list[JudgedCard]]:
    """By ID, the cards that say the same in other languages, by language."""
    families: dict[str, list[JudgedCard]] = {}
    for one in site.cards:
        source = site.find_card(one.card.translation_of) if one.card.translation_of else None
        families.setdefault(source or one.card.id, []).append(one)
    return {
        one.card.id: sorted(
            (other for other in family if other is not one), key=lambda other: other.card.lang
        )
        for family in families.values()
        for one in family
    }


def _group_languages(site: Site) -> list[tuple[str, dict[str, list[tuple[JudgedCard, str]]]]]:
    """The cards by language, the base's own first, each with the path of its page; where they are many, by folder, else all as one."""
    groups: dict[str, list[tuple[JudgedCard, str]]] = {}
    own = site.base.config.lang
    for one in sorted(site.cards, key=lambda one: (one.card.lang != own, one.card.lang, one.card.title)):
        groups.setdefault(one.card.lang or own, []).append((one, quote(locate_page(one.card.id))))
    return [(lang, _group_folders(cards)) for lang, cards in groups.items()]


def _group_folders(cards: list[tuple[JudgedCard, str]]) -> dict[str, list[tuple[JudgedCard, str]]]:
    """Cards by the folder they lie in; by "" where they are few enough for one list."""
    if len(cards) <= _MOST_LISTED:
        return {"": cards}
    folders: dict[str, list[tuple[JudgedCard, str]]] = {}
    for one, where in cards:
        folders.setdefault(dirname(one.card.id), []).append((one, where))
    return dict(sorted(folders.items()))


def _write_index(site: Site, today: date) -> str:
    """The index as a script, as a page in a folder may read no other file; lists only, so that no word is a name of JavaScript's."""
    index = site.words
    cards = [
        [
            quote(locate_page(one.card.id)),
            make_visible(one.card.title),
            lang,
            one.trust.state,
            STATES[one.trust.state],
            make_visible(describe_card_trust(one.card, one.trust, today)),
        ]
        for one, lang in zip(site.cards, index.langs, strict=True)
    ]
    data = {
        "cards": cards,
        "terms": [[term, *_list_steps(found)] for term, found in index.terms.items()],
        "grams": [[term, *_list_steps(found)] for term, found in index.grams.items()],
        "forms": [[word, *terms] for word, terms in index.forms.items()],
        "idle": list(index.idle.items()),
    }
    return f'"use strict";\nconst INDEX = {json.dumps(data, ensure_ascii=False, separators=(",", ":"))};\n'


def _list_steps(found: list[tuple[int, int]]) -> Iterator[int]:
    """Card and worth in turn; of each card only how far it is from the one before, which is a fifth less to load."""
    last = 0
    for number, worth in found:
        yield number - last
        yield worth
        last = number
