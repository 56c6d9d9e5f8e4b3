"""`kb tickets forget`: erase a customer, or tickets, for good."""

from kbcli.doors.cli.command import YES, Command, Flag, Values, make_format_flag
from kbcli.doors.cli.session import Session
from kbcli.errors import UsageError

EXAMPLES = """Examples:

\b
  kb tickets forget --customer ada@example.com
  kb tickets forget --customer zendesk:501 --yes
  kb tickets forget --ticket 35436

What was said is erased from the record, the index is made anew, and lines in support/links that name the tickets go.
In a pipe: tickets, companies and lines, and how many; tab-separated.
"""


def run(session: Session, values: Values) -> None:
    """Ask a person who did not say --yes, with the number of tickets, then erase."""
    if not values.pop("yes"):
        if not session.can_ask:
            raise UsageError("there is nobody to ask", "Say --yes to erase.")
        from kbcli.doors.cli.options import confirm_question
        from kbcli.operations.tickets.forget import forget_tickets

        given = {name: values[name] for name in ("customer", "ticket", "company")}
        count = forget_tickets(session.base, **given, dry_run=True).tickets
        if not confirm_question(f"Erase {count} tickets for good?"):
            session.say("nothing was erased")
            return
    session.answer("tickets forget", values, pager=False)


COMMAND = Command(
    "tickets forget",
    "Erase a customer or tickets for good.\n\nThe counts stay, nothing comes back by an import, and what cannot be reached is said.",
    flags=(
        Flag("customer", ("--customer",), "texts", "An address, or the help desk's ID (repeatable).", "WHO"),
        Flag(
            "ticket",
            ("--ticket",),
            "texts",
            "A number, or a name such as zendesk:35436 (repeatable).",
            "TICKET",
        ),
        Flag("company", ("--company",), "texts", "A company's name or ID: its tier and renewal.", "NAME"),
        YES,
        make_format_flag("tickets forget"),
    ),
    epilog=EXAMPLES,
    run=run,
)
