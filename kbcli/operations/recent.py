"""Which texts changed of late, as a server's start page says it."""

from datetime import timedelta

from kbcli.errors import GitError
from kbcli.foundation.git.log import find_head
from kbcli.foundation.git.revisions import find_commit_before
from kbcli.knowledge.past.since import CardChange, list_changes, select_texts
from kbcli.knowledge.past.walk import find_moment
from kbcli.operations.live import LiveBase

DAYS = 7


def list_recent_texts(kb: LiveBase) -> tuple[CardChange, ...]:
    """The texts that are committed otherwise than a week ago, the largest change first, each that still is a card.

    Empty where git has nothing so old: there all would be new.
    """
    head = find_head(kb.root).sha if kb.config.git_root is not None else ""
    return kb.keep(f"recent {head}", lambda: _list_texts(kb, head)) if head else ()


def _list_texts(kb: LiveBase, head: str) -> tuple[CardChange, ...]:
    since = kb.today - timedelta(days=DAYS)
    try:
        if not find_commit_before(kb.root, head, find_moment(since)):
            return ()
        changes = select_texts(list_changes(kb.config, since))
    except GitError:
        return ()
    return tuple(one for one in changes if one.kind != "removed")
