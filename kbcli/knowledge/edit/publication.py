"""What of a card may leave the house: a card of its own, with nothing in it that was not written for the public.

Selecting by audience when a question is asked leaks: by suggestions, counts, verifiers' addresses, comments, names
of other cards in links. So the public has a knowledge base of its own, made of what is here.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from posixpath import dirname, join, normpath

from kbcli.config import Config
from kbcli.errors import OutsidePathError
from kbcli.foundation.markdown.blocks import blank_code
from kbcli.foundation.markdown.links import Link, find_idle_definitions, find_links
from kbcli.foundation.text.splicing import replace_spans
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.cards.claims import parse_claims
from kbcli.knowledge.cards.library import Library
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.cards.reader import read_card
from kbcli.knowledge.trust.states import INACTIVE, Trust

PUBLIC = "public"
SETTINGS = "kb.toml"
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_PICTURE = re.compile(r"\.(?:png|jpe?g|gif|webp|avif)\Z", re.IGNORECASE)
_OTHER_TEXT = "v2:" + "0" * 32
"""A digest that no text has."""


class Publication(NamedTuple):
    """The public's knowledge base: texts by path, and paths of pictures that they show."""

    texts: dict[str, str]
    pictures: frozenset[str]


class Publisher:
    """Publishes a knowledge base, again and again: a card of which nothing changed is not stripped anew."""

    def __init__(self) -> None:
        self._known: dict[str, _Published] = {}

    def publish(self, library: Library, trusts: Mapping[str, Trust]) -> Publication:
        """The active cards for the public, each stripped; `trusts` are theirs by path."""
        chosen = [
            card
            for card in library.cards
            if card.audience == PUBLIC and trusts[card.path].state not in INACTIVE
        ]
        around = _Around(frozenset(card.id for card in chosen), library.config)
        # Where a card stands here no other file can be in its way.
        self._known = {card.path: self._publish(card, trusts[card.path], around) for card in chosen}
        texts = {path: one.text for path, one in self._known.items()}
        pictures = (
            path for one in self._known.values() for path, is_there in one.pictures.items() if is_there
        )
        return Publication({**texts, SETTINGS: _make_settings(library.config)}, frozenset(pictures))

    def list_pictures(self) -> Iterator[str]:
        """The paths of the pictures that the cards published last show, whether they are there or not."""
        return (path for one in self._known.values() for path in one.pictures)

    def _publish(self, card: Card, trust: Trust, around: "_Around") -> "_Published":
        known, told = self._known.get(card.path), _tell(trust)
        if known is not None and known.card is card and known.told == told and known.fits(around):
            return known
        stripper = _Stripper(card, around)
        text = _write_card(card, told, stripper.strip(), is_known=stripper.is_known)
        return _Published(card, told, text, stripper.links, stripper.pictures, around.config.extensions)


class _Told(NamedTuple):
    """What the public is told of a trust, which no day changes by itself."""

    is_flagged: bool
    is_changed: bool
    is_pinned: bool
    due: str


def _tell(trust: Trust) -> _Told:
    is_changed = trust.state in ("changed", "suspect")
    return _Told(trust.state == "flagged", is_changed, trust.basis != "date", str(trust.due or ""))


class _Around(NamedTuple):
    """What there is around a card: the IDs of those for the public, and the settings."""

    known: frozenset[str]
    config: Config

    def is_picture(self, path: str) -> bool:
        """Whether a path is that of a picture that is there."""
        if not path or path.startswith("..") or not _PICTURE.search(path):
            return False
        try:
            return self.config.locate(path).is_file()
        except (OutsidePathError, OSError, ValueError):
            return False


class _Published(NamedTuple):
    """What a card became: `links` are the IDs that it asked for, `pictures` the paths, and whether they were there."""

    card: Card
    told: _Told
    text: str
    links: dict[str, bool]
    pictures: dict[str, bool]
    extensions: tuple[str, ...]

    def fits(self, around: _Around) -> bool:
        """Whether what is around it is still as it was."""
        return (
            self.extensions == around.config.extensions
            and all((name in around.known) == was for name, was in self.links.items())
            and all(around.is_picture(path) == was for path, was in self.pictures.items())
        )


def _make_settings(config: Config) -> str:
    title = json.dumps(config.title or "Help", ensure_ascii=False)
    lang, extensions = json.dumps(config.lang), json.dumps(list(config.extensions))
    return f'title = {title}\nlang = {lang}\nextensions = {extensions}\n\n[fields]\ndue = "due"\n'


def _write_card(card: Card, told: _Told, body: str, *, is_known: Callable[[str], bool]) -> str:
    """The file of a card: its words for readers and searchers, its dates, and a digest that says what its state was."""
    fields: dict[str, object] = {
        # A heading that is the title stays where it is.
        "title": "" if card.heading_title else card.title,
        "type": card.type,
        "aliases": list(card.aliases),
        "product": card.product,
        "audience": PUBLIC,
        "lang": card.lang,
        "translation_of": card.translation_of if is_known(card.translation_of) else "",
        "verified": str(card.verified or ""),
        "due": told.due,
    }
    if told.is_flagged:
        fields["flagged"] = {"by": "kb", "reason": "reported as wrong"}
    if told.is_changed:
        fields["verified_digest"] = _OTHER_TEXT
    elif card.verified and told.is_pinned:
        stripped = _join(fields, body)
        fields["verified_digest"] = read_card(stripped.encode(), "a.md", Config(Path())).digest
    return _join(fields, body)


def _join(fields: dict[str, object], body: str) -> str:
    # JSON is YAML too.
    lines = [f"{name}: {json.dumps(value, ensure_ascii=False)}\n" for name, value in fields.items() if value]
    return f"---\n{''.join(lines)}---\n{body}"


class _Stripper:
    """Strips one card; `links` and `pictures` are those that it asked for, and whether they are there."""

    def __init__(self, card: Card, around: _Around) -> None:
        self._card = card
        self._around = around
        self.links: dict[str, bool] = {}
        self.pictures: dict[str, bool] = {}

    def is_known(self, name: str) -> bool:
        """Whether a card for the public has this ID."""
        self.links[name] = name in self._around.known
        return self.links[name]

    def strip(self) -> str:
        """The text without comments, definitions that make no link, and links to what is not public; of claims with an end the day stays."""
        body = self._card.body
        ends = {place.start: place.claim.until for place in parse_claims(body) if place.claim is not None}
        comments = (found.span() for found in _COMMENT.finditer(blank_code(body)))
        body = replace_spans(
            body,
            (
                (start, stop, f"<!-- kb:until {ends[start]} -->" if start in ends else "")
                for start, stop in comments
            ),
        )
        # `[//]: # (a note)` is how comments are written too.
        body = replace_spans(body, ((*place, "") for place in find_idle_definitions(body)))
        links = sorted(find_links(body), key=lambda link: link.start)
        return replace_spans(body, ((link.start, link.end, self._lead(link)) for link in links))

    def _lead(self, link: Link) -> str:
        """Where a link may lead: as it is, or nowhere."""
        if link.kind in ("web", "anchor"):
            return link.raw
        if link.form == "notation":
            return link.raw.rstrip("]").partition("|")[2]
        path = normpath(join(dirname(self._card.id), link.target)) if link.kind == "relative" else ""
        if link.form == "image":
            self.pictures[path] = self._around.is_picture(path)
            return link.raw if self.pictures[path] else "#"
        endings = (*self._around.config.extensions, ".html")
        names = (path, *(path.removesuffix(ending) for ending in endings))
        return link.raw if any(self.is_known(name) for name in names) else "#"
