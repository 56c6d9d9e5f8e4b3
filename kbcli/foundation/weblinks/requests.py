"""One request to one address: a HEAD or a GET, nothing that says who asks, and no redirect followed.

Its connection goes only where it was judged to go, and ends when its time or bytes are used up.
That is the public internet, and private networks only when the user said so.
"""

import ssl
import threading
import time
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import unquote, urlsplit

import httpcore

from kbcli import __version__
from kbcli.errors import ConfigError
from kbcli.foundation.typed import Any
from kbcli.foundation.weblinks.outcomes import Answer, WebError, WebSettings
from kbcli.foundation.weblinks.urls import PORTS, WebAddress, parse_address

_TRIED_ADDRESSES = 3
_NAT64 = IPv6Network("64:ff9b::/96")
_NEVER = tuple(
    ip_network(net)
    for net in (
        "0.0.0.0/8",  # this host
        "169.254.0.0/16",  # link-local
        "192.0.0.0/24",  # protocol assignments
        "240.0.0.0/4",  # reserved
        "fe80::/10",  # link-local
        "fec0::/10",  # site-local
        "64:ff9b:1::/48",  # local NAT64
        "100::/64",  # discard
        # Where cloud providers serve a machine its credentials.
        "100.100.100.200/32",
        "168.63.129.16/32",
        "fd00:ec2::254/128",
    )
)
_SHARED = ip_network("100.64.0.0/10")
_GLOBAL_V6 = ip_network("2000::/3")


