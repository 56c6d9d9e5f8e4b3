"""What an indexed card depends on, judged from the index and the files."""

from dataclasses import dataclass

from kbcli.knowledge.cards.library import Library
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.index.port import find_card
from kbcli.knowledge.index.record import CardRecord
from kbcli.knowledge.search.context import SearchContext
from kbcli.knowledge.trust.dependencies import find_suspects


@dataclass(frozen=True)
class _IndexedLibrary(Library):
    """A library of the one card that is judged, which finds the others through the index."""

    context: SearchContext | None = None

    def find_id(self, ident: str) -> Card | None:
        """The card with an ID, with its text and little else."""
        assert self.context is not None
        record = find_card(self.context.index, ident)
        return None if record is None else self.context.read_text_card(record)


def judge_dependent(context: SearchContext, record: CardRecord) -> tuple[str, ...]:
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
    return find_suspects(_IndexedLibrary(context.config, (card,), context=context)).get(card.id, ())
