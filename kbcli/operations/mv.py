"""Mv: move or rename a card, and every link to it."""

from kbcli.foundation.git.commit import commit_files
from kbcli.foundation.typed import NamedTuple
from kbcli.knowledge.edit.moving import MovePlan, apply_move, plan_move
from kbcli.knowledge.index.references import load_card
from kbcli.operations.base import Base, say_committed


class Move(NamedTuple):
    """What was moved or, unless `written`, would be."""

    plan: MovePlan
    written: bool


def move_card(kb: Base, card: str, new: str, *, commit: bool = False, dry_run: bool = False) -> Move:
    """Move a card to a new ID, path or, where that ends in a slash, folder, with every link from and to it.

    All or nothing. Raises UsageError for a place without meaning, RefusedError where the move
    cannot be done cleanly, KbError for an unknown card, GitError where the commit fails.
    """
    config = kb.config
    plan = plan_move(config, load_card(config, card), new)
    if not dry_run:
        apply_move(config, plan)
    for note in plan.notes:
        kb.say(note)
    if commit and not dry_run:
        sha = commit_files(config.root, plan.paths, f"Move {plan.old_id} to {plan.new_id}")
        say_committed(kb, sha)
    return Move(plan, written=not dry_run)
