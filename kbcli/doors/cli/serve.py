"""`kb serve`: the knowledge base in a browser."""

from kbcli.doors.cli.command import Command, Flag, Values
from kbcli.doors.cli.session import Session
from kbcli.errors import KbError, UsageError, name_extra

PORT = 8555
EXAMPLES = """Examples:

\b
  kb serve                then open http://localhost:8555
  kb serve --port 8600

Only this machine is answered. Each page is there as JSON too, below /api. More: kb manual serve
"""


def run(session: Session, values: Values) -> None:
    """Serve until somebody presses Ctrl-C."""
    try:
        from kbcli.doors.web.serving import serve
    except ImportError as error:
        if (error.name or "").startswith("kbcli"):
            raise
        raise name_extra("kb serve", "web") from None
    port = values["port"] or PORT
    if port > 65535:
        raise UsageError(f"{port} is no port", "Use a number up to 65535.")
    base = session.open_live_base()
    user = ""
    try:
        user = base.find_actor()
    except KbError:
        session.say("git does not know who you are, so nothing can be written here")
    session.say(f"{base.root} is at http://localhost:{port} (Ctrl-C ends it)")
    serve(base, port=port, user=user)


COMMAND = Command(
    "serve",
    "Show the knowledge base in a browser.\n\nSearch, cards under their trust, replies to copy. Needs the extra `web`.",
    flags=(Flag("port", ("--port",), "count", f"Where to listen on this machine (default: {PORT}).", "N"),),
    epilog=EXAMPLES,
    run=run,
)
