"""How Slack reaches the application: over HTTP behind a reverse proxy, or over a socket that this side opens."""

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from threading import Event

import uvicorn
from anyio import CapacityLimiter, to_thread
from slack_bolt import App, BoltRequest
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk.socket_mode.client import BaseSocketModeClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from kbcli.doors.connection import configure_server
from kbcli.errors import KbError

HERE, PATH = "127.0.0.1", "/slack/events"
MAX_BODY = 1_000_000
_THREADS = 4
_SIGNED = ("x-slack-request-timestamp", "x-slack-signature")
_STAMP = re.compile("[0-9]{1,12}")
LOOK_EVERY, PATIENCE = 10.0, 60.0
"""Seconds between two looks at the socket, and of silence after which kb gives up, for its supervisor to start it anew."""


def make_site(app: App) -> Starlette:
    """The one address that Slack posts to; the application refuses what Slack did not sign."""
    limiter = CapacityLimiter(_THREADS)

    async def answer(request: Request) -> Response:
        body = bytearray()
        async for piece in request.stream():
            body += piece
            if len(body) > MAX_BODY:
                return PlainTextResponse("too large", 413)
        headers: dict[str, str | Sequence[str]] = {
            name: request.headers.getlist(name) for name in request.headers
        }
        stamp, signature = (request.headers.get(name, "") for name in _SIGNED)
        # The library breaks on others, which Slack does not send.
        if not _STAMP.fullmatch(stamp) or not signature.isascii():
            return PlainTextResponse("not signed", 401)
        try:
            asked = BoltRequest(body=body.decode(), query=request.url.query, headers=headers)
        except (ValueError, AttributeError, TypeError, RecursionError):
            return PlainTextResponse("no request of Slack's", 400)
        answered = await to_thread.run_sync(app.dispatch, asked, limiter=limiter)
        kind = answered.first_headers().get("content-type", "text/plain")
        return Response(answered.body, answered.status, media_type=kind)

    return Starlette(routes=[Route(PATH, answer, methods=["POST"])])


def serve(app: App, port: int) -> None:
    """Answer on this machine until somebody stops it."""
    with suppress(KeyboardInterrupt):
        uvicorn.Server(configure_server(make_site(app), host=HERE, port=port)).run()


def connect(app: App, token: str, say: Callable[[str], None]) -> None:
    """Answer over a socket until somebody stops it. Raises KbError where it stays closed."""
    client = SocketModeHandler(app, token).client
    client.connect()
    try:
        watch(client, Event().wait, say)
    finally:
        client.close()


def watch(client: BaseSocketModeClient, wait: Callable[[float], object], say: Callable[[str], None]) -> None:
    """Look whether the socket is open; the library opens it again by itself, and where it does not, kb ends.

    Sockets are known to fall silent after weeks. `wait` gets seconds. Raises KbError.
    """
    silent = 0.0
    while True:
        wait(LOOK_EVERY)
        if client.is_connected():
            silent = 0.0
            continue
        silent += LOOK_EVERY
        say("the socket is closed; waiting for it")
        if silent >= PATIENCE:
            hint = "Start it again: a service manager does so by itself (Restart=on-failure)."
            raise KbError(f"Slack could not be reached for {PATIENCE:.0f} seconds", hint)
