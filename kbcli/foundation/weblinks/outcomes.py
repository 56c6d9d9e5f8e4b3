"""What asking for one web address can end in, and the settings under which it is asked."""

import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from kbcli.foundation.typed import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import ssl

Progress = Callable[[int, int], None]
Resolve = Callable[[str, int], Sequence[str]]

FINE, MOVED, BROKEN, UNSURE = "fine", "moved", "broken", "unsure"


class Outcome(NamedTuple):
    """How an address answered.

    `kind` is `fine`, `moved` (fine, but permanently at `url`), `broken` (certainly of no use to a
    reader) or `unsure` (could not tell: a passing fault, or the address may not be asked).
    `message` continues a sentence that begins with the address. `status` is the last HTTP status,
    0 when there was none. `fault` is the kind of WebError when it was one that decided.
    """

    kind: str
    message: str = ""
    url: str = ""
    status: int = 0
    fault: str = ""


class Answer(NamedTuple):
    """The head of an HTTP response. `location` and `retry_after` are header values, "" when absent."""

    status: int
    location: str = ""
    retry_after: str = ""
    sets_cookie: bool = False


class WebError(Exception):
    """A request that got no answer.

    `kind` is `refused` (kb does not ask such an address), `no-host`, `dns`, `connect`, `timeout`,
    `certificate`, `tls` or `protocol`.
    """

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message


def resolve_host(host: str, port: int) -> tuple[str, ...]:
    """The IP addresses of a host, in the system's order. Raises WebError `no-host` or `dns`.

    It takes as long as the system's resolver takes: Python cannot give it a deadline.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        if error.errno in (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)):
            raise WebError("no-host", f"names a host that does not exist: {host}") from error
        raise WebError("dns", f"names a host that could not be looked up: {host}") from error
    except (UnicodeError, ValueError, OSError) as error:
        raise WebError("no-host", f"names a host that does not exist: {host}") from error
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, slots=True)
class WebSettings:
    """How patiently and how carefully the web is asked; times in seconds.

    `timeout` is for one request as a whole, from connecting to the last header. A request that
    fails for a passing reason is sent `retries` more times, after `backoff`, then twice that.
    A server that asks (Retry-After) to be left alone for up to `max_wait` is left alone that
    long, for longer it is not asked again. At most `per_host` requests run on one host, `delay`
    apart. `private` lets requests go to loopback and private addresses (never to link-local,
    metadata and multicast ones). `resolve` looks names up; `tls` replaces the system's
    certificates, `proxies` (scheme to URL, `no` for exceptions) the environment's.
    """

    timeout: float = 10.0
    retries: int = 2
    backoff: float = 1.0
    max_wait: float = 30.0
    max_redirects: int = 8
    max_bytes: int = 131_072
    workers: int = 16
    per_host: int = 2
    delay: float = 0.2
    private: bool = False
    resolve: Resolve = resolve_host
    tls: "ssl.SSLContext | None" = None
    proxies: Mapping[str, str] | None = None
