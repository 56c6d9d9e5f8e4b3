"""What the index keeps of each card beside its words: enough to show a hit and to judge its state."""

from kbcli.foundation.typed import NamedTuple


class CardRecord(NamedTuple):
    """Stored per document, plain values only (no dates: they are ISO text, "" for none).

    `window_days`: days before `due` in which it counts as due. `changed` is true when the card carries a digest that its text no longer has.
    `titled` is false when only the file name gave the title, which is then no part of the text's
    digest. `body_offset` is the byte at which the body starts in the file, for cutting snippets.
    """

    path: str
    id: str
    title: str
    aliases: tuple[str, ...]
    former_ids: tuple[str, ...]
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
    flagged: bool
    flagged_reason: str
    translation_of: str
    translation_digest: str
    depends_on: tuple[str, ...]
    depends_digest: str
    titled: bool
    body_offset: int
