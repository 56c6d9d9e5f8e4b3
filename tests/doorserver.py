"""A real server of the web door, on a port of its own."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import date
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import pytest

TODAY = date(2026, 11, 21)


class Said(NamedTuple):
    """An answer of the server."""

    status: int
    headers: dict[str, str]
    text: str


class Server(NamedTuple):
    """A server that runs; `port` is where."""

    port: int
    base: Any

    def ask(self, path: str, form: dict[str, str] | bytes | None = None, **headers: str) -> Said:
        """The answer to a GET, or to a POST of a form (or of bytes); `Host` and others by their names with _ for -."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        given = {"Host": f"localhost:{self.port}"}
        if isinstance(form, dict):
            form = urlencode(form).encode()
            given["Content-Type"] = "application/x-www-form-urlencoded"
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request("GET" if form is None else "POST", path, form, given)
        answer = connection.getresponse()
        said = Said(
            answer.status,
            {name.lower(): value for name, value in answer.getheaders()},
            answer.read().decode(errors="replace"),
        )
        connection.close()
        return said

    def send(self, request: bytes) -> int:
        """The status that bytes are answered with."""
        with socket.create_connection(("127.0.0.1", self.port), 20) as stream:
            stream.sendall(request)
            return int(stream.recv(4096).split()[1])


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Start a server of a folder, or of an opened base: `serve(root, today=…)`; over HTTPS with `tls`, the files of certificate and key; what else is named is of Access."""
    uvicorn = pytest.importorskip("uvicorn", reason="the extra web is not installed")
    from kbcli.doors.connection import configure_server
    from kbcli.doors.web.app import make_app
    from kbcli.doors.web.guard import Access
    from kbcli.doors.web.serving import name_hosts
    from kbcli.operations.live import LiveBase

    running: list[tuple[Any, threading.Thread]] = []

    def start(
        root: Any,
        today: Callable[[], date] = lambda: TODAY,
        user: str = "ada@example.org",
        with_mcp: bool = False,
        tls: tuple[Path, Path] | None = None,
        **access: Any,
    ) -> Server:
        listener = socket.create_server(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        base = LiveBase(root, today=today) if isinstance(root, Path) else root
        app = make_app(
            base,
            Access(name_hosts(port), **access),
            user if isinstance(root, Path) else "",
            with_mcp=with_mcp,
        )
        server = uvicorn.Server(
            configure_server(
                app,
                lifespan="on" if with_mcp else "off",
                ssl_certfile=tls and tls[0],
                ssl_keyfile=tls and tls[1],
            )
        )
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        running.append((server, thread))
        while not server.started:
            time.sleep(0.005)
        return Server(port, base)

    yield start
    for server, thread in running:
        server.should_exit = True
        thread.join(10)
