"""What an indexed card hangs on, judged from the index and the files: what it depends on, its translation source."""

from dataclasses import dataclass

from kbcli.config import Config
from kbcli.knowledge.cards.library import Library, load_library
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.index.reader import IndexReader
from kbcli.knowledge.index.record import CardRecord
from kbcli.knowledge.search.texts import FULL_REACH, TextReader
from kbcli.knowledge.trust.dependencies import find_suspects


@dataclass(frozen=True)
class _IndexedLibrary(Library):
    """A library of the one card that is judged, which finds the others through the index."""

    reader: IndexReader | None = None
    texts: TextReader | None = None

    def find_id(self, ident: str) -> Card | None:
        """The card with an ID, with as much of it as its digest needs."""
        assert self.reader is not None
        assert self.texts is not None
        for number in self.reader.postings("id", ident.casefold())[0]:
            record = self.reader.record(number)
            if record.id == ident:
                return Card(
                    id=ident,
                    path=record.path,
                    title=record.title,
                    own_title=record.title if record.titled else "",
                    audience=record.audience,
                    body=self.texts.read_body(record, FULL_REACH),
                )
        # Former IDs are not indexed; a reference to one is rare enough to read every card for it.
        return load_library(self.config).find_id(ident)


def find_record_suspects(
    config: Config, reader: IndexReader, texts: TextReader, record: CardRecord
) -> tuple[str, ...]:
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
    return find_suspects(_IndexedLibrary(config, (card,), reader=reader, texts=texts)).get(card.id, ())
