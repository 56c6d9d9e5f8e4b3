"""`kb verify`: say that cards are right, after seeing what changed in them."""

import sys
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from kbcli.doors.cli.completion import complete_cards
from kbcli.doors.cli.options import FormatOption, YesOption, confirm_question, read_references
from kbcli.doors.cli.session import Session
from kbcli.errors import KbError, RefusedError, UsageError
from kbcli.foundation.calendar import Interval
from kbcli.render.escape import make_line

if TYPE_CHECKING:
    from kbcli.knowledge.cards.library import Library
    from kbcli.knowledge.cards.model import Card
    from kbcli.knowledge.edit.verification import VerificationPlan
    from kbcli.knowledge.trust.states import Trust

EXAMPLES = """Examples:

\b
  kb verify too-many-requests     shows what changed since, asks, stamps
  kb verify api/quotas --every 12w --evidence https://example.org/limits
  kb stale --owner api-team --format plain | kb verify -
  kb verify too-many-requests quotas --yes --commit
  kb verify --pin --dry-run      which trusted cards would get a digest, and by what they are trusted
  kb verify --pin --commit       from then on every change of their text shows

In a pipe: ID, verified, declined or refused, due date, tab-separated; with --pin ID, pinned, kept,
untrusted or refused, what it was judged by (digest, history, date), reason. Exits with 3 if any was
refused.
"""


class Stamp(NamedTuple):
    """How the stamps are to be written: what every card of this run gets."""

    by: str
    every: Interval | None
    evidence: tuple[str, ...]
    unflag: bool
    reason: str


class Outcome(NamedTuple):
    """What became of one card: `verified`, `declined` or `refused` (and why); it as it is now, if it was read."""

    reference: str
    result: str
    card: "Card | None"
    message: str = ""
    hint: str = ""


def register(app: typer.Typer) -> None:
    """Add `kb verify`."""
    app.command("verify", epilog=EXAMPLES)(verify)


def verify(
    ctx: typer.Context,
    cards: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="CARD…",
            help="IDs, clear endings of them, or paths; - reads them from stdin.",
            autocompletion=complete_cards,
        ),
    ] = None,
    every: Annotated[
        str | None,
        typer.Option(
            "--every", metavar="INTERVAL", help="A new verification interval: 90d, 12w, 6m, 1y, never."
        ),
    ] = None,
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", help="With --every never: why it never falls due.")
    ] = "",
    by: Annotated[
        str | None, typer.Option("--by", metavar="WHO", help="The verifier (default: your address in git).")
    ] = None,
    evidence: Annotated[
        list[str] | None, typer.Option("--evidence", metavar="URL", help="Where you looked (repeatable).")
    ] = None,
    unflag: Annotated[
        bool, typer.Option("--unflag", help="Also take back the report that it is wrong.")
    ] = False,
    diff: Annotated[
        bool | None, typer.Option("--diff/--no-diff", help="Show what changed (default: on a terminal).")
    ] = None,
    commit: Annotated[
        bool, typer.Option("--commit", help="Commit exactly these cards, with a Verified-by trailer.")
    ] = False,
    pin: Annotated[
        bool,
        typer.Option(
            "--pin", help="Add digests to the cards that are trusted now (default: all of them); dates stay."
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="With --pin: write nothing, say what would be.")
    ] = False,
    yes: YesOption = False,
    output: FormatOption = None,
) -> int:
    """Verify cards: see what changed since the last verification, confirm that all of it is right, stamp it."""
    from kbcli.doors.cli.changes import check_interval, commit_verified, find_actor
    from kbcli.foundation.calendar import parse_interval

    session = ctx.ensure_object(Session)
    form = session.pick_format(output)
    if pin:
        from kbcli.doors.cli.pinning import run_pin

        if every or reason or by or evidence or unflag:
            raise UsageError(
                "--pin verifies nothing: dates, verifiers and flags stay", "Leave out the other options."
            )
        return run_pin(session, form, cards, commit=commit, dry_run=dry_run)
    if dry_run:
        raise UsageError("--dry-run goes with --pin", "Without --yes nothing is stamped unasked.")
    interval = parse_interval(check_interval(every)) if every else None
    stamp = Stamp(find_actor(session, by), interval, tuple(evidence or ()), unflag, reason)
    references = read_references(cards or ())
    if not references:
        raise UsageError("no card to verify", "Name one, or pipe IDs into `kb verify -`.")
    can_ask = session.can_ask or ("-" in (cards or ()) and not yes and _take_terminal())
    run = _Verification(
        session, form, stamp, yes=yes, can_ask=can_ask, show_diff=diff, many=len(references) > 1
    )
    outcomes = [run.verify(reference) for reference in references]
    stamped = [
        outcome.card for outcome in outcomes if outcome.result == "verified" and outcome.card is not None
    ]
    sha = commit_verified(session, stamped, stamp.by) if commit and stamped else ""
    run.report(outcomes, sha)
    return 3 if any(outcome.result == "refused" for outcome in outcomes) else 0


def _take_terminal() -> bool:
    """Read answers from the terminal itself, as standard input held the list of cards."""
    if sys.stderr is None or not sys.stderr.isatty():
        return False
    try:
        sys.stdin = open("/dev/tty", encoding="utf-8", errors="replace")  # noqa: SIM115  it stays open until kb ends
    except OSError:
        return False
    return True


