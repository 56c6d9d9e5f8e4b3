"""What a door may offer while somebody types: IDs, values of fields, pages of the manual."""

from pathlib import Path

from kbcli.operations.base import Base


def find_path(kb: Base, card: str) -> Path:
    """The file of the card that a reference names. Raises CardNotFoundError."""
    from kbcli.knowledge.cards.library import load_card

    config = kb.config
    return config.root / load_card(config, card).path


def list_ids(kb: Base) -> list[str]:
    """The IDs of all cards, in the order of their paths; no card is read."""
    from kbcli.knowledge.cards.walk import card_id, list_card_files

    config = kb.config
    return [card_id(entry.path, config) for entry in list_card_files(config)]


def list_values(kb: Base, field: str) -> list[str]:
    """The values that a field (`tags`, `owners`, `type`, `product`, `lang`) has in the cards, sorted."""
    from kbcli.knowledge.cards.library import load_library

    found: set[str] = set()
    for card in load_library(kb.config).cards:
        value = getattr(card, field)
        found.update(value if isinstance(value, tuple) else (value,))
    return sorted(found)


def list_pages() -> list[str]:
    """The names of the manual's pages."""
    from kbcli.knowledge.search.manual import load_manual
    from kbcli.operations.manual import name_page

    return [name_page(card) for card in load_manual().cards]
