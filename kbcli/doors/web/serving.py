"""The server: a socket on this machine, and the application behind it."""

import uvicorn

from kbcli.doors.web.app import make_app
from kbcli.doors.web.guard import Access
from kbcli.operations.live import LiveBase

HERE = "127.0.0.1"


def name_hosts(port: int, names: tuple[str, ...] = ()) -> frozenset[str]:
    """How browsers may call this server: this machine by its port, and the names that somebody gave, as they are."""
    own = (f"{name}:{port}" for name in ("localhost", HERE, "[::1]"))
    return frozenset((*own, *(name.lower() for name in names)))


def serve(base: LiveBase, *, port: int, user: str) -> None:
    """Serve one base to this machine until it is interrupted."""
    app = make_app(base, Access(name_hosts(port)), user)
    uvicorn.run(
        app,
        host=HERE,
        port=port,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,  # else a header could say that a request came from a proxy
        limit_concurrency=200,
    )
