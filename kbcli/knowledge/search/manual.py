"""The manual of kb: cards that are carried along, searched in memory, with no knowledge base at hand."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from math import log

from kbcli.config import Config, load_config
from kbcli.foundation.disk.packaged import MANUAL_FOLDER, find_content
from kbcli.foundation.text.pipeline import analyse_query
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.cards.library import load_library
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.index.building import index_documents
from kbcli.knowledge.index.documents import make_document
from kbcli.knowledge.index.port import Backend
from kbcli.knowledge.search.engine import search_cards
from kbcli.knowledge.search.query import make_ticket_query

_FUNCTION_WORD = 0.05


@dataclass(frozen=True)
class Manual:
    """The cards of the manual, sorted by path, and the settings they are read with."""

    config: Config
    cards: tuple[Card, ...]

    def find_card(self, name: str) -> Card | None:
        """The card called `manual/NAME`, else the one whose name ends so (`verify` for `commands/verify`).

        Case does not matter, and a dot is as good as a hyphen: kb.toml is the page kb-toml.
        """
        wanted = (
            name.strip().casefold().removeprefix(f"{MANUAL_FOLDER}/").removesuffix(".md").replace(".", "-")
        )
        names = {
            card.id.casefold().replace(".", "-").removeprefix(f"{MANUAL_FOLDER}/"): card
            for card in self.cards
        }
        ending = [card for page, card in names.items() if wanted and page.endswith(f"/{wanted}")]
        return names.get(wanted) or (ending[0] if len(ending) == 1 else None)

    def search(self, question: str, today: date, limit: int = 5) -> list[Card]:
        """The cards that answer a question, best first.

        What counts most is how like the question is to one of a card's names: title, aliases, file name.
        A search of all texts for the telling words adds what it finds.
        """
        scores = self._find_likenesses(question)
        words = analyse_query(question, ("en",))
        query = make_ticket_query(" ".join(word.text for word in words if not word.is_function) or question)
        hits = search_cards(
            self.config, self._index, query, today=today, limit=len(self.cards), snippets=False
        ).hits
        for hit in hits:
            scores[hit.record.path] = scores.get(hit.record.path, 0.0) + hit.score / hits[0].score
        found = [card for card in self.cards if scores.get(card.path)]
        return sorted(found, key=lambda card: -scores[card.path])[:limit]

    @cached_property
    def _index(self) -> Backend:
        return index_documents(make_document(card, card.body_offset) for card in self.cards)

    @cached_property
    def _names(self) -> Mapping[str, Sequence[frozenset["Term"]]]:
        """By path, the terms of each name of a card."""
        return {card.path: [_find_terms(name) for name in _list_names(card)] for card in self.cards}

    @cached_property
    def _counts(self) -> Counter["Term"]:
        """How many cards have a term in a name."""
        return Counter(term for sets in self._names.values() for term in frozenset().union(*sets))

    def _find_likenesses(self, question: str) -> dict[str, float]:
        """By path, three times the part that a question and the likest name of a card share.

        Rare words count more, and function words hardly: “how do I …” tells nothing.
        """
        names, counts = self._names, self._counts
        asked = _find_terms(question)

        def weigh(terms: frozenset[Term]) -> float:
            rates = ((log(1 + len(self.cards) / (counts[term] + 0.5)), term) for term in terms)
            return sum(rate * _FUNCTION_WORD if term.is_function else rate for rate, term in rates)

        return {
            path: max(6 * weigh(asked & name) / (weigh(asked) + weigh(name) or 1.0) for name in sets)
            for path, sets in names.items()
        }


class Term(NamedTuple):
    """The stem of a word, and whether it is one that asks and connects."""

    text: str
    is_function: bool


def _list_names(card: Card) -> tuple[str, ...]:
    """What a page goes by; of the title “kb log: the life of a card” what stands behind the colon."""
    file_name = card.id.rpartition("/")[2].replace("-", " ")
    return (*card.aliases, card.title.rpartition(": ")[2], file_name)


def _find_terms(text: str) -> frozenset[Term]:
    return frozenset(
        Term(word.terms[0][0], word.is_function) for word in analyse_query(text, ("en",)) if word.terms
    )


def load_manual() -> Manual:
    """Read the manual that this installation carries. Raises KbError when it is missing."""
    config = load_config(find_content(), None, {})._replace(include=(f"{MANUAL_FOLDER}/**",))
    return Manual(config, load_library(config).cards)
