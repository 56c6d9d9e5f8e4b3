"""Flag: report a card as wrong."""

from kbcli.errors import ChangedFileError, UsageError
from kbcli.foundation.text.hidden import has_hidden
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.edit.fields import flag_card as write_flag
from kbcli.knowledge.index.references import load_card
from kbcli.operations.base import Base, JudgedCard, keep_changes, read_judged


def flag_card(
    kb: Base,
    card: str,
    *,
    reason: str = "",
    by: str | None = None,
    commit: bool = False,
    digest: str | None = None,
) -> JudgedCard:
    """Note in a card that `by` reports it as wrong; the card afterwards. With `commit` its file is committed.

    `digest` is that of the text which `by` was shown. Raises UsageError without a reason, ChangedFileError where
    that is no longer the text, RefusedError where the card is flagged already, KbError for
    an unknown card, GitError where the commit fails.
    """
    if has_hidden(reason):
        raise UsageError("the reason holds control characters", "Write it in plain words.")
    config, today = kb.config, kb.today
    found = load_card(config, card)
    check_shown(found, digest)
    if not reason.strip():
        raise UsageError("a flag needs a reason", 'Say what is wrong: --reason "the limit is 200 now".')
    write_flag(config, found, today, kb.find_actor(by), reason.strip())
    # On one line behind a word, so that no reason passes for a trailer of the commit.
    message = f"Flag {found.id}\n\nReason: {' '.join(reason.split())}"
    keep_changes(kb, config, (found.path,), message, commit=commit)
    return read_judged(config, found.path, today)


def check_shown(card: Card, digest: str | None) -> None:
    """Raise ChangedFileError where the text of a card is not the one with this digest, which somebody was shown."""
    if digest is not None and not card.has_digest(digest):
        raise ChangedFileError(f"{card.id} is no longer the text that was shown", "Look at it again.")
