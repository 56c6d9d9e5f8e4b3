"""`kb serve`: the knowledge base in a browser."""

from kbcli.doors.cli.command import Command, Flag, Values, make_port_flag, read_port
from kbcli.doors.cli.session import Session
from kbcli.errors import KbError, need_extra
from kbcli.foundation.typed import TYPE_CHECKING

if TYPE_CHECKING:
    from kbcli.operations.live import LiveBase

PORT = 8555
EXAMPLES = """Examples:

\b
  kb serve                then open http://localhost:8555
  kb serve --port 8600 --mcp
  kb serve --host kb.example.org --user-header X-Forwarded-User   # behind a proxy that asks for a login

Only this machine is answered, unless a proxy says who asks. Each page is there as JSON too, below /api. More: kb manual serve
"""


def run(session: Session, values: Values) -> None:
    """Serve until somebody presses Ctrl-C."""
    with need_extra("kb serve", "mcp" if values["mcp"] else "web"):
        from kbcli.doors.web.serving import Settings, serve

        if values["mcp"]:
            import kbcli.doors.mcp.server  # noqa: F401  said now where the extra is not installed
    port = read_port(values, PORT)
    root, where = session.base.root, values["socket"] or f"http://localhost:{port}"
    settings = Settings(
        port,
        values["bind"] or "127.0.0.1",
        values["socket"] or "",
        values["host"],
        values["user_header"] or "",
        values["proxy"],
        values["workers"] or 1,
        with_mcp=values["mcp"],
        public=values["public"],
    )
    user = "" if settings.user_header or settings.public else _find_user(session)

    def open_base() -> "LiveBase":
        session.say(f"{root} is at {where} (Ctrl-C ends it)")
        base = session.open_live_base(public=values["public"])
        # Whoever comes meanwhile waits for the socket, not for a page that says “busy”.
        with session.show_progress("indexing") as progress:
            base.ask_index(base.config, lambda _: None, progress=progress)
        return base

    serve(open_base, settings, user)


def _find_user(session: Session) -> str:
    try:
        return session.base.find_actor()
    except KbError:
        session.say("git does not know who you are, so nothing can be written here")
        return ""


COMMAND = Command(
    "serve",
    "Show the knowledge base in a browser.\n\nSearch, cards under their trust, replies to copy, the queue. Needs the extra `web`.",
    flags=(
        make_port_flag(PORT),
        Flag(
            "mcp", ("--mcp",), "switch", "Let assistants in too, at /mcp; they may only look.", default=False
        ),
        Flag("public", ("--public",), "switch", "Only what is for the public, to everybody.", default=False),
        Flag(
            "host",
            ("--host",),
            "texts",
            "A name that browsers call it by, with a port where they show one.",
            "NAME",
        ),
        Flag(
            "user_header", ("--user-header",), "text", "The header in which your proxy says who asks.", "NAME"
        ),
        Flag("proxy", ("--proxy",), "texts", "The proxy's address (default: this machine).", "ADDRESS"),
        Flag(
            "bind",
            ("--bind",),
            "text",
            "The address to listen on, with --proxy (default: 127.0.0.1).",
            "ADDRESS",
        ),
        Flag("socket", ("--socket",), "text", "Listen on a Unix socket instead.", "PATH"),
        Flag("workers", ("--workers",), "count", "How many processes answer (default: 1).", "N"),
    ),
    epilog=EXAMPLES,
    run=run,
)
