"""Flag: report a card as wrong."""

from kbcli.errors import UsageError
from kbcli.knowledge.edit.fields import flag_card as write_flag
from kbcli.knowledge.index.references import load_card
from kbcli.operations.base import Base, JudgedCard, keep_changes, read_judged


def flag_card(
    kb: Base, card: str, *, reason: str = "", by: str | None = None, commit: bool = False
) -> JudgedCard:
    """Note in a card that `by` reports it as wrong; the card afterwards. With `commit` its file is committed.

    Raises UsageError without a reason, RefusedError where the card is flagged already, KbError for
    an unknown card, GitError where the commit fails.
    """
    config, today = kb.config, kb.today
    found = load_card(config, card)
    if not reason.strip():
        raise UsageError("a flag needs a reason", 'Say what is wrong: --reason "the limit is 200 now".')
    write_flag(config, found, today, kb.find_actor(by), reason.strip())
    keep_changes(kb, config, (found.path,), f"Flag {found.id}\n\n{reason.strip()}", commit=commit)
    return read_judged(config, found.path, today)