class Meter(threading.local):
    """What the request that runs on this thread may still use: seconds, and bytes to read."""

    def __init__(self) -> None:
        self._end = 0.0
        self._bytes = 0

    def start(self, seconds: float, size: int) -> None:
        """Begin a request."""
        self._end = time.monotonic() + seconds
        self._bytes = size

    def limit(self, timeout: float | None) -> float:
        """The seconds that one operation may take. Raises httpcore.ReadTimeout when none are left."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout("the time for this request is used up")
        return left if timeout is None else min(left, timeout)

    def count(self, size: int) -> None:
        """Note bytes that were read. Raises httpcore.ReadError when they were too many."""
        self._bytes -= size
        if self._bytes < 0:
            raise httpcore.ReadError("the server sends more than an answer needs")


class PinnedBackend(httpcore.NetworkBackend):
    """Looks a name up once, judges what it found, and connects to just that.

    So neither a redirect nor a name whose address changes between two look-ups (DNS rebinding)
    leads into a private network. `trusted` are (host, port) of the user's own proxies. Raises
    WebError for names that do not exist and addresses that are refused, else as httpcore does.
    """

    def __init__(self, settings: WebSettings, meter: Meter, trusted: Iterable[tuple[str, int]] = ()) -> None:
        self._settings = settings
        self._meter = meter
        self._trusted = frozenset(trusted)
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection to the first address of `host` that is allowed and answers."""
        if (host, port) in self._trusted:
            addresses = list(self._settings.resolve(host, port))
        else:
            addresses = find_addresses(self._settings, host, port)
        failure: Exception = httpcore.ConnectError("no address")
        for address in addresses[:_TRIED_ADDRESSES]:
            try:
                stream = self._inner.connect_tcp(
                    address, port, self._meter.limit(timeout), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return _MeteredStream(stream, self._meter)
        raise failure


def find_addresses(settings: WebSettings, host: str, port: int) -> list[str]:
    """The addresses of a host that may be connected to. Raises WebError when there is none."""
    found = settings.resolve(host, port)
    allowed = [address for address in found if may_connect(address, private=settings.private)]
    if not allowed:
        raise WebError(
            "refused", "leads to an address that is not on the public internet, so it was not asked"
        )
    return allowed


class _MeteredStream(httpcore.NetworkStream):
    """A stream whose every operation ends within what the meter of its request allows."""

    def __init__(self, inner: httpcore.NetworkStream, meter: Meter) -> None:
        self._inner = inner
        self._meter = meter

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = self._inner.read(max_bytes, self._meter.limit(timeout))
        self._meter.count(len(data))
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._meter.limit(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        inner = self._inner.start_tls(ssl_context, server_hostname, self._meter.limit(timeout))
        return _MeteredStream(inner, self._meter)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def may_connect(text: str, *, private: bool) -> bool:
    """Whether an IP address may be connected to.

    Addresses that embed an IPv4 address (mapped, 6to4, Teredo, NAT64) are judged by that too.
    With `private`, loopback, private (RFC 1918, ULA) and shared (RFC 6598) ones are allowed;
    link-local, metadata, multicast and reserved ones never are.
    """
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return all(_may_connect_to(one, private=private) for one in _unwrap(address))


def _unwrap(address: IPv4Address | IPv6Address) -> list[IPv4Address | IPv6Address]:
    if isinstance(address, IPv4Address):
        return [address]
    if address.ipv4_mapped:
        return [address.ipv4_mapped]
    if address in _NAT64 or (int(address) >> 32 == 0 and int(address) > 1):
        return [IPv4Address(int(address) & 0xFFFFFFFF)]
    if address.sixtofour:
        return [address, address.sixtofour]
    if address.teredo:
        return [address, *address.teredo]
    return [address]


def _may_connect_to(address: IPv4Address | IPv6Address, *, private: bool) -> bool:
    if address.is_multicast or address.is_unspecified or any(address in net for net in _NEVER):
        return False
    if address.is_loopback or address in _SHARED:
        return private
    if isinstance(address, IPv6Address):
        if address in _GLOBAL_V6:
            return address.is_global or address.sixtofour is not None
        return private and address.is_private
    return address.is_global or (private and address.is_private)


USER_AGENT = f"kb/{__version__} (checks the links of a knowledge base)"
_KEEP = 5.0


class Requester:
    """Sends requests, over connections that are kept for a host's next one. Any thread may use it.

    The proxies of the environment (HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY) are used. A
    proxy looks names up itself, so through one an address is judged by a look-up of our own,
    which cannot be pinned. Raises ConfigError for a proxy that is neither http nor https.
    """

    def __init__(self, settings: WebSettings) -> None:
        self._settings = settings
        given = settings.proxies
        if given is None:
            from urllib.request import getproxies_environment

            given = getproxies_environment()
        self._exceptions = given.get("no", "")
        urls = {scheme: given.get(scheme) or given.get("all") for scheme in PORTS}
        proxies = {scheme: _read_proxy(url) for scheme, url in urls.items() if url}
        tls = settings.tls or make_tls_context()
        self._meter = Meter()
        trusted = [(address.host, address.port) for address, _ in proxies.values()]
        size = settings.workers * 2
        self._direct = httpcore.ConnectionPool(
            ssl_context=tls,
            max_connections=size,
            keepalive_expiry=_KEEP,
            network_backend=PinnedBackend(settings, self._meter),
        )
        self._pools = {
            scheme: httpcore.HTTPProxy(
                _make_url(address),
                proxy_auth=login,
                ssl_context=tls,
                proxy_ssl_context=make_tls_context() if address.scheme == "https" else None,
                max_connections=size,
                keepalive_expiry=_KEEP,
                network_backend=PinnedBackend(settings, self._meter, trusted),
            )
            for scheme, (address, login) in proxies.items()
        }

    def close(self) -> None:
        """Close every connection."""
        for pool in (self._direct, *self._pools.values()):
            pool.close()

    def send(self, method: str, address: WebAddress) -> Answer:
        """The head of the answer; its body is not read. Raises WebError when there is none."""
        settings = self._settings
        pool = self._pick_pool(address)
        self._meter.start(settings.timeout, settings.max_bytes)
        headers: list[tuple[bytes | str, bytes | str]] = [
            ("Host", address.authority),
            ("User-Agent", USER_AGENT),
            ("Accept", "*/*"),
            ("Accept-Encoding", "identity"),
        ]
        waits = dict.fromkeys(("connect", "read", "write", "pool"), settings.timeout)
        try:
            with pool.stream(
                method, _make_url(address), headers=headers, extensions={"timeout": waits}
            ) as response:
                if method == "HEAD":
                    # Ends the exchange, without which the connection could not be used again.
                    response.read()
                # Of several of one name, the first counts.
                found = {name.lower(): _decode_header(value) for name, value in reversed(response.headers)}
                return Answer(
                    response.status,
                    found.get(b"location", ""),
                    found.get(b"retry-after", ""),
                    sets_cookie=b"set-cookie" in found,
                )
        except httpcore.TimeoutException as error:
            raise WebError("timeout", f"did not answer within {settings.timeout:g} seconds") from error
        except httpcore.ConnectError as error:
            raise _explain_connect(error) from error
        except httpcore.ProxyError as error:
            raise WebError("connect", f"could not be reached through the proxy: {error}") from error
        except (
            httpcore.NetworkError,
            httpcore.ProtocolError,
            httpcore.UnsupportedProtocol,
            OSError,
        ) as error:
            raise WebError("protocol", "answered with something that is not HTTP, or broke off") from error

    def _pick_pool(self, address: WebAddress) -> httpcore.ConnectionPool:
        pool = self._pools.get(address.scheme)
        if pool is None or _bypasses(address, self._exceptions):
            return self._direct
        try:
            find_addresses(self._settings, address.host, address.port)
        except WebError as error:
            # Behind a proxy a machine often knows no outside names: then the proxy must judge.
            if error.kind == "refused":
                raise
        return pool


def _make_url(address: WebAddress) -> httpcore.URL:
    return httpcore.URL(
        scheme=address.scheme.encode(),
        host=address.host.encode(),
        port=None if address.port == PORTS[address.scheme] else address.port,
        target=address.target.encode(),
    )


def _decode_header(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _explain_connect(error: Exception) -> WebError:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            reason = cause.verify_message or cause.reason
            return WebError("certificate", f"has a certificate that is not valid: {reason}")
        if isinstance(cause, ssl.SSLError):
            return WebError("tls", f"could not agree on encryption: {cause.reason or cause}")
        if isinstance(cause, ConnectionRefusedError):
            return WebError("connect", "refused the connection")
        cause = cause.__cause__ or cause.__context__
    return WebError("connect", "could not be reached")


def make_tls_context() -> ssl.SSLContext:
    """The system's certificates (also those of SSL_CERT_FILE); Mozilla's where the system has none."""
    context = ssl.create_default_context()
    paths = ssl.get_default_verify_paths()
    if not (context.cert_store_stats()["x509_ca"] or paths.cafile or paths.capath):
        import certifi

        context.load_verify_locations(certifi.where())
    return context


def _read_proxy(url: str) -> tuple[WebAddress, tuple[bytes, bytes] | None]:
    """Where a proxy is, and the name and password it wants. Raises ConfigError."""
    if "://" not in url:
        url = f"http://{url}"
    try:
        address = parse_address(url)
    except ValueError as error:
        hint = "Set HTTP_PROXY and HTTPS_PROXY to an http:// address, or unset them."
        raise ConfigError("the proxy of the environment is not an http or https address", hint) from error
    parts = urlsplit(url)
    login = unquote(parts.username or "").encode(), unquote(parts.password or "").encode()
    return address, login if parts.username else None


def _bypasses(address: WebAddress, exceptions: str) -> bool:
    if not exceptions:
        return False
    from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]  # documented by its users only

    return bool(proxy_bypass_environment(address.authority, {"no": exceptions}))
