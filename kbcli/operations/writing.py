"""What somebody changes through a server: what they were shown, one at a time, committed in their name, pushed where kb.toml says."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from kbcli.config import Config
from kbcli.errors import ChangedFileError, GitError, RefusedError
from kbcli.foundation.disk.files import hold_file, replace_file
from kbcli.foundation.git.commit import count_unshared, hold_checkout, push_branch
from kbcli.foundation.git.objects import list_changed_paths
from kbcli.foundation.git.revisions import read_branch
from kbcli.foundation.text.counts import count_things
from kbcli.knowledge.cards.model import Card
from kbcli.operations.base import JudgedCard
from kbcli.operations.flag import check_shown, flag_card
from kbcli.operations.link import TicketLinks, link_ticket
from kbcli.operations.live import LiveBase
from kbcli.operations.review import ReviewedCard, look_at_card, stamp_card
from kbcli.operations.show import load_whole
from kbcli.operations.verify import Outcome, Verification, commit_stamps
from kbcli.support.links import list_files


def flag_shown(kb: LiveBase, card: str, *, digest: str, reason: str) -> JudgedCard:
    """Report a card, whose text has this digest, as wrong. Raises as `flag_card`, and ChangedFileError, RefusedError, GitError."""
    with _change(kb, card, digest) as found:
        return flag_card(kb, found.path, reason=reason, commit=True)


def review_shown(kb: LiveBase, card: str) -> ReviewedCard:
    """What whoever verifies a card must see, by its whole ID. Raises CardNotFoundError, KbError."""
    return look_at_card(kb, load_whole(kb, kb.config, card).path)


def verify_shown(kb: LiveBase, card: str, *, digest: str, settled: str = "") -> Verification:
    """Say that a card, whose text has this digest, is right today; `settled` is the reason of the flag that is settled by that.

    Raises ChangedFileError where the text is another by now, RefusedError where it may not be verified or was
    reported as wrong for another reason meanwhile, GitError.
    """
    by = kb.find_actor()
    with _change(kb, card, digest) as found:
        if found.flagged is not None and settled != found.flagged.reason:
            raise RefusedError(
                f"{found.id} was reported as wrong: {found.flagged.reason}",
                "Look at it again, and say that it is settled.",
            )
        after = stamp_card(kb, found, by=by, unflag=found.flagged is not None)
        sha = commit_stamps(kb, [after.card], by)
    return Verification((Outcome(card, "verified", after),), sha)


def link_shown(kb: LiveBase, card: str, *, digest: str, ticket: str) -> TicketLinks:
    """Note that a ticket was answered with a card, whose text has this digest. Raises as `link_ticket`, and ChangedFileError, GitError."""
    with _write(kb) as config:
        found = load_whole(kb, config, card)
        check_shown(found, digest)
        return _link(kb, config, ticket, cards=[found.path])


def note_gap(kb: LiveBase, *, ticket: str, asked: str) -> TicketLinks:
    """Note what a ticket asked and no card answers. Raises as `link_ticket`, and GitError."""
    with _write(kb) as config:
        return _link(kb, config, ticket, none=asked)


def _link(
    kb: LiveBase, config: Config, ticket: str, *, cards: Sequence[str] = (), none: str | None = None
) -> TicketLinks:
    """A line of a ticket, committed; where that cannot be, the files of lines are as they were."""
    before = list_files(config.root, config.boundary)
    try:
        return link_ticket(kb, ticket, cards, none=none, commit=True)
    except GitError:
        for path in list_files(config.root, config.boundary):
            _cut_last_line(config.locate(path), before[path].size if path in before else 0)
        raise


def _cut_last_line(file: Path, size: int) -> None:
    """A file of lines as it was with this size, where one line was added to it; what another kb wrote meanwhile stays.

    In its place, which a full disk allows too.
    """
    with hold_file(file):
        if file.read_bytes()[size:].count(b"\n") == 1:
            os.truncate(file, size)
            if not size:
                file.unlink()


@contextmanager
def _change(kb: LiveBase, ident: str, digest: str) -> Iterator[Card]:
    """The card to change, while nobody else changes one; its file as it was, where it cannot be committed."""
    with _write(kb) as config:
        card = load_whole(kb, config, ident)
        check_shown(card, digest)
        assert config.git_root is not None
        if list_changed_paths(config.root, config.git_root, "HEAD", [card.path]):
            hint = "Commit them where they were made, then come back."
            raise RefusedError(f"{card.id} has changes that are not committed", hint)
        path = config.locate(card.path)
        before = path.read_bytes()
        try:
            yield card
        except GitError:
            # Else the next change would commit this one too, under another name.
            with suppress(ChangedFileError):
                replace_file(path, before)
            raise


@contextmanager
def _write(kb: LiveBase) -> Iterator[Config]:
    """The settings by which something is written, while nobody else writes or switches branches; afterwards it is pushed where they say so."""
    config = kb.config
    _check_place(config)
    with hold_file(config.boundary / ".git"):
        with hold_checkout(kb.root):
            kb.look_again()  # what is checked out may be something else than a moment ago
            config = kb.config
            _check_place(config)
            try:
                yield config
            finally:
                kb.look_again()
        if config.serve_branch:
            with suppress(GitError):  # how many changes are only here is said on each page
                push_branch(config.root, config.serve_branch)


def _check_place(config: Config) -> None:
    """Raise RefusedError where changes cannot be kept: outside of git, or not on the branch of kb.toml."""
    if config.git_root is None:
        raise RefusedError("this knowledge base is in no git repository, so nothing can be written here")
    branch = read_branch(config.root)
    if config.serve_branch and branch != config.serve_branch:
        raise RefusedError(
            f"changes are to go to the branch {config.serve_branch}, and {branch or 'none'} is checked out here",
            f"On the server: git switch {config.serve_branch}",
        )


def describe_unshared(kb: LiveBase) -> str:
    """What is only on this server, in a sentence; "" for nothing."""
    number = count_unshared(kb.root)
    if not number:
        return ""
    return f"{count_things(number, 'change is', 'changes are')} only on this server so far."
