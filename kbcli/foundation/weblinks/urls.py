"""Web addresses: taken apart, made fit to be sent, and matched against the globs of kb.toml."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import IPv6Address
from urllib.parse import quote, urljoin, urlsplit

from kbcli.foundation.disk.paths import match_globs
from kbcli.foundation.typed import compile_late

PORTS = {"http": 80, "https": 443}
MAX_LENGTH = 8_000

_SPACE_OR_CONTROL = compile_late(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_HOST = compile_late(r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?\.?\Z")
_BRACKETS = compile_late(r"[^\[\]]*(?:\[[^\[\]]*\](?::\d*)?)?")
# Everything that RFC 3986 lets stand in a path or query, and the percent sign of what is escaped already.
_PATH_SAFE = "/:@!$&'()*+,;=~-._%"
_QUERY_SAFE = _PATH_SAFE + "?[]{}|^\\`"
_STRAY_PERCENT = compile_late(r"%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True)
class WebAddress:
    """One http or https address without user name, password and fragment.

    `host` is ASCII, lower-case (IDNA 2008 for other scripts; IPv6 without brackets), `target` is
    path and query, percent-encoded.
    """

    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """Host and, where it is not the scheme's own, port: what the Host header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"{self.scheme}://{self.authority}"

    @property
    def url(self) -> str:
        """The address in its one normal form."""
        return self.origin + self.target


def parse_address(text: str) -> WebAddress:
    """Read an http(s) URL; `//host/path` is taken as https. Raises ValueError with a message for people."""
    text = text.strip(" ")
    if _SPACE_OR_CONTROL.search(text):
        raise ValueError("holds control characters")
    if len(text) > MAX_LENGTH:
        raise ValueError("is too long")
    try:
        parts = urlsplit(f"https:{text}" if text.startswith("//") else text)
        port = parts.port
        host = parts.hostname or ""
    except ValueError:
        raise ValueError("is not a valid address") from None
    scheme = parts.scheme.lower()
    if scheme not in PORTS:
        raise ValueError("is not http or https")
    # Browsers take a backslash for a slash: what they would ask is another host than this.
    if port == 0 or "\\" in parts.netloc or not _BRACKETS.fullmatch(parts.netloc):
        raise ValueError("is not a valid address")
    path = quote(_STRAY_PERCENT.sub("%25", parts.path), safe=_PATH_SAFE) or "/"
    query = quote(_STRAY_PERCENT.sub("%25", parts.query), safe=_QUERY_SAFE)
    target = f"{path}?{query}" if query else path
    return WebAddress(scheme, encode_host(host), port or PORTS[scheme], target)


def encode_host(host: str) -> str:
    """A host name as DNS knows it. Raises ValueError with a message for people."""
    if not host:
        raise ValueError("names no host")
    if ":" in host:
        if "%" in host:
            raise ValueError("is not a valid address")
        try:
            IPv6Address(host)
        except ValueError:
            raise ValueError("is not a valid address") from None
        return host.lower()
    if not host.isascii():
        import idna

        try:
            host = idna.encode(host, uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            raise ValueError(f"has a host name that cannot exist: {host}") from None
    host = host.lower()
    if not _HOST.match(host) or ".." in host or len(host) > 254:
        raise ValueError(f"has a host name that cannot exist: {host}")
    return host


def join_address(base: WebAddress, location: str) -> WebAddress:
    """Where a Location header leads from `base`. Raises ValueError as parse_address does."""
    try:
        joined = urljoin(base.url, location.strip(" \t"))
    except ValueError:
        raise ValueError("is not a valid address") from None
    return parse_address(joined)


def match_address(patterns: Iterable[str]) -> Callable[[str], bool]:
    """A test whether an address matches any of the globs of kb.toml's `[links]`.

    A pattern with `://` is for the whole address, any other for host and path, where a host
    alone stands for all of it: `github.com`, `*.example.org`, `example.org/old/**`,
    `https://example.org/**`.
    """
    whole, partial = [], []
    for pattern in patterns:
        if "://" in pattern:
            whole.append(pattern)
        else:
            partial += [pattern, f"{pattern}/**"] if "/" not in pattern else [pattern]
    matches_whole, matches_partial = match_globs(whole), match_globs(partial)

    def matches(url: str) -> bool:
        bare = url.partition("#")[0]
        return matches_whole(bare) or matches_partial(bare.partition("://")[2])

    return matches
