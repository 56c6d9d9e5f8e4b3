"""Who may ask, and what every answer says to the browser: the first thing that sees a request."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from anyio import fail_after
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from kbcli.render.escape import make_visible

MAX_BODY = 1_000_000
"""Bytes of a form, a ticket among them."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
OWN_STYLE = "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
"""For a page that runs nothing and carries its style."""

_HEADERS = {
    b"content-security-policy": POLICY.encode(),
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"same-origin",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"x-frame-options": b"DENY",
    b"cache-control": b"no-store",
}
_LOOKS = ("GET", "HEAD")
_OWN_SITES = (["same-origin"], ["none"])
SIDEBAR = "/sidebar"
"""The one page that others may show in a frame, and send a ticket to: it changes nothing."""
SECONDS = 20
"""For a request to arrive, and for its answer; then the server gives up."""
_MOST_NAME = 200
"""Bytes of the name of who asks."""


class Access(NamedTuple):
    """Who is let in.

    `hosts` are the names and ports that this server is asked by, as browsers send them, in lower case.
    With `user_header` each request must carry that header, and come from one of `proxies` (an address, or
    "" for a Unix socket): the reverse proxy that has asked who it is.
    """

    hosts: frozenset[str]
    user_header: str = ""
    proxies: frozenset[str] = frozenset()


class Guard:
    """Middleware: exact hosts (DNS rebinding), no write and no load from another site, a limit of size, headers on every answer."""

    def __init__(
        self, app: ASGIApp, access: Access, find_framers: Callable[[], Sequence[str]] = tuple
    ) -> None:
        """`find_framers` gives the origins whose pages may frame the sidebar."""
        self._app = app
        self._access = access
        self._find_framers = find_framers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a request, or hand it on with the name of who asks in its state."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        framers = self._find_framers() if scope["path"] == SIDEBAR else ()
        secured = _allow_frames(framers) if framers else _HEADERS

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *((name, value) for name, value in secured.items() if name not in given),
                ]
            await send(message)

        given = self._judge(scope, framers) or await _receive_whole(scope, receive)
        if given is None:  # whoever asked is gone
            return
        if isinstance(given, Response):
            await given(scope, receive, send_guarded)
            return
        await self._app(scope, given, send_guarded)

    def _judge(self, scope: Scope, framers: Sequence[str]) -> PlainTextResponse | None:
        """Why a request is refused; None where it is not, and then its state has a `user`."""
        headers: dict[str, list[str]] = {}
        for name, value in scope["headers"]:
            headers.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
        if "transfer-encoding" in headers and "content-length" in headers:
            # A proxy that goes by the other one would take the rest for a request of somebody else (RFC 9112, 6.1).
            return PlainTextResponse("one length, please", 400, {"Connection": "close"})
        hosts = headers.get("host", [])
        if len(hosts) != 1:
            return PlainTextResponse("one Host, please", 400)
        if hosts[0].lower() not in self._access.hosts:
            return PlainTextResponse("this host is not served here", 421)
        is_framer = headers.get("origin") in [[origin] for origin in framers]
        is_look = scope["method"] in _LOOKS
        is_fair = (
            _is_visit(headers, may_frame=bool(framers))
            if is_look
            else is_framer or _is_same_site(headers, hosts[0].lower())
        )
        if not is_fair:
            return PlainTextResponse("a request from another site is refused", 403)
        length = headers.get("content-length", ["0"])[-1]
        if not length.isdecimal() or int(length) > MAX_BODY:
            return PlainTextResponse("too long", 413)
        return self._find_user(scope, headers)

    def _find_user(
        self, scope: dict[str, Any] | Scope, headers: Mapping[str, list[str]]
    ) -> PlainTextResponse | None:
        state = scope.setdefault("state", {})
        state["user"] = ""
        if not self._access.user_header:
            return None
        client = scope.get("client")
        if (client[0] if client else "") not in self._access.proxies:
            return PlainTextResponse("ask through the proxy", 403)
        names = headers.get(self._access.user_header.lower(), [])
        if len(names) != 1 or not 0 < len(names[0].strip()) <= _MOST_NAME:
            return PlainTextResponse("the proxy did not say who you are", 401)
        name = names[0].encode("latin-1").decode("utf-8", "replace").strip()
        if make_visible(name) != name:  # it will stand in cards, and in git
            return PlainTextResponse("your name has hidden characters", 401)
        state["user"] = name
        return None


def _allow_frames(framers: Sequence[str]) -> Mapping[bytes, bytes]:
    """The headers of a page that these origins may frame; X-Frame-Options cannot name them."""
    policy = POLICY.replace("frame-ancestors 'none'", f"frame-ancestors {' '.join(framers)}")
    framed = {**_HEADERS, b"content-security-policy": policy.encode()}
    del framed[b"x-frame-options"]
    return framed


def _is_visit(headers: Mapping[str, list[str]], *, may_frame: bool) -> bool:
    """Whether a look comes from a page of this server, a program, or somebody who follows a link; with `may_frame` also from a frame.

    A page of another site that loads this, as a picture or in a frame, may not read it, but measures how long it takes.
    """
    if headers.get("sec-fetch-site", ["none"]) in _OWN_SITES:
        return True
    is_tab = headers.get("sec-fetch-dest", ["document"]) == ["document"]
    return headers.get("sec-fetch-mode") == ["navigate"] and (is_tab or may_frame)


def _is_same_site(headers: Mapping[str, list[str]], host: str) -> bool:
    """Whether a write comes from a page of this server, or from a program that is no browser.

    Browsers say where a request comes from by Sec-Fetch-Site, older ones by Origin (Fetch Metadata, RFC 6454).
    """
    if sites := headers.get("sec-fetch-site"):
        return sites in _OWN_SITES
    if origins := headers.get("origin"):
        return len(origins) == 1 and origins[0].lower() in (f"http://{host}", f"https://{host}")
    return True


async def _receive_whole(scope: Scope, receive: Receive) -> Receive | Response | None:
    """What gives the body, which has arrived; a refusal of one that is too long or too slow; None where nobody waits."""
    if scope["method"] in _LOOKS:
        return receive
    body, is_more = bytearray(), True
    try:
        with fail_after(SECONDS):
            while is_more:
                message = await receive()
                if message["type"] != "http.request":
                    return None
                body += message.get("body", b"")
                is_more = message.get("more_body", False)
                if len(body) > MAX_BODY:
                    return PlainTextResponse("too long", 413)
    except TimeoutError:
        return PlainTextResponse("the request did not arrive", 408, {"Connection": "close"})
    whole: list[Message] = [{"type": "http.request", "body": bytes(body), "more_body": False}]

    async def receive_again() -> Message:
        return whole.pop() if whole else await receive()

    return receive_again
