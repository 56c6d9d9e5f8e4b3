"""Whether what an indexed card depends on, or its translation source, changed: judged from the index and the files."""

from typing import NamedTuple, cast

from kbcli.cards.digest import digest_text
from kbcli.cards.library import Library, load_library
from kbcli.cards.model import Card
from kbcli.config import Config
from kbcli.index.reader import IndexReader
from kbcli.index.record import CardRecord
from kbcli.search.texts import FULL_REACH, TextReader
from kbcli.trust.dependencies import find_suspects


class _Source(NamedTuple):
    """What is asked of a card that another one hangs on."""

    id: str
    digest: str


class _IndexedLibrary:
    """The one card that is judged, and the others as the index finds them by their ID."""

    def __init__(self, config: Config, reader: IndexReader, texts: TextReader, card: Card) -> None:
        self.config = config
        self.cards = (card,)
        self._reader = reader
        self._texts = texts

    def find_id(self, ident: str) -> _Source | Card | None:
        for number in self._reader.postings("id", ident.casefold())[0]:
            record = self._reader.record(number)
            if record.id == ident:
                body = self._texts.read_body(record, FULL_REACH)
                return _Source(ident, digest_text(record.title if record.titled else "", record.audience, body))
        # Former IDs are not indexed; a reference to one is rare enough to read every card for it.
        return load_library(self.config).find_id(ident)


def find_record_suspects(config: Config, reader: IndexReader, texts: TextReader, record: CardRecord) -> tuple[str, ...]:
    """A sentence for each thing that changed, as `find_suspects` gives them for the card itself."""
    card = Card(
        id=record.id,
        path=record.path,
        title=record.title,
        translation_of=record.translation_of,
        translation_digest=record.translation_digest,
        depends_on=record.depends_on,
        depends_digest=record.depends_digest,
    )
    library = cast(Library, _IndexedLibrary(config, reader, texts, card))
    return find_suspects(library).get(card.id, ())
