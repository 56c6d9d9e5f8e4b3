"""Real servers on this machine for tests of the link check: one that speaks HTTP by a script, one that does not."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Route = Callable[[BaseHTTPRequestHandler], None]


class ScriptedServer(ThreadingHTTPServer):
    """Answers each path with its route (404 without one), and remembers who asked for what."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.routes: dict[str, Route] = {}
        self.asked: list[tuple[str, str]] = []
        self.headers: list[dict[str, str]] = []
        self.connections = 0
        self.busy = 0
        self.busiest = 0
        self.counting = threading.Lock()
        self.tls = tls

    def finish_request(self, request, client_address) -> None:
        if self.tls is None:
            super().finish_request(request, client_address)
            return
        with contextlib.suppress(OSError), self.tls.wrap_socket(request, server_side=True) as secured:
            super().finish_request(secured, client_address)

    def process_request(self, request, client_address) -> None:
        self.connections += 1
        super().process_request(request, client_address)

    def handle_error(self, request, client_address) -> None:
        """Clients that hang up are what the tests are about."""

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"{'https' if self.tls else 'http'}://{host}:{self.server_port}{path}"

    def count(self, path: str) -> int:
        return sum(asked == path for _, asked in self.asked)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 5

    def _answer(self) -> None:
        server = self.server
        assert isinstance(server, ScriptedServer)
        with server.counting:
            server.asked.append((self.command, self.path))
            server.headers.append(dict(self.headers))
            server.busy += 1
            server.busiest = max(server.busiest, server.busy)
        try:
            server.routes.get(self.path.partition("?")[0], status(404))(self)
        finally:
            with server.counting:
                server.busy -= 1

    do_GET = do_POST = do_HEAD = _answer  # noqa: N815  the names http.server asks for

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


def status(code: int, **headers: str) -> Route:
    """A route that answers with a status and headers (`_` in their names stands for `-`)."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def redirect(location: str, code: int = 302, **headers: str) -> Route:
    """A route that redirects."""
    return status(code, Location=location, **headers)


def in_turn(*routes: Route) -> Route:
    """A route that answers each request with the next of several; the last one stays."""
    left = list(routes)

    def answer(handler: BaseHTTPRequestHandler) -> None:
        (left.pop(0) if len(left) > 1 else left[0])(handler)

    return answer


def by_method(head: Route, get: Route) -> Route:
    """A route that answers HEAD and GET differently."""
    return lambda handler: (head if handler.command == "HEAD" else get)(handler)


@contextlib.contextmanager
def serve(tls: ssl.SSLContext | None = None) -> Iterator[ScriptedServer]:
    """Run a scripted server."""
    server = ScriptedServer(tls)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


@contextlib.contextmanager
def serve_raw(talk: Callable[[socket.socket], None]) -> Iterator[str]:
    """Run a server that hands each connection to `talk`; gives its URL."""
    listener = socket.create_server(("127.0.0.1", 0))
    done = threading.Event()

    def one(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.settimeout(5)
            talk(connection)

    def accept() -> None:
        while not done.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=one, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    finally:
        done.set()
        # Wakes the accept, which a close alone does not on Linux.
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
