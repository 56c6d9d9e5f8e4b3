"""`kb slack`: the knowledge base in a Slack workspace."""

import os

from kbcli.doors.cli.command import Command, Flag, Values, make_port_flag, read_port
from kbcli.doors.cli.session import Session
from kbcli.errors import KbError, need_extra

PORT = 8556
EXAMPLES = """Examples:

\b
  kb slack             Slack posts to http://…:8556/slack/events, through your reverse proxy
  kb slack --socket    without an address that Slack can reach

SLACK_BOT_TOKEN and SLACK_SIGNING_SECRET, or with --socket SLACK_APP_TOKEN, are read from the environment. More: kb manual slack
"""


def run(session: Session, values: Values) -> None:
    """Answer Slack until somebody presses Ctrl-C."""
    with need_extra("kb slack", "slack"):
        from slack_sdk import WebClient

        from kbcli.doors.slack.app import make_app
        from kbcli.doors.slack.serving import connect, serve
    port = read_port(values, PORT)
    second = "SLACK_APP_TOKEN" if values["socket"] else "SLACK_SIGNING_SECRET"
    token, secret = _read_secret("SLACK_BOT_TOKEN"), _read_secret(second)
    base = session.open_live_base()
    # Over a socket nothing is signed: whoever holds the token opened it.
    app = make_app(base, secret="-" if values["socket"] else secret, client=WebClient(token=token))
    if values["socket"]:
        session.say(f"{base.root} answers Slack over a socket (Ctrl-C ends it)")
        connect(app, secret, session.say)
    else:
        session.say(f"{base.root} answers Slack at http://localhost:{port}/slack/events (Ctrl-C ends it)")
        serve(app, port)


def _read_secret(name: str) -> str:
    if secret := os.environ.get(name, "").strip():
        return secret
    raise KbError(f"{name} is not set", "Slack shows it at api.slack.com/apps; see `kb manual slack`.")


COMMAND = Command(
    "slack",
    "Answer /kb in a Slack workspace.\n\nCards for the asker's eyes only, each under its trust. Needs the extra `slack`.",
    flags=(
        make_port_flag(PORT),
        Flag("socket", ("--socket",), "switch", "Open a socket to Slack instead.", default=False),
    ),
    epilog=EXAMPLES,
    run=run,
)
