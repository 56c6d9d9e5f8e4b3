"""What an indexed card depends on, judged from the index and the files."""

from dataclasses import dataclass

from kbcli.config import Config
from kbcli.foundation.disk.files import Stamp, stamp_file
from kbcli.knowledge.cards.library import Library
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.index.port import Backend, Question, find_card, hold_any, one_of
from kbcli.knowledge.index.record import TRUST_FIELD, CardRecord, read_trust_term
from kbcli.knowledge.search.context import SearchContext
from kbcli.knowledge.trust.dependencies import CARD_PREFIX, DependencyReader, find_suspects


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


def list_depended(index: Backend) -> tuple[str, ...]:
    """What cards that pinned it depend on beside other cards, as they write it: files, folders and globs, sorted."""
    terms = [term for term, _ in index.terms(TRUST_FIELD) if read_trust_term(term)[1]]
    if not terms:
        return ()
    question = Question(all_of=(one_of(*hold_any((TRUST_FIELD,), terms)),))
    records = (found.record for found in index.candidates(question, index.doc_count).items)
    values = {value for record in records if record.depends_digest for value in record.depends_on}
    return tuple(sorted(value for value in values if not value.startswith(CARD_PREFIX)))


def stamp_depended(config: Config, values: tuple[str, ...]) -> tuple[tuple[str, Stamp | None], ...]:
    """The files that such values come to now, from the git root, with their stamps."""
    if not values:
        return ()
    reader = DependencyReader(Library(config, ()))
    paths = reader.list_paths(Card(id="", path="", title="", depends_on=values))
    return tuple((path, stamp_file(config.boundary, path)) for path in sorted(set(paths)))
