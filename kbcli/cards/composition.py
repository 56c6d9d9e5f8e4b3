"""The text of a new card."""

from collections.abc import Mapping

from kbcli.cards.span import FieldValue


def compose_card(fields: Mapping[str, FieldValue], body: str) -> str:
    """A card file's text: front matter in the order of `fields`, then the body."""
    raise NotImplementedError
