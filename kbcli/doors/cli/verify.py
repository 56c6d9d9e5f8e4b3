"""`kb verify`: say that cards are right, after seeing what changed in them."""

import sys

from kbcli.doors.cli.command import BY, CARDS, YES, Command, Flag, Values, make_format_flag
from kbcli.doors.cli.options import confirm_question, read_references
from kbcli.doors.cli.session import Session
from kbcli.errors import KbError, UsageError
from kbcli.foundation.typed import TYPE_CHECKING
from kbcli.render.escape import make_line

if TYPE_CHECKING:
    from kbcli.operations.verify import JudgedCard, Show, VerificationPlan

EXAMPLES = """Examples:

\b
  kb verify too-many-requests     shows what changed since, asks, stamps
  kb verify refund-policy --every 12w --evidence https://example.org/limits
  kb stale --owner api-team --format plain | kb verify -
  kb verify too-many-requests refund-policy --yes --commit
  kb verify --pin --dry-run      which trusted cards would get a digest, and by what they are trusted
  kb verify --pin --commit       from then on every change of their text shows

  kb verify --mechanical 1a2b3c4d --dry-run   whose text a formatter changed, and nothing else since

In a pipe: ID, verified, declined or refused, due date, tab-separated; with --pin or --mechanical ID, pinned, kept,
untrusted or refused, what it was judged by (digest, history, date), reason. Exits with 3 if any was
refused.
"""
_STAMPING = ("every", "reason", "by", "evidence", "unflag")


def run(session: Session, values: Values) -> int:
    """Verify cards, or pin them; 3 when one was refused."""
    from kbcli.operations.verify import verify_cards

    form = session.pick_format("verify", values.pop("format"))
    pin, mechanical, dry_run = values.pop("pin"), values.pop("mechanical"), values.pop("dry_run")
    if pin or mechanical:
        return _pin(session, values, form, mechanical, dry_run=dry_run)
    if dry_run:
        raise UsageError(
            "--dry-run goes with --pin or --mechanical", "Without --yes nothing is stamped unasked."
        )
    given, diff = values.pop("cards"), values.pop("diff")
    references = read_references(given)
    can_ask = not values["yes"] and (session.can_ask or ("-" in given and _take_terminal()))
    done = verify_cards(
        session.base,
        references,
        **values,
        show=_make_show(session, form, diff, asks=can_ask),
        confirm=(lambda question: confirm_question(make_line(question))) if can_ask else None,
        refuse=lambda reference, error: _tell_refusal(session, reference, error),
    )
    session.show("verify", form, done, pager=False)
    return 3 if done.has_refused else 0


def _pin(session: Session, values: Values, form: str, mechanical: str, *, dry_run: bool) -> int:
    from kbcli.operations.verify import pin_cards

    if any(values[name] for name in _STAMPING):
        raise UsageError(
            f"{'--mechanical' if mechanical else '--pin'} verifies nothing: dates, verifiers and flags stay",
            "Leave out the other options.",
        )
    cards = read_references(values["cards"]) if values["cards"] else None
    done = pin_cards(
        session.base, cards, mechanical=mechanical or "", commit=values["commit"], dry_run=dry_run
    )
    session.show("verify.pin", form, done)
    return 3 if done.has_refused else 0


def _take_terminal() -> bool:
    """Read answers from the terminal itself, as standard input held the list of cards."""
    if sys.stderr is None or not sys.stderr.isatty():
        return False
    try:
        sys.stdin = open("/dev/tty", encoding="utf-8", errors="replace")  # noqa: SIM115  it stays open until kb ends
    except OSError:
        return False
    return True


def _make_show(session: Session, form: str, diff: bool | None, *, asks: bool) -> "Show | None":
    """What shows a card before it is stamped: in the table, else beside it for a person; None where nobody looks."""
    if form != "table" and not asks and not diff:
        return None
    view = session.make_view()._replace(color=session.color and form == "table")

    def show(plan: "VerificationPlan", card: "JudgedCard") -> None:
        from kbcli.render.verify import format_plan

        text = format_plan(plan, card, view, diff=diff is not False, asks=asks)
        if form == "table":
            (session.page if asks else session.write)(text)
            session.write("", flush=True)
        elif sys.stderr is not None:
            sys.stderr.write(text)

    return show


def _tell_refusal(session: Session, reference: str, error: KbError) -> None:
    session.say(f"error: {reference}: {error.message.removeprefix(f'{reference} ')}")
    if error.hint and sys.stderr is not None:
        sys.stderr.write(f"hint: {make_line(error.hint)}\n")


COMMAND = Command(
    "verify",
    "Say that cards are right today.\n\nSee what changed since the last verification, confirm that all of it is right, stamp it.",
    (CARDS,),
    (
        Flag(
            "every",
            ("--every",),
            "text",
            "A new verification interval: 90d, 12w, 6m, 1y, never.",
            "INTERVAL",
        ),
        Flag("reason", ("--reason",), "text", "With --every never: why it never falls due.", "TEXT", ""),
        BY._replace(help="The verifier (default: your address in git)."),
        Flag("evidence", ("--evidence",), "texts", "Where you looked (repeatable).", "URL"),
        Flag("unflag", ("--unflag",), "switch", "Also take back the report that it is wrong.", default=False),
        Flag("diff", ("--diff/--no-diff",), "switch", "Show what changed (default: on a terminal)."),
        Flag(
            "commit",
            ("--commit",),
            "switch",
            "Commit exactly these cards, with a Verified-by trailer.",
            default=False,
        ),
        Flag(
            "pin",
            ("--pin",),
            "switch",
            "Add digests to the cards that are trusted now (default: all of them); dates stay.",
            default=False,
        ),
        Flag(
            "mechanical",
            ("--mechanical",),
            "text",
            "Renew the digests of cards whose verified text only this commit changed.",
            "COMMIT",
        ),
        Flag(
            "dry_run",
            ("--dry-run",),
            "switch",
            "With --pin or --mechanical: write nothing, say what would be.",
            default=False,
        ),
        YES,
        make_format_flag("verify"),
    ),
    EXAMPLES,
    run=run,
)
