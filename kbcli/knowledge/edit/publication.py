"""What of a card may leave the house: a card of its own, with nothing in it that was not written for the public.

Selecting by audience when a question is asked leaks: by suggestions, counts, verifiers' addresses, comments, names
of other cards in links. So the public has a knowledge base of its own, made of what is here.
"""

import json
import re
from pathlib import Path
from posixpath import dirname, join, normpath

from kbcli.config import Config
from kbcli.errors import OutsidePathError
from kbcli.foundation.markdown.blocks import blank_code
from kbcli.foundation.markdown.links import Link, find_links
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


def publish_library(library: Library, trusts: dict[str, Trust]) -> Publication:
    """The active cards for the public, each stripped; `trusts` are theirs by path."""
    chosen = [
        card for card in library.cards if card.audience == PUBLIC and trusts[card.path].state not in INACTIVE
    ]
    known = {card.id for card in chosen}
    pictures: set[str] = set()
    texts: dict[str, str] = {}
    for card in chosen:
        publisher = _Publisher(card, known, library.config)
        # Where it stands here no other file can be in its way.
        texts[card.path] = _write_card(card, trusts[card.path], publisher.strip(), known)
        pictures |= publisher.pictures
    return Publication({**texts, SETTINGS: _make_settings(library.config)}, frozenset(pictures))


def _make_settings(config: Config) -> str:
    title = json.dumps(config.title or "Help", ensure_ascii=False)
    lang, extensions = json.dumps(config.lang), json.dumps(list(config.extensions))
    return f'title = {title}\nlang = {lang}\nextensions = {extensions}\n\n[fields]\ndue = "due"\n'


def _write_card(card: Card, trust: Trust, body: str, known: set[str]) -> str:
    """The file of a card: its words for readers and searchers, its dates, and a digest that says what its state was."""
    fields: dict[str, object] = {
        # A heading that is the title stays where it is.
        "title": "" if card.heading_title else card.title,
        "type": card.type,
        "aliases": list(card.aliases),
        "product": card.product,
        "audience": PUBLIC,
        "lang": card.lang,
        "translation_of": card.translation_of if card.translation_of in known else "",
        "verified": str(card.verified or ""),
        "due": str(trust.due or ""),
    }
    if trust.state == "flagged":
        fields["flagged"] = {"by": "kb", "reason": "reported as wrong"}
    if trust.state in ("changed", "suspect"):
        fields["verified_digest"] = _OTHER_TEXT
    elif card.verified and trust.basis != "date":
        stripped = _join(fields, body)
        fields["verified_digest"] = read_card(stripped.encode(), "a.md", Config(Path())).digest
    return _join(fields, body)


def _join(fields: dict[str, object], body: str) -> str:
    # JSON is YAML too.
    lines = [f"{name}: {json.dumps(value, ensure_ascii=False)}\n" for name, value in fields.items() if value]
    return f"---\n{''.join(lines)}---\n{body}"


class _Publisher:
    """Strips one card; `pictures` are those that it shows, by path."""

    def __init__(self, card: Card, known: set[str], config: Config) -> None:
        self._card = card
        self._known = known
        self._config = config
        self.pictures: set[str] = set()

    def strip(self) -> str:
        """The text without comments, and without links to what is not public; of claims with an end the day stays."""
        body = self._card.body
        ends = {place.start: place.claim.until for place in parse_claims(body) if place.claim is not None}
        body = _replace(
            body,
            [
                (
                    found.start(),
                    found.end(),
                    f"<!-- kb:until {ends[found.start()]} -->" if found.start() in ends else "",
                )
                for found in _COMMENT.finditer(blank_code(body))
            ],
        )
        return _replace(body, [(link.start, link.end, self._lead(link)) for link in find_links(body)])

    def _lead(self, link: Link) -> str:
        """Where a link may lead: as it is, or nowhere."""
        if link.kind in ("web", "anchor"):
            return link.raw
        if link.form == "notation":
            return link.raw.rstrip("]").partition("|")[2]
        path = normpath(join(dirname(self._card.id), link.target)) if link.kind == "relative" else ""
        if link.form == "image":
            if not self._is_picture(path):
                return "#"
            self.pictures.add(path)
            return link.raw
        names = (path, *(path.removesuffix(ending) for ending in (*self._config.extensions, ".html")))
        if any(name in self._known for name in names):
            return link.raw
        return "#"

    def _is_picture(self, path: str) -> bool:
        if not path or path.startswith("..") or not _PICTURE.search(path):
            return False
        try:
            return self._config.locate(path).is_file()
        except (OutsidePathError, OSError, ValueError):
            return False


def _replace(text: str, changes: list[tuple[int, int, str]]) -> str:
    for start, end, new in sorted(changes, reverse=True):
        text = text[:start] + new + text[end:]
    return text
