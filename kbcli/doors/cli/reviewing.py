"""The terminal part of `kb review`: one card after the other, one key for each decision."""

import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import typer

from kbcli.doors.cli.options import ask_text
from kbcli.doors.cli.session import Session
from kbcli.errors import KbError
from kbcli.operations.flag import flag_card
from kbcli.operations.log import log_card
from kbcli.operations.review import Card, ReviewedCard, look_at_card, set_interval, stamp_card
from kbcli.operations.verify import commit_stamps
from kbcli.render.cards import format_body
from kbcli.render.changes import format_state_line
from kbcli.render.escape import make_line
from kbcli.render.review import format_keys, format_outcome, format_screen

EXIT_INTERRUPTED = 130
FALLBACK_HEIGHT = 24
_NEXT, _AGAIN, _SHOW, _QUIT = "next", "again", "show", "quit"
_INTERRUPTS = (KeyboardInterrupt, EOFError, typer.Abort)


class Reviewing:
    """One walk through a queue. Every decision is on disk before the next card is shown."""

    def __init__(self, session: Session, by: str, *, commit: bool) -> None:
        self._session = session
        self._by = by
        self._commit = commit
        self._stamped: dict[str, Card] = {}
        self._counts: dict[str, set[str]] = {}
        self._actions: dict[str, Callable[[ReviewedCard], str]] = {
            "v": self._verify,
            "e": self._edit,
            "f": self._flag,
            "i": self._set_interval,
            "s": lambda shown: self._note("skipped", shown),
            "l": self._show_log,
            "t": self._show_text,
            "q": lambda _card: _QUIT,
        }

    def run(self, paths: Sequence[str]) -> int:
        """Go through the cards at these paths; the exit status (130 when interrupted)."""
        interrupted = False
        try:
            for place, path in enumerate(paths, 1):
                if not self._review(path, place, len(paths)):
                    break
        except _INTERRUPTS:
            interrupted = True
            self._session.write("\n")
        decided = set().union(*(self._counts.get(what, ()) for what in ("verified", "flagged", "skipped")))
        self._finish(len(paths) - len(decided), interrupted=interrupted)
        return EXIT_INTERRUPTED if interrupted else 0

    def _review(self, path: str, place: int, total: int) -> bool:
        """Show a card until it is decided; False to stop."""
        step = _SHOW
        shown: ReviewedCard | None = None
        while step not in (_NEXT, _QUIT):
            try:
                if step == _SHOW or shown is None:
                    shown = self._show(path, place, total)
                step = self._ask(shown)
            except KbError as error:
                self._session.say(f"error: {error.message}")
                if error.hint:
                    self._session.say(error.hint)
                # Without a card there is nothing to decide.
                step = _NEXT if shown is None else _AGAIN
        return step == _NEXT

    def _show(self, path: str, place: int, total: int) -> ReviewedCard:
        found = look_at_card(self._session.base, path)
        view = self._session.make_view()
        height = max((self._session.screen.lines or FALLBACK_HEIGHT) - 12, 8)
        self._session.write(format_screen(found, view, place=place, total=total, height=height))
        return found

    def _ask(self, shown: ReviewedCard) -> str:
        self._session.write(f"\n{format_keys(color=self._session.color)}  ", flush=True)
        # It forgets keys pressed before: they were not meant for this card.
        key = typer.getchar().lower()
        action = self._actions.get(key)
        self._session.write(f"{key if key.isprintable() else '?'}\n")
        return _AGAIN if action is None else action(shown)

    def _note(self, what: str, shown: ReviewedCard, then: str = _NEXT) -> str:
        """Count what was decided of a card; what is to follow."""
        self._counts.setdefault(what, set()).add(shown.plan.card.path)
        return then

    def _verify(self, shown: ReviewedCard) -> str:
        card = shown.plan.card
        unflag = card.flagged is not None
        if card.flagged is not None and not _ask_yes(
            f"It was reported as wrong: {make_line(card.flagged.reason)}. Is that settled?"
        ):
            self._session.write("Nothing was stamped: mend the card, then verify it.\n")
            return _AGAIN
        with hold_interrupt():
            after = stamp_card(self._session.base, card, by=self._by, unflag=unflag)
            self._stamped[card.path] = after.card
            self._note("verified", shown)
        self._session.write(format_state_line(after, self._session.make_view()))
        return _NEXT

    def _edit(self, shown: ReviewedCard) -> str:
        path = self._session.base.root / shown.plan.card.path
        before = path.read_bytes()
        self._session.edit(path)
        if path.exists() and path.read_bytes() == before:
            self._session.write("Nothing was changed.\n")
            return _AGAIN
        return self._note("edited", shown, _SHOW)

    def _flag(self, shown: ReviewedCard) -> str:
        reason = ask_text("What is wrong (Enter: nothing)")
        if not reason:
            return _AGAIN
        with hold_interrupt():
            flag_card(self._session.base, shown.plan.card.path, reason=reason, by=self._by)
            return self._note("flagged", shown)

    def _set_interval(self, shown: ReviewedCard) -> str:
        card = shown.plan.card
        every = ask_text(f"Verify every (90d, 12w, 6m, 1y, never; now {card.verify_every or 'none'})")
        if not every:
            return _AGAIN
        reason = ask_text("Why never") if every.casefold() == "never" else ""
        with hold_interrupt():
            set_interval(self._session.base, card, every, reason=reason)
            return self._note("rescheduled", shown, _SHOW)

    def _show_log(self, shown: ReviewedCard) -> str:
        self._session.show("log", "table", log_card(self._session.base, shown.plan.card.path))
        return _AGAIN

    def _show_text(self, shown: ReviewedCard) -> str:
        session, (card, _, today) = self._session, shown.card
        session.page(format_body(card, today, width=session.width, color=session.color))
        return _AGAIN

    def _finish(self, left: int, *, interrupted: bool) -> None:
        """The sum, and the commit of what was verified."""
        session = self._session
        counts = {name: len(paths) for name, paths in self._counts.items()} | {"left": left}
        stamped = [card.id for card in self._stamped.values()]
        session.write("\n" + format_outcome(counts, stamped, color=session.color), flush=True)
        if not stamped or not self._commit:
            return
        if interrupted:
            session.say("interrupted: the verified cards are stamped, and not committed")
            return
        commit_stamps(session.base, list(self._stamped.values()), self._by)


def _ask_yes(question: str) -> bool:
    """Whether the next key is y."""
    sys.stdout.write(f"{question} [y/N] ")
    sys.stdout.flush()
    answer = typer.getchar()
    sys.stdout.write(f"{answer if answer.isprintable() else ''}\n")
    return answer in ("y", "Y")


@contextmanager
def hold_interrupt() -> Iterator[None]:
    """Let a write and the note of it be done together: Ctrl-C counts after both."""
    came: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _frame: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if came:
        raise KeyboardInterrupt
