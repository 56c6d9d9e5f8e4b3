"""One request to one address: a HEAD or a GET, nothing that says who asks, and no redirect followed."""

import ssl
from base64 import b64encode
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

import httpcore

from kbcli import __version__
from kbcli.errors import ConfigError
from kbcli.foundation.weblinks.connection import Meter, PinnedBackend, find_addresses
from kbcli.foundation.weblinks.outcomes import Answer, WebError, WebSettings
from kbcli.foundation.weblinks.urls import PORTS, WebAddress

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
        self._proxies = _read_proxies(settings.proxies)
        tls = settings.tls or make_tls_context()
        self._meter = Meter()
        size = settings.workers * 2
        self._direct = httpcore.ConnectionPool(
            ssl_context=tls,
            max_connections=size,
            keepalive_expiry=_KEEP,
            network_backend=PinnedBackend(settings, self._meter),
        )
        trusted = [place for url in self._proxies.values() if (place := _locate_proxy(url))]
        backend = PinnedBackend(settings, self._meter, trusted)
        self._pools = {
            scheme: _open_proxy(url, tls, backend, size)
            for scheme, url in self._proxies.items()
            if scheme in PORTS
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
        port = None if address.port == PORTS[address.scheme] else address.port
        url = httpcore.URL(
            scheme=address.scheme.encode(),
            host=address.host.encode(),
            port=port,
            target=address.target.encode(),
        )
        headers: list[tuple[bytes | str, bytes | str]] = [
            ("Host", address.authority),
            ("User-Agent", USER_AGENT),
            ("Accept", "*/*"),
            ("Accept-Encoding", "identity"),
        ]
        waits = dict.fromkeys(("connect", "read", "write", "pool"), settings.timeout)
        try:
            with pool.stream(method, url, headers=headers, extensions={"timeout": waits}) as response:
                if method == "HEAD":
                    # Ends the exchange, without which the connection could not be used again.
                    response.read()
                return _read_head(response)
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
        if pool is None or _bypasses(address, self._proxies.get("no", "")):
            return self._direct
        try:
            find_addresses(self._settings, address.host, address.port)
        except WebError as error:
            # Behind a proxy a machine often knows no outside names: then the proxy must judge.
            if error.kind == "refused":
                raise
        return pool


def _read_head(response: httpcore.Response) -> Answer:
    found: dict[bytes, str] = {}
    for name, value in response.headers:
        found.setdefault(name.lower(), _decode_header(value))
    return Answer(
        response.status,
        found.get(b"location", ""),
        found.get(b"retry-after", ""),
        sets_cookie=b"set-cookie" in found,
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


def _read_proxies(given: Mapping[str, str] | None) -> dict[str, str]:
    if given is None:
        from urllib.request import getproxies_environment

        given = getproxies_environment()
    proxies = {scheme: url for scheme in PORTS if (url := given.get(scheme) or given.get("all"))}
    for url in proxies.values():
        if _locate_proxy(url) is None:
            hint = "Set HTTP_PROXY and HTTPS_PROXY to an http:// address, or unset them."
            raise ConfigError("the proxy of the environment is not an http or https address", hint)
    return {**proxies, "no": given.get("no", "")}


def _locate_proxy(url: str) -> tuple[str, int] | None:
    try:
        parts = urlsplit(url if "://" in url else f"http://{url}")
        if parts.scheme in PORTS and parts.hostname:
            return parts.hostname, parts.port or PORTS[parts.scheme]
    except ValueError:
        pass
    return None


def _open_proxy(url: str, tls: ssl.SSLContext, backend: PinnedBackend, size: int) -> httpcore.HTTPProxy:
    parts = urlsplit(url if "://" in url else f"http://{url}")
    place = _locate_proxy(url)
    assert place is not None
    headers = []
    if parts.username:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
        headers.append((b"Proxy-Authorization", b"Basic " + b64encode(pair)))
    target = httpcore.URL(scheme=parts.scheme.encode(), host=place[0].encode(), port=place[1], target=b"/")
    proxy_tls = make_tls_context() if parts.scheme == "https" else None
    return httpcore.HTTPProxy(
        target,
        proxy_headers=headers,
        ssl_context=tls,
        proxy_ssl_context=proxy_tls,
        max_connections=size,
        keepalive_expiry=_KEEP,
        network_backend=backend,
    )


def _bypasses(address: WebAddress, exceptions: str) -> bool:
    if not exceptions:
        return False
    from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]  # documented by its users only

    return bool(proxy_bypass_environment(address.authority, {"no": exceptions}))
