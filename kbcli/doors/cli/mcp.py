"""`kb mcp`: the knowledge base for an assistant, over its standard input and output."""

from kbcli.doors.cli.command import Command, Flag, Values
from kbcli.doors.cli.session import Session
from kbcli.errors import need_extra

EXAMPLES = """Examples:

\b
  kb --kb /path/to/content mcp     what an assistant is told to start

It speaks the Model Context Protocol on standard input and output, until that ends. How each assistant is told: kb manual mcp
"""


def run(session: Session, values: Values) -> None:
    """Serve one assistant until it hangs up."""
    with need_extra("kb mcp", "mcp"):
        from kbcli.doors.mcp.server import make_server
    base = session.base
    flags_as = f"{base.find_actor()} (assistant)" if values["allow_flag"] else None
    make_server(base, flags_as=flags_as, tickets=values["tickets"]).run()


COMMAND = Command(
    "mcp",
    "Serve an assistant (MCP) on standard input.\n\nSearch and show, each card under its trust. Needs the extra `mcp`.",
    flags=(
        Flag(
            "allow_flag",
            ("--allow-flag",),
            "switch",
            "It may report cards as wrong: five a session, in your name, nothing committed.",
            default=False,
        ),
        Flag(
            "tickets",
            ("--tickets",),
            "switch",
            "It is shown earlier tickets too, redacted as your archive has them.",
            default=False,
        ),
    ),
    epilog=EXAMPLES,
    run=run,
)
