"""The words that a query is ranked by."""

from typing import TYPE_CHECKING, NamedTuple

from kbcli.foundation.text.pipeline import QueryWord, analyse_query
from kbcli.knowledge.index.fields import WORD_FIELDS
from kbcli.knowledge.search.query import Query
from kbcli.knowledge.search.selection import Scene
from kbcli.knowledge.search.term_selection import MOST_PASTED, add_pasted, select_telling_words, thin_text

if TYPE_CHECKING:
    from kbcli.knowledge.index.reader import IndexReader
    from kbcli.knowledge.search.explanation import SynonymUse
    from kbcli.knowledge.search.synonyms import Synonyms

MOST_WORDS = 40
"""Words of a query that are ranked by; of more, the telling ones are chosen as from a ticket."""


class Gathered(NamedTuple):
    """`words` to rank by, synonyms among their alternatives. `typed` are the bare ones without synonyms."""

    words: list[QueryWord]
    typed: list[QueryWord]
    uses: tuple["SynonymUse", ...]


def is_known(reader: "IndexReader", word: QueryWord) -> bool:
    """Whether any card holds the word."""
    return any(reader.document_frequency(field, term) for term, _ in word.terms for field in WORD_FIELDS)


def gather_words(scene: Scene, query: Query, synonyms: "Synonyms | None") -> Gathered:
    """The words, phrases, prefixes and titles of a query as query words, in the order typed."""
    text = thin_text(" ".join(query.words))
    typed = analyse_query(text, scene.langs)
    if query.pasted:
        typed = add_pasted(typed, analyse_query(thin_text(" ".join(query.pasted), MOST_PASTED), scene.langs))
    if query.is_ticket or len(typed) > MOST_WORDS:
        typed = select_telling_words(scene.reader, typed)
    further = " ".join((*query.phrases, *query.titles))
    words = [*typed, *analyse_query(further, scene.langs)] if further else list(typed)
    uses: tuple[SynonymUse, ...] = ()
    if synonyms is not None and synonyms.groups and words:
        from kbcli.knowledge.search.synonyms import widen_words

        widened = widen_words(words, f"{text} {further}", synonyms, scene.langs)
        words, uses = list(widened.words), widened.uses
    if typed and not text.isascii() and not query.is_ticket and len(typed) <= MOST_WORDS:
        from kbcli.knowledge.search.characters import find_characters

        words += find_characters(scene.reader, typed, scene.lang)
    if query.prefixes:
        from kbcli.knowledge.search.prefixes import expand_prefix

    for prefix in query.prefixes:
        words += expand_prefix(scene.reader, prefix, scene.langs)
    return Gathered(words, typed, uses)
