"""The terminal part of `kb review`: one card after the other, one key for each decision."""

import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

import typer

from kbcli.doors.cli.session import Session
from kbcli.errors import KbError
from kbcli.knowledge.cards.model import Card
from kbcli.knowledge.edit.verification import VerificationPlan
from kbcli.knowledge.trust.states import Trust
from kbcli.render.escape import make_line

EXIT_INTERRUPTED = 130
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
        self._actions: dict[str, Callable[[VerificationPlan], str]] = {
            "v": self._verify, "e": self._edit, "f": self._flag, "i": self._set_interval,
            "s": self._skip, "l": self._show_log, "t": self._show_text, "q": lambda _plan: _QUIT,
        }  # fmt: skip

    def run(self, cards: Sequence[Card]) -> int:
        """Go through the cards; the exit status (130 when interrupted)."""
        interrupted = False
        try:
            for place, card in enumerate(cards, 1):
                if not self._review(card.path, place, len(cards)):
                    break
        except _INTERRUPTS:
            interrupted = True
            self._session.write("\n")
        decided = set().union(*(self._counts.get(what, ()) for what in ("verified", "flagged", "skipped")))
        self._finish(len(cards) - len(decided), interrupted=interrupted)
        return EXIT_INTERRUPTED if interrupted else 0

    def _review(self, path: str, place: int, total: int) -> bool:
        """Show a card until it is decided; False to stop."""
        step = _SHOW
        plan: VerificationPlan | None = None
        while step not in (_NEXT, _QUIT):
            try:
                if step == _SHOW or plan is None:
                    plan = self._show(path, place, total)
                step = self._ask(plan)
            except KbError as error:
                self._session.say(f"error: {error.message}")
                if error.hint:
                    self._session.say(error.hint)
                # Without a card there is nothing to decide.
                step = _NEXT if plan is None else _AGAIN
        return step == _NEXT

    def _show(self, path: str, place: int, total: int) -> VerificationPlan:
        from kbcli.knowledge.cards.library import load_card
        from kbcli.knowledge.edit.verification import plan_verification
        from kbcli.render.review import format_screen

        session = self._session
        card = load_card(session.config, path)
        plan = plan_verification(session.config, card)
        screen = format_screen(
            plan, self._judge(card), session.today, place=place, total=total, width=session.width,
            height=max(_find_height() - 12, 8), color=session.color,
        )  # fmt: skip
        session.write(screen)
        return plan

    def _judge(self, card: Card) -> Trust:
        from kbcli.knowledge.past.provenance import judge_change
        from kbcli.knowledge.trust.judging import judge_one

        return judge_one(
            self._session.config, card, self._session.today, changed=judge_change(self._session.config, card)
        )

    def _ask(self, plan: VerificationPlan) -> str:
        from kbcli.render.review import format_keys

        self._session.write(f"\n{format_keys(color=self._session.color)}  ")
        sys.stdout.flush()
        # It forgets keys pressed before: they were not meant for this card.
        key = typer.getchar().lower()
        action = self._actions.get(key)
        self._session.write(f"{key if key.isprintable() else '?'}\n")
        if action is None:
            return _AGAIN
        return action(plan)

    def _note(self, what: str, card: Card) -> None:
        self._counts.setdefault(what, set()).add(card.path)

    def _verify(self, plan: VerificationPlan) -> str:
        from kbcli.doors.cli.changes import format_state_line
        from kbcli.knowledge.cards.library import load_card
        from kbcli.knowledge.edit.verification import stamp_card

        session, card = self._session, plan.card
        unflag = card.flagged is not None and _ask_yes(
            f"It was reported as wrong: {make_line(card.flagged.reason)}. Is that settled?"
        )
        with hold_interrupt():
            stamp_card(session.config, card, session.today, self._by, unflag=unflag)
            after = load_card(session.config, card.path)
            self._stamped[card.path] = after
            self._note("verified", card)
        session.write(format_state_line(session, after, self._judge(after)))
        return _NEXT

    def _edit(self, plan: VerificationPlan) -> str:
        from kbcli.foundation.disk.programs import run_editor

        path = self._session.root / plan.card.path
        before = path.read_bytes()
        run_editor(path, os.environ)
        if path.exists() and path.read_bytes() == before:
            self._session.write("Nothing was changed.\n")
            return _AGAIN
        self._note("edited", plan.card)
        return _SHOW

    def _flag(self, plan: VerificationPlan) -> str:
        from kbcli.knowledge.edit.marks import flag_card

        reason = str(
            typer.prompt("What is wrong (Enter: nothing)", default="", show_default=False, err=True)
        ).strip()
        if not reason:
            return _AGAIN
        with hold_interrupt():
            flag_card(self._session.config, plan.card, self._session.today, self._by, reason)
            self._note("flagged", plan.card)
        return _NEXT

    def _set_interval(self, plan: VerificationPlan) -> str:
        from kbcli.foundation.calendar import parse_interval
        from kbcli.knowledge.edit.marks import set_interval

        now = plan.card.verify_every or "none"
        text = str(
            typer.prompt(
                f"Verify every (90d, 12w, 6m, 1y, never; now {now})", default="", show_default=False, err=True
            )
        ).strip()
        if not text:
            return _AGAIN
        try:
            every = parse_interval(text)
        except ValueError as error:
            self._session.say(str(error))
            return _AGAIN
        reason = ""
        if every.is_never:
            reason = str(typer.prompt("Why never", default="", show_default=False, err=True))
        with hold_interrupt():
            set_interval(self._session.config, plan.card, every, reason)
            self._note("rescheduled", plan.card)
        return _SHOW

    def _skip(self, plan: VerificationPlan) -> str:
        self._note("skipped", plan.card)
        return _NEXT

    def _show_log(self, plan: VerificationPlan) -> str:
        from kbcli.knowledge.past.life import trace_life
        from kbcli.render.log import format_log_table

        session = self._session
        session.page(
            format_log_table(
                trace_life(session.config, plan.card, session.today), width=session.width, color=session.color
            )
        )
        return _AGAIN

    def _show_text(self, plan: VerificationPlan) -> str:
        from kbcli.render.cards import format_body

        session = self._session
        session.page(format_body(plan.card, session.today, width=session.width, color=session.color))
        return _AGAIN

    def _finish(self, left: int, *, interrupted: bool) -> None:
        """The sum, and the commit of what was verified."""
        from kbcli.render.review import format_outcome

        session = self._session
        counts = {name: len(paths) for name, paths in self._counts.items()} | {"left": left}
        stamped = [card.id for card in self._stamped.values()]
        session.write("\n" + format_outcome(counts, stamped, color=session.color))
        sys.stdout.flush()
        if not stamped or not self._commit:
            return
        if interrupted:
            session.say("interrupted: the verified cards are stamped, and not committed")
            return
        from kbcli.doors.cli.changes import commit_verified

        commit_verified(session, list(self._stamped.values()), self._by)


def _ask_yes(question: str) -> bool:
    """Whether the next key is y."""
    sys.stdout.write(f"{question} [y/N] ")
    sys.stdout.flush()
    answer = typer.getchar()
    sys.stdout.write(f"{answer if answer.isprintable() else ''}\n")
    return answer in ("y", "Y")


def _find_height() -> int:
    try:
        return os.get_terminal_size(sys.stdout.fileno()).lines
    except OSError:
        return 24


@contextmanager
def hold_interrupt() -> Iterator[None]:
    """Let a write and the note of it be done together: Ctrl-C counts after both."""
    came: list[int] = []

    def remember(number: int, _frame: FrameType | None) -> None:
        came.append(number)

    before = signal.signal(signal.SIGINT, remember)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if came:
        raise KeyboardInterrupt
