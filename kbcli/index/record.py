"""What the index keeps of each card beside its words: enough to show a hit and to judge its state."""

from typing import NamedTuple


class CardRecord(NamedTuple):
    """Stored per document, plain values only (no dates: they are ISO text, "" for none).

    `window_days`: days before `due` in which it counts as due. `changed` is true when the card carries a digest that its text no longer has.
    `body_offset` is the byte at which the body starts in the file, for cutting snippets.
    """

    path: str
    id: str
    title: str
    type: str
    status: str
    owners: tuple[str, ...]
    tags: tuple[str, ...]
    product: str
    lang: str
    audience: str
    verified: str
    verified_by: str
    due: str
    window_days: int
    has_digest: bool
    changed: bool
    flagged_by: str
    flagged_on: str
    flagged_reason: str
    translation_of: str
    body_offset: int
