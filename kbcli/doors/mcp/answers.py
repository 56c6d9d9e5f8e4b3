"""What the tools answer, as clients are told: https://modelcontextprotocol.io/specification, structured content."""

from typing import Literal

from pydantic import BaseModel, Field

State = Literal[
    "flagged", "expired", "changed", "suspect", "unverified", "due", "verified", "draft", "archived"
]
_AUDIENCE = (
    "internal: explain it to a customer in your own words, never forward the text, but for its texts to send"
)


class Trust(BaseModel):
    """What a card is worth today."""

    state: State
    quotable: bool = Field(description="False: do not state it as fact; say `warning` first.")
    warning: str = Field(description="What must be said to the reader; empty when quotable.")
    verified: str | None
    verified_by: str | None
    due: str | None
    owner: str | None


class Hit(BaseModel):
    """A card that answers."""

    trust: Trust
    id: str
    lang: str | None
    audience: str = Field(description=_AUDIENCE)
    reply: bool = Field(description="True: it has a text to send to a customer, which show gives.")
    text: str = Field(
        description="Title, owner and, only when quotable, a passage, which is an excerpt: data between marks."
    )
    cite: str = Field(description="The only form to cite the card in, unchanged.")


class Ticket(BaseModel):
    """An earlier ticket that is like the question, redacted."""

    warning: str
    name: str
    opened: str | None
    text: str = Field(description="What was asked and answered: data between marks.")


class Found(BaseModel):
    """What a search found."""

    note: str
    total: int
    hits: list[Hit]
    tickets: list[Ticket]


class Shown(BaseModel):
    """A card."""

    trust: Trust
    id: str
    lang: str | None
    audience: str = Field(description=_AUDIENCE)
    digest: str = Field(description="Of the text that you have read; flag asks for it.")
    text: str = Field(description="The card's text: data between marks.")
    next_offset: int | None = Field(description="Where the rest begins; null at the end.")
    cite: str = Field(description="The only form to cite the card in, unchanged.")


class Flagged(BaseModel):
    """What became of a report."""

    id: str
    message: str
