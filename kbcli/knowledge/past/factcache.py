"""What past versions of cards said, read from git once and remembered by blob.

The cache is one JSON file in the user's own cache folder, in a folder only the user may enter.
It holds nothing that cannot be read again: one that is damaged, somebody else's, or made with
other settings is simply not used.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import cached_property
from pathlib import Path

from kbcli import __version__
from kbcli.config import Config
from kbcli.foundation.calendar import parse_interval
from kbcli.foundation.disk.files import CacheFile, name_place
from kbcli.foundation.git.objects import FileContents, iterate_blobs, read_blobs
from kbcli.foundation.groups import group_pairs
from kbcli.foundation.markdown.digest import SCHEME
from kbcli.foundation.typed import Any
from kbcli.knowledge.cards.library import Library, load_library
from kbcli.knowledge.cards.model import Card, Flag
from kbcli.knowledge.cards.reader import read_card
from kbcli.knowledge.cards.walk import MAX_CARD_BYTES, card_id

Progress = Callable[[int, int], None]
Row = dict[str, Any]

MAX_BYTES = 256 * 1024 * 1024
_VERSION = 6
_DIGESTS = ("digest", "digest_v1")
_STEP = 256
_TEXTS = (
    *("type", "product", "lang", "status", "audience", "translation_of", "translation_digest"),
    *("verified_by", "verified_digest", "depends_digest"),
)
_LISTS = ("tags", "owners", "depends_on", "evidence", "former_ids")
# By field that trust is judged from, how it is kept in JSON and made of that again.
_FIELDS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    **dict.fromkeys(_TEXTS, (str, str)),
    **dict.fromkeys(_LISTS, (list, tuple)),
    **dict.fromkeys(("verified", "due_on"), (str, date.fromisoformat)),
    "verify_every": (str, parse_interval),
    "flagged": (lambda flag: flag.reason, lambda reason: Flag("", None, reason)),
}
_PLAIN = vars(Card(id="", path="", title=""))


class _PastCard(Card):
    """A past card whose text is digested only when that is asked for: of most nobody does."""

    facts: "FactCache"
    blob: str

    @cached_property
    def digest(self) -> str:
        """The digest of its text, which is read from git again."""
        self.facts.load_digests([self])
        return str(vars(self)["digest"])

    @cached_property
    def digest_v1(self) -> str:
        """The same by scheme v1."""
        self.facts.load_digests([self], "digest_v1")
        return str(vars(self)["digest_v1"])


class FactCache:
    """Past cards by blob and path, and one record of what was worked out for a commit.

    `folder` is where the file lies (None: nothing is kept).
    """

    def __init__(self, config: Config, folder: Path | None) -> None:
        self._config = config
        self._file = CacheFile(folder, f"{name_place(config.root)}.json", MAX_BYTES)
        parts = (str(_VERSION), __version__, SCHEME, config.reading)
        self._fingerprint = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
        self._rows: dict[str, Row | None] = {}
        self._cards: dict[tuple[str, str], Card | None] = {}
        self._today: Mapping[str, Card] = {}
        self._dirty = False
        self.record: Row = {}
        # What is not sealed was not written by kb, and is not read.
        data = json.loads(self._file.read() or b"{}")
        if data.get("fingerprint") == self._fingerprint:
            self._rows, self.record = data["cards"], data["record"]

    def load_library(self) -> Library:
        """The cards as they stand. Those that git has like this need not be read from it any more."""
        contents = FileContents()
        library = load_library(self._config, note=contents.note)
        self._today = library.by_path
        for card in library.cards:
            if card.path in contents.blobs:
                self._cards[contents.blobs[card.path], card.path] = card
        return library

    def find(self, blob: str, path: str) -> Card | None:
        """The card that a blob was at a path; None when it was no card, or has not been read."""
        key = (blob, path)
        if key not in self._cards:
            row = self._rows.get(f"{blob} {path}")
            self._cards[key] = None if row is None else self._unpack(row, blob, path)
        return self._cards[key]

    def read(self, wanted: Iterable[tuple[str, str]], progress: Progress | None = None) -> int:
        """Read those of (blob, path) that are not known yet; how many blobs git does not have. Raises GitError."""
        unknown = group_pairs(
            (blob, path)
            for blob, path in wanted
            if self.find(blob, path) is None and self._rows.get(f"{blob} {path}", "") is not None
        )
        found = 0
        for found, (blob, data) in enumerate(iterate_blobs(self._config.root, sorted(unknown)), 1):
            for path in unknown[blob]:
                self._note(blob, path, data)
            if progress is not None and (found % _STEP == 0 or found == len(unknown)):
                progress(found, len(unknown))
        return len(unknown) - found

    def _note(self, blob: str, path: str, data: bytes) -> None:
        self._dirty = True
        del self._cards[blob, path]
        if len(data) > MAX_CARD_BYTES:
            self._rows[f"{blob} {path}"] = None
            return
        card, today = read_card(data, path, self._config), self._today.get(path)
        if today is not None and _needs_digest(card) and _list_text(card) == _list_text(today):
            # Most commits leave the text alone, and digesting it is half of the work.
            vars(card)["digest"] = today.digest
        self._rows[f"{blob} {path}"] = _pack_card(card)

    def load_digests(self, cards: Iterable[Card], name: str = "digest") -> None:
        """Digest the texts of those past cards of which that was not done yet, all at once. Raises GitError.

        `name` is `digest`, or `digest_v1` for that of scheme v1.
        """
        wanted = [card for card in cards if isinstance(card, _PastCard) and name not in vars(card)]
        contents = read_blobs(self._config.root, sorted({card.blob for card in wanted}))
        for card in wanted:
            digest = getattr(read_card(contents.get(card.blob, b""), card.path, self._config), name)
            vars(card)[name] = digest
            row = self._rows.get(f"{card.blob} {card.path}")
            if row is not None:
                row[name] = digest
                self._dirty = True

    def save(self, record: Row, used: Iterable[tuple[str, str]]) -> None:
        """Keep the record and the cards in `used`. Never fails: it is only a cache."""
        if not self._dirty and record == self.record:
            return
        rows: dict[str, Row | None] = {}
        for blob, path in sorted(set(used)):
            key = f"{blob} {path}"
            card = self._cards.get((blob, path))
            if key in self._rows:
                rows[key] = self._rows[key]
            elif card is not None:
                rows[key] = _pack_card(card)
        data = {"fingerprint": self._fingerprint, "record": record, "cards": rows}
        self._file.write(json.dumps(data, ensure_ascii=True, separators=(",", ":")).encode("ascii"))

    def _unpack(self, row: Row, blob: str, path: str) -> Card:
        ident = card_id(path, self._config)
        fields = {name: unpack(row[name]) for name, (_, unpack) in _FIELDS.items() if name in row}
        card = _PastCard(id=ident, path=path, title=ident, **fields)
        # The text itself is not kept; what it was digested to is.
        vars(card).update(facts=self, blob=blob, **{name: row[name] for name in _DIGESTS if name in row})
        return card


def _list_text(card: Card) -> tuple[str, ...]:
    """What its digest is made from."""
    return card.title, card.audience, card.body


def _needs_digest(card: Card) -> bool:
    """Whether a card says that it was verified, which is what makes its digest asked for."""
    return card.verified is not None or bool(card.verified_digest)


def _pack_card(card: Card) -> Row:
    """The fields of a card that trust is judged from, without those that have their usual value.

    Only a verification makes one ask for the digest, which is most of the work.
    """
    row: Row = {}
    fields = vars(card)
    is_v1 = card.verified_digest.startswith("v1:")
    if _needs_digest(card) or "digest" in fields:
        row["digest"] = card.digest
    if is_v1 or "digest_v1" in fields:
        row["digest_v1"] = card.digest_v1
    for name, (pack, _) in _FIELDS.items():
        if (value := fields[name]) != _PLAIN[name]:
            row[name] = pack(value)
    return row
