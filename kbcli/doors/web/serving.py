"""The server: a socket, one or more processes that answer on it, and the application behind it."""

import os
import signal
import socket
from collections.abc import Callable, Sequence
from typing import NamedTuple

import uvicorn

from kbcli.doors.connection import configure_server
from kbcli.doors.web.app import make_app
from kbcli.doors.web.guard import Access
from kbcli.errors import KbError, UsageError
from kbcli.operations.live import LiveBase

HERE = ("127.0.0.1", "::1", "localhost")
UNIX = ""
"""The address of who asks by a Unix socket."""


class Settings(NamedTuple):
    """How to serve: where to listen (an address, or `path` of a Unix socket), by which names, behind which proxy."""

    port: int
    bind: str = "127.0.0.1"
    path: str = ""
    hosts: Sequence[str] = ()
    user_header: str = ""
    proxies: Sequence[str] = ()
    workers: int = 1
    with_mcp: bool = False
    public: bool = False


def name_hosts(port: int, names: Sequence[str] = ()) -> frozenset[str]:
    """How browsers may call this server: this machine by its port, and the names that somebody gave, as they are."""
    own = (f"{name}:{port}" for name in ("localhost", "127.0.0.1", "[::1]"))
    return frozenset((*own, *(name.lower() for name in names)))


def check_settings(settings: Settings) -> Access:
    """Who is let in by these settings. Raises UsageError for what would let in everybody."""
    if settings.proxies and not settings.user_header:
        raise UsageError("which header says who asks?", "Name it: --user-header X-Forwarded-User")
    is_closed = settings.bind in HERE or settings.path or (settings.user_header and settings.proxies)
    if not is_closed and not settings.public:
        raise UsageError(
            f"listening on {settings.bind} would let in everybody who reaches it",
            "Put a proxy that asks for a login before it, and name it: --user-header NAME --proxy ADDRESS",
        )
    proxies = settings.proxies or ((UNIX,) if settings.path else HERE[:2])
    return Access(name_hosts(settings.port, settings.hosts), settings.user_header, frozenset(proxies))


def serve(open_base: Callable[[], LiveBase], settings: Settings, user: str) -> None:
    """Serve one base until it is interrupted. It is opened once somebody listens: who comes meanwhile waits.

    Raises UsageError, and KbError where nothing can listen there.
    """
    access = check_settings(settings)
    listener = listen(settings)
    # Uvicorn ends itself as it was asked to: by this too, so that what follows is tidied.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    workers = settings.workers if hasattr(os, "fork") else 1
    children: list[int] = []
    is_child = False
    try:
        app = make_app(open_base(), access, "" if access.user_header else user, with_mcp=settings.with_mcp)
        server = uvicorn.Server(configure_server(app, timeout_graceful_shutdown=3))
        while len(children) < workers - 1 and not is_child:
            child = os.fork()
            is_child = child == 0
            children = [] if is_child else [*children, child]
        server.run([listener])
    except KeyboardInterrupt:
        if not is_child:
            raise
    finally:
        if is_child:
            os._exit(0)
        for child in children:
            os.kill(child, signal.SIGTERM)
            os.waitpid(child, 0)
        if settings.path:
            os.unlink(settings.path)


def listen(settings: Settings) -> socket.socket:
    """A socket that listens where the settings say. Raises KbError where nothing can."""
    if settings.path:
        listener, where = socket.socket(socket.AF_UNIX), settings.path
    else:
        family = socket.AF_INET6 if ":" in settings.bind else socket.AF_INET
        # Named as TCP, or asyncio leaves small answers to wait 40 ms for the reader to confirm what came before.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        where = f"{settings.bind}:{settings.port}"
    try:
        listener.bind(settings.path or (settings.bind, settings.port))
        if settings.path:
            # Whoever may write to it says who asks.
            os.chmod(settings.path, 0o660)
        listener.listen(1024)
    except OSError as error:
        listener.close()
        raise KbError(
            f"{where}: {error.strerror}", "Give another place, or end what listens there."
        ) from error
    return listener
