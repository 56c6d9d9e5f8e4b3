"""Connections on which every wait ends at one moment: for a name, an address, a certificate, and each part that is sent or read."""

import io
from contextlib import suppress
from http.client import HTTPConnection
from socket import (
    AI_NUMERICHOST,
    IPPROTO_TCP,
    SOCK_STREAM,
    TCP_NODELAY,
    gaierror,
    getaddrinfo,
    socket,
)
from threading import Thread
from time import monotonic

from kbcli.foundation.opensearch.access import Node
from kbcli.foundation.typed import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ssl import SSLContext

CONNECT_SECONDS = 0.3
"""How long one address may take to accept a connection."""

_BLOCK = 1 << 18

_Address = tuple[Any, Any, int, str, Any]


class TimedSocket:
    """A socket whose every wait ends at `until`, however slowly the other side takes or sends."""

    def __init__(self, inner: socket) -> None:
        self._inner = inner
        self.until = 0.0

    def wait(self) -> None:
        """Let the next wait end in time. Raises TimeoutError where that is now."""
        self._inner.settimeout(find_left(self.until))

    def sendall(self, data: bytes) -> None:
        """As that of a socket."""
        left = memoryview(data)
        while left:
            self.wait()
            left = left[self._inner.send(left) :]

    def makefile(self, mode: str) -> io.BufferedReader:
        """What an answer is read from."""
        assert mode == "rb"
        return io.BufferedReader(_TimedStream(self), _BLOCK)

    def recv_into(self, buffer: Any) -> int:
        """As that of a socket."""
        self.wait()
        return self._inner.recv_into(buffer)

    def close(self) -> None:
        """As that of a socket."""
        self._inner.close()


class _TimedStream(io.RawIOBase):
    def __init__(self, inner: TimedSocket) -> None:
        self._socket = inner

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._socket.recv_into(buffer)


def find_left(until: float) -> float:
    """The seconds until a moment. Raises TimeoutError where it is over."""
    left = until - monotonic()
    if left <= 0:
        raise TimeoutError("timed out")
    return left


def open_connection(node: Node, tls: "SSLContext | None", until: float) -> HTTPConnection:
    """A connection to a node, whose `sock` is a TimedSocket. Raises OSError and ValueError, in time."""
    plain = _connect(node, until)
    try:
        plain.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
        plain.settimeout(find_left(until))
        # Of all steps of a handshake together Python waits as long as that.
        secure = plain if tls is None else tls.wrap_socket(plain, server_hostname=node.host)
    except BaseException:
        plain.close()
        raise
    connection = HTTPConnection(node.host, node.port)
    connection.auto_open = 0
    # What http.client asks of a socket is there.
    connection.sock = TimedSocket(secure)
    return connection


def _connect(node: Node, until: float) -> socket:
    """A socket to the first address of a node that accepts one."""
    failure: OSError = ConnectionRefusedError()
    for family, kind, protocol, _, address in _find_addresses(node, until):
        plain = socket(family, kind, protocol)
        try:
            plain.settimeout(min(find_left(until), CONNECT_SECONDS))
            plain.connect(address)
        except OSError as error:
            plain.close()
            failure = error
        else:
            return plain
    raise failure


def _find_addresses(node: Node, until: float) -> list[_Address]:
    """The addresses of a node. The system looks names up for as long as it likes: somebody else waits for it."""
    with suppress(gaierror):
        return getaddrinfo(node.host, node.port, type=SOCK_STREAM, flags=AI_NUMERICHOST)
    found: list[list[_Address] | Exception] = []
    thread = Thread(target=_look_up, args=(node, found), daemon=True)
    thread.start()
    thread.join(find_left(until))
    if not found:
        raise TimeoutError("timed out")
    if isinstance(found[0], Exception):
        raise found[0]
    return found[0]


def _look_up(node: Node, found: list[list[_Address] | Exception]) -> None:
    try:
        found.append(getaddrinfo(node.host, node.port, type=SOCK_STREAM))
    except (OSError, ValueError) as error:
        found.append(error)
