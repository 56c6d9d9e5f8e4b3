"""New cards from templates (`kb new`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from kbcli.config import Config


@dataclass(frozen=True, slots=True)
class NewCard:
    """A card that does not exist yet: its ID, its path below the knowledge base, and its template's text."""

    id: str
    path: str
    text: str


def list_templates(config: Config) -> tuple[str, ...]:
    """The types that have a template, built in or in `templates/` of the knowledge base; sorted."""
    raise NotImplementedError


def plan_card(
    config: Config,
    title: str,
    *,
    today: date,
    card_type: str = "answer",
    folder: str = "",
    slug: str = "",
    owner: str = "",
    lang: str = "",
    draft: bool = False,
    body: str | None = None,
    fields: Mapping[str, str | list[str]] | None = None,
) -> NewCard:
    """The new card to show in an editor. `body` replaces the template's, `fields` (kb names) are laid over it.

    Raises UsageError for an unknown type, OutsidePathError, RefusedError when the file exists.
    """
    raise NotImplementedError


def create_card(config: Config, new: NewCard, text: str | None = None, *, allow_unchanged: bool = False) -> NewCard | None:
    """Write the new card, with the text as edited; None, and nothing written, when it is still the bare template.

    Raises RefusedError when a file has appeared there meanwhile or the text is empty.
    """
    raise NotImplementedError
