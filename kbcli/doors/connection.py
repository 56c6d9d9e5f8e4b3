"""A connection to a server of kb, which makes way for others where it keeps the server waiting."""

from collections.abc import Callable
from typing import Any

from uvicorn import Config
from uvicorn.protocols.http.h11_impl import H11Protocol

MOST = 500
"""Connections of one process at once."""


class YieldingConnection(H11Protocol):
    """Uvicorn's connection. Where there are as many as are taken, a new one ends that which waits longest for its client.

    Else some hundred clients who send a byte a second, or take none, would keep out everybody.
    """

    waiting_since = 0.0

    def connection_made(self, transport: Any) -> None:
        """See asyncio.Protocol."""
        super().connection_made(transport)
        self.waiting_since = self.loop.time()
        others = [one for one in self.connections if isinstance(one, YieldingConnection) and one is not self]
        waiting = [one for one in others if one.waits_for_client()] if len(others) + 1 >= MOST else []
        if waiting:
            longest = min(waiting, key=lambda one: one.waiting_since)
            self.connections.discard(longest)
            longest.transport.abort()

    def on_response_complete(self) -> None:
        """See H11Protocol."""
        self.waiting_since = self.loop.time()
        super().on_response_complete()

    def waits_for_client(self) -> bool:
        """Whether no answer is worked on: a request has not arrived whole, or what was answered is to be taken."""
        cycle = self.cycle
        return not cycle or cycle.response_complete or cycle.more_body or self.flow.write_paused


def configure_server(app: Callable[..., Any], **more: Any) -> Config:
    """How a server of kb speaks HTTP; `more` is of uvicorn's Config."""
    return Config(
        app,
        http=YieldingConnection,
        ws="none",
        log_level="error",  # what a client does wrong is told to the client
        access_log=False,
        server_header=False,
        proxy_headers=False,  # else a header could say that a request came from a proxy
        limit_concurrency=MOST,
        **more,
    )
