"""Answers as pages: one environment of templates, in which every text is escaped and every control character seen."""

from collections.abc import Sequence
from datetime import date
from functools import cache
from pathlib import Path
from urllib.parse import quote

from kbcli.errors import need_extra
from kbcli.foundation.text.counts import count_things
from kbcli.foundation.typed import TYPE_CHECKING
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.index.record import CardRecord
from kbcli.knowledge.trust.states import TRUSTED, Trust
from kbcli.render.escape import make_visible
from kbcli.render.words import describe_trust, shorten_person

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

FOLDER = Path(__file__).parent
STATIC = FOLDER / "static"
STATES = {
    "verified": "Verified",
    "due": "Due soon",
    "changed": "Changed",
    "suspect": "Suspect",
    "unverified": "Unverified",
    "expired": "Expired",
    "flagged": "Flagged",
    "draft": "Draft",
    "archived": "Archived",
}
"""The trust states as a badge says them."""


def render_page(template: str, **values: object) -> str:
    """A template of `templates/` filled in; one without an ending is HTML."""
    name = template if "." in template else f"{template}.html"
    return _make_environment().get_template(name).render(values)


def card_address(ident: str, before: str = "/card/") -> str:
    """The address of a page about a card."""
    return before + quote(ident)


@cache
def _make_environment() -> "Environment":
    with need_extra("drawing pages", "site"):
        from jinja2 import Environment, FileSystemLoader, StrictUndefined
        from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        auto_reload=False,
        # Not of what is HTML already: its texts were seen to.
        finalize=lambda value: (
            make_visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value
        ),
    )
    environment.filters |= {
        "address": card_address,
        "mark": mark_spans,
        "person": shorten_person,
        "count": count_things,
        "state": STATES.__getitem__,
        "safe_html": Markup,
    }
    environment.globals |= {"describe": describe_card_trust, "trusted": TRUSTED}
    # Where a server has things; a page of a site says its own.
    environment.globals |= {"at": "/", "home": "/", "searching": "/search"}
    return environment


def mark_spans(text: str, spans: Sequence[tuple[int, int]]) -> "Markup":
    """A text with these parts of it marked."""
    from markupsafe import Markup, escape

    parts, place = [], 0
    for start, end in spans:
        parts += [escape(make_visible(text[place:start])), Markup("<mark>")]
        parts += [escape(make_visible(text[start:end])), Markup("</mark>")]
        place = end
    return Markup("").join([*parts, escape(make_visible(text[place:]))])


def describe_card_trust(card: Card | CardRecord, trust: Trust, today: date) -> str:
    """The trust of a card, or of what the index keeps of one, in a phrase."""
    verified = (
        date.fromisoformat(card.verified)
        if isinstance(card.verified, str) and card.verified
        else card.verified
    )
    return describe_trust(trust, verified or None, card.verified_by, today)
