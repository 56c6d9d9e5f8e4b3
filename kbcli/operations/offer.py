"""What a door may offer while somebody types: IDs, values of fields, pages of the manual."""

from collections.abc import Sequence
from pathlib import Path

from kbcli.operations.base import Base


def find_path(kb: Base, card: str) -> Path:
    """The file of the card that a reference names. Raises CardNotFoundError."""
    from kbcli.knowledge.index.references import load_card

    config = kb.config
    return config.root / load_card(config, card).path


def list_offers(kb: Base, what: str) -> Sequence[str]:
    """What may be said where `what` is asked for, in the order to offer it.

    `cards` (their IDs), `pages` of the manual, `refs` of git, a kind of choices (`state`, `status`,
    `audience`, `sort`, `by`, `only`, `translated`), or else a field of cards.
    """
    if what == "cards":
        from kbcli.knowledge.cards.walk import card_id, list_card_files

        config = kb.config
        return [card_id(entry.path, config) for entry in list_card_files(config)]
    if what == "pages":
        from kbcli.knowledge.search.manual import load_manual
        from kbcli.operations.manual import name_page

        return [name_page(card) for card in load_manual().cards]
    if what == "refs":
        from kbcli.foundation.git.revisions import list_refs

        return list_refs(kb.root)
    from kbcli.knowledge.cards.model import AUDIENCES, STATUSES, TYPES
    from kbcli.knowledge.trust.states import STATES
    from kbcli.operations.choices import GROUPINGS, LIFE_EVENTS, SORTS, TRANSLATION_STATES

    if what == "type":
        return sorted({*TYPES, *kb.config.types, *list_values(kb, what)})
    choices = {
        "state": STATES,
        "status": STATUSES,
        "audience": AUDIENCES,
        "sort": SORTS,
        "by": GROUPINGS,
        "only": LIFE_EVENTS,
        "translated": TRANSLATION_STATES,
    }
    return choices.get(what) or list_values(kb, what)


def list_values(kb: Base, field: str) -> list[str]:
    """The values that a field (`tags`, `owners`, `type`, `product`, `lang`) has in the cards, sorted."""
    from kbcli.knowledge.cards.library import load_library

    found: set[str] = set()
    for card in load_library(kb.config).cards:
        value = getattr(card, field)
        found.update(value if isinstance(value, tuple) else (value,))
    return sorted(found)
