"""The manual of kb: cards that are carried along, searched in memory, with no knowledge base at hand."""

from dataclasses import dataclass
from datetime import date

from kbcli.config import Config, load_config
from kbcli.foundation.disk.packaged import MANUAL_FOLDER, find_content
from kbcli.knowledge.cards.library import load_library
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.index.building import index_documents
from kbcli.knowledge.index.documents import make_document
from kbcli.knowledge.search.engine import SearchResult, search_cards
from kbcli.knowledge.search.query import make_ticket_query


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

    def search(self, words: str, today: date, limit: int = 5) -> SearchResult:
        """The cards that answer a question, best first."""
        index = index_documents(make_document(card, card.body_offset) for card in self.cards)
        return search_cards(self.config, index, make_ticket_query(words), today=today, limit=limit)


def load_manual() -> Manual:
    """Read the manual that this installation carries. Raises KbError when it is missing."""
    config = load_config(find_content(), None, {})._replace(include=(f"{MANUAL_FOLDER}/**",))
    return Manual(config, load_library(config).cards)
