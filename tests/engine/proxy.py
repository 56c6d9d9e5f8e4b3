"""What stands before an engine in a company: TLS, names and passwords, and a role that may only read.

The published artifacts have no security plugin. This is no model of one: it knows who may write, who may
ask about the cluster, and which indexes are somebody's.

    users = {"pusher": User("…", writes=True), "reader": User("…", indexes="kb-*", monitors=False)}
    with guard(cluster.urls[0], users) as door:
        door.url, door.ca        # https://localhost:…, and the path of the CA that vouches for it
        door.passed              # [(user or "", method, path, status), …]
"""

import base64
import contextlib
import datetime as dt
import fnmatch
import http.client
import json
import ssl
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import trustme
from webserver import ScriptedServer

_READS = {
    "_search",
    "_mtermvectors",
    "_msearch",
    "_count",
    "_mget",
    "_termvectors",
    "_field_caps",
    "_analyze",
    "_explain",
}
_CLUSTER = {"_cluster", "_cat", "_nodes", "_stats", "_tasks", ""}


class User(NamedTuple):
    """A password, and what its owner may do: change things, ask about the cluster, which indexes (patterns between commas)."""

    password: str
    writes: bool = False
    indexes: str = "*"
    monitors: bool = True

    def may(self, method: str, path: str) -> bool:
        """Is this request allowed?"""
        first, *rest = urlsplit(path).path.strip("/").split("/")
        if first in _CLUSTER:
            return self.monitors and (self.writes or method in ("GET", "HEAD"))
        if first.startswith("_"):
            # The indexes are named in the body, or are all: nothing for somebody with a few.
            mine = self.indexes == "*"
        else:
            patterns = self.indexes.split(",")
            mine = all(
                any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns) for name in first.split(",")
            )
        reads = method in ("GET", "HEAD") or (method == "POST" and not _READS.isdisjoint((first, *rest)))
        return mine and (self.writes or reads)


class Guard(ScriptedServer):
    """Asks who comes, and hands what is allowed to one node; `target` may be set to another."""

    def __init__(self, target: str, users: Mapping[str, User], tls: ssl.SSLContext | None) -> None:
        super().__init__(tls)
        self.RequestHandlerClass = _Handler
        self.target, self.users = target, users
        self.ca = ""
        self.passed: list[tuple[str, str, str, int]] = []


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60

    def _answer(self) -> None:
        guard = self.server
        assert isinstance(guard, Guard)
        body = read_body(self)
        name = _name_user(self.headers.get("Authorization", ""), guard.users)
        if name is None:
            status, kind, said = 401, "text/plain; charset=UTF-8", b"Unauthorized"
        elif not guard.users[name].may(self.command, self.path):
            cause = {"type": "security_exception", "reason": f"no permissions for User [name={name}]"}
            error = {"error": {"root_cause": [cause], **cause}, "status": 403}
            status, kind, said = 403, "application/json; charset=UTF-8", json.dumps(error).encode()
        else:
            status, kind, said = self._ask_node(guard.target, body)
        with guard.counting:
            guard.passed.append((name or "", self.command, self.path, status))
        self.send_response(status)
        if status == 401:
            self.send_header("WWW-Authenticate", 'Basic realm="OpenSearch Security"')
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(said)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _answer  # noqa: N815  the names http.server asks for

    def _ask_node(self, target: str, body: bytes) -> tuple[int, str, bytes]:
        connection = http.client.HTTPConnection(urlsplit(target).netloc, timeout=60)
        headers = {name: self.headers[name] for name in ("Content-Type", "Accept") if name in self.headers}
        with contextlib.closing(connection):
            try:
                connection.request(self.command, self.path, body or None, headers)
                answer = connection.getresponse()
                return answer.status, answer.headers.get("Content-Type", "text/plain"), answer.read()
            except (OSError, http.client.HTTPException):
                return 502, "text/html", b"<html><h1>502 Bad Gateway</h1></html>"

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


def read_body(handler: BaseHTTPRequestHandler) -> bytes:
    """The whole body of a request, by its length or in chunks."""
    if handler.headers.get("Transfer-Encoding", "").lower() != "chunked":
        return handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
    chunks = []
    while size := int(handler.rfile.readline().partition(b";")[0], 16):
        chunks.append(handler.rfile.read(size))
        handler.rfile.readline()
    handler.rfile.readline()
    return b"".join(chunks)


def _name_user(authorization: str, users: Mapping[str, User]) -> str | None:
    kind, _, words = authorization.partition(" ")
    with contextlib.suppress(ValueError):
        name, _, password = base64.b64decode(words, validate=True).decode().partition(":")
        if kind == "Basic" and name in users and users[name].password == password:
            return name
    return None


@contextlib.contextmanager
def guard(
    target: str,
    users: Mapping[str, User],
    *,
    names: Sequence[str] = ("localhost", "127.0.0.1"),
    expired: bool = False,
    secured: bool = True,
) -> Iterator[Guard]:
    """Run a guard before a node, with a certificate for `names` by a CA of its own."""
    tls, authority = None, trustme.CA()
    if secured:
        until = dt.datetime.now(dt.UTC) - dt.timedelta(days=1) if expired else None
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(*names, not_after=until).configure_cert(tls)
    server = Guard(target, users, tls)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    with tempfile.TemporaryDirectory() as folder:
        server.ca = str(Path(folder, "ca.pem"))
        authority.cert_pem.write_to_path(server.ca)
        try:
            yield server
        finally:
            server.shutdown()
            server.server_close()