class _Verification:
    """One run over several cards."""

    def __init__(
        self,
        session: Session,
        form: str,
        stamp: Stamp,
        *,
        yes: bool,
        can_ask: bool,
        show_diff: bool | None,
        many: bool,
    ) -> None:
        self._session = session
        self._form = form
        self._stamp = stamp
        self._yes = yes
        self._can_ask = can_ask
        self._show_diff = show_diff
        self._many = many

    def verify(self, reference: str) -> Outcome:
        """Show, ask, stamp. A refusal is an outcome, so that the other cards go on."""
        from kbcli.knowledge.cards.library import load_card
        from kbcli.knowledge.edit.verification import plan_verification, stamp_card

        session, stamp = self._session, self._stamp
        card: Card | None = None
        try:
            card = load_card(session.config, reference)
            plan = plan_verification(session.config, card)
            self._show(plan)
            if plan.refusal:
                raise RefusedError(plan.refusal, plan.hint)
            if not self._confirm("Is all of it right today"):
                return Outcome(reference, "declined", card)
            stamp_card(
                session.config, card, session.today, stamp.by, every=stamp.every, evidence=stamp.evidence,
                unflag=self._settle_flag(card), reason=stamp.reason, library=self._library,
            )  # fmt: skip
            return Outcome(reference, "verified", load_card(session.config, card.path))
        except UsageError:
            raise
        except KbError as error:
            session.say(f"error: {reference}: {error.message.removeprefix(f'{reference} ')}")
            if error.hint and sys.stderr is not None:
                sys.stderr.write(f"hint: {make_line(error.hint)}\n")
            return Outcome(reference, "refused", card, error.message, error.hint)

    def _show(self, plan: "VerificationPlan") -> None:
        """The trust line and the difference, where a person will see them."""
        asks = not self._yes and self._can_ask
        wanted = self._show_diff if self._show_diff is not None else self._form == "table" or asks
        if self._form != "table" and not asks and not self._show_diff:
            return
        from kbcli.doors.cli.changes import format_state_line
        from kbcli.render.cards import format_body
        from kbcli.render.diff import format_diff

        session, card = self._session, plan.card
        color = session.color and self._form == "table"
        text = format_state_line(session, card, self._judge(card))
        if wanted and plan.changed:
            text += f"  {plan.basis_text}\n"
            # The text begins with title, audience and a blank line, then the body.
            first = max(1, card.body_line - 3)
            text += format_diff(plan.old_text or "", plan.new_text, color=color, first_line=first)
        elif wanted and plan.changed is None:
            # Nothing to compare with: all of it must be read before a yes means anything.
            text += f"  {plan.basis_text}\n\n"
            text += format_body(card, session.today, width=session.width, color=color) + "\n"
        elif wanted:
            text += "  The text is as it was verified.\n"
        if self._form == "table":
            session.write(text)
            sys.stdout.flush()
        elif sys.stderr is not None:
            sys.stderr.write(text)

    def _confirm(self, question: str) -> bool:
        if self._yes:
            return True
        if not self._can_ask:
            raise RefusedError("there is nobody to ask whether it is right", "Say so with --yes.")
        return confirm_question(question)

    def _settle_flag(self, card: "Card") -> bool:
        """Whether the report that the card is wrong is settled by this verification."""
        if self._stamp.unflag or card.flagged is None:
            return self._stamp.unflag
        if not self._yes and self._confirm(
            f"It was reported as wrong: {make_line(card.flagged.reason)}. Is that settled"
        ):
            return True
        self._session.say(f"{card.id} stays flagged; take the report back with --unflag")
        return False

    @cached_property
    def _library(self) -> "Library | None":
        """All cards, read once, when several are verified."""
        from kbcli.knowledge.cards.library import load_library

        return load_library(self._session.config) if self._many else None

    def _judge(self, card: "Card") -> "Trust":
        from kbcli.knowledge.trust.judging import judge_one

        return judge_one(self._session.config, card, self._session.today)

    def report(self, outcomes: list[Outcome], sha: str) -> None:
        """What became of each card."""
        if self._form == "json":
            self._session.write(self._format_json(outcomes, sha))
            return
        from kbcli.doors.cli.changes import format_state_line
        from kbcli.render.escape import escape_field

        for outcome in outcomes:
            trust = self._judge(outcome.card) if outcome.card is not None else None
            if self._form == "plain":
                due = trust.due.isoformat() if trust is not None and trust.due else ""
                ident = outcome.card.id if outcome.card is not None else outcome.reference
                self._session.write(
                    "\t".join(escape_field(field) for field in (ident, outcome.result, due)) + "\n"
                )
            elif outcome.result == "verified" and outcome.card is not None and trust is not None:
                self._session.write(format_state_line(self._session, outcome.card, trust))
                if trust.due is None and not outcome.card.verify_never_reason:
                    self._session.say(
                        f"{outcome.card.id} has no interval, so it never falls due; give it one: --every 6m"
                    )

    def _format_json(self, outcomes: list[Outcome], sha: str) -> str:
        from kbcli.render.jsonout import describe_card, format_envelope

        cards = [
            {
                "reference": outcome.reference,
                "result": outcome.result,
                "message": outcome.message or None,
                "card": describe_card(outcome.card, self._judge(outcome.card))
                if outcome.card is not None
                else None,
            }
            for outcome in outcomes
        ]
        problems = [
            {"card": outcome.reference, "message": outcome.message, "hint": outcome.hint}
            for outcome in outcomes if outcome.result == "refused"
        ]  # fmt: skip
        return format_envelope("verify", {"cards": cards, "commit": sha or None}, problems)
