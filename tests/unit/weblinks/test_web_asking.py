"""Asking real servers on this machine, good ones and broken ones."""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from pathlib import Path

import pytest
import trustme
from webserver import ScriptedServer, by_method, in_turn, redirect, serve, serve_raw, status

from kbcli.errors import ConfigError
from kbcli.foundation.weblinks import requests
from kbcli.foundation.weblinks.asking import LinkCache, ask_web
from kbcli.foundation.weblinks.outcomes import Outcome, WebError, WebSettings, resolve_host

FAST = {"timeout": 2.0, "retries": 1, "backoff": 0.01, "delay": 0.0, "private": True, "proxies": {}}


def ask(url: str, **changes: object) -> Outcome:
    """How one address answers, under impatient settings."""
    return ask_web([url], WebSettings(**{**FAST, **changes}))[url]  # type: ignore[arg-type]


make_tls_context = cache(requests.make_tls_context)


@pytest.fixture(autouse=True)
def one_tls_context(monkeypatch: pytest.MonkeyPatch) -> None:
    """The authorities of this machine are read once, not for each question."""
    monkeypatch.setattr(requests, "make_tls_context", make_tls_context)


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """A server with one page, /fine."""
    with serve() as running:
        running.routes["/fine"] = status(200)
        yield running


# --- answers


def test_a_page_that_answers_is_fine(server: ScriptedServer) -> None:
    """One HEAD is all that a good link costs."""
    assert ask(server.url("/fine")) == Outcome("fine", status=200)
    assert server.asked == [("HEAD", "/fine")]


def test_a_missing_page_is_broken(server: ScriptedServer) -> None:
    """404 and 410, confirmed by a GET, are broken."""
    server.routes["/gone"] = status(410)
    assert ask(server.url("/nothing")).message == "answers 404 (not found)"
    assert ask(server.url("/gone")).message == "answers 410 (gone)"
    assert server.asked[:2] == [("HEAD", "/nothing"), ("GET", "/nothing")]


def test_a_server_that_refuses_head_is_asked_with_get(server: ScriptedServer) -> None:
    """405, or even 404, to a HEAD says nothing when the GET answers."""
    server.routes["/a"] = by_method(status(405), status(200))
    server.routes["/b"] = by_method(status(404), status(200))
    assert ask(server.url("/a")).kind == ask(server.url("/b")).kind == "fine"


def test_a_fragment_is_no_other_page(server: ScriptedServer) -> None:
    """Links to parts of one page cost one request, and the fragment is not sent."""
    urls = [server.url("/fine#a"), server.url("/fine#ü"), server.url("/fine")]
    outcomes = ask_web(urls, WebSettings(**FAST))
    assert {outcome.kind for outcome in outcomes.values()} == {"fine"}
    assert server.asked == [("HEAD", "/fine")]


def test_other_scripts_in_addresses_are_sent_as_the_web_wants_them(server: ScriptedServer) -> None:
    """An address in any script reaches the page it names."""
    server.routes["/stra%C3%9Fe%20%E9%A0%81"] = status(200)
    url = server.url("/straße 頁?q=ü", host="bücher.example")
    assert ask(url, resolve=lambda _host, _port: ("127.0.0.1",)).kind == "fine"
    assert server.asked[-1][1] == "/stra%C3%9Fe%20%E9%A0%81?q=%C3%BC"
    assert server.headers[-1]["Host"] == f"xn--bcher-kva.example:{server.server_port}"


def test_nothing_tells_who_asks(server: ScriptedServer) -> None:
    """No password of a link, cookie, authorization or referrer is sent, and the tool names itself."""
    server.routes["/start"] = redirect("/fine", Set_Cookie="a=b")
    ask(server.url("/start").replace("http://", "http://user:secret@"))
    for headers in server.headers:
        assert set(headers) == {"Host", "User-Agent", "Accept", "Accept-Encoding"}
        assert headers["User-Agent"].startswith("kb/")


@pytest.mark.parametrize("code", [403, 451, 429, 500, 502, 503, 504])
def test_what_may_pass_is_not_called_broken(server: ScriptedServer, code: int) -> None:
    """A refusal to a robot, an overload or an outage is doubt."""
    server.routes["/a"] = status(code)
    assert ask(server.url("/a")) == Outcome("unsure", f"answers {code}", status=code)


def test_a_passing_outage_is_waited_out(server: ScriptedServer) -> None:
    """A server that answers at the second try is fine."""
    server.routes["/a"] = in_turn(status(502), status(503), status(200))
    assert ask(server.url("/a")).kind == "fine"


# --- redirects


def test_a_permanent_redirect_is_a_move(server: ScriptedServer) -> None:
    """301 and 308 give the new address, as far as they go without a temporary one between."""
    server.routes |= {"/a": redirect("/b", 301), "/b": redirect("/c", 308), "/c": redirect("/fine", 302)}
    outcome = ask(server.url("/a"))
    assert (outcome.kind, outcome.url) == ("moved", server.url("/c"))


def test_a_temporary_redirect_is_fine(server: ScriptedServer) -> None:
    """302, 303 and 307 are followed, and what comes after them does not count as a move."""
    server.routes |= {"/a": redirect("/b", 307), "/b": redirect("/fine", 301)}
    assert ask(server.url("/a")).kind == "fine"


def test_a_slash_at_the_end_is_no_move(server: ScriptedServer) -> None:
    """A redirect to the same address with a slash is not worth anyone's time."""
    server.routes |= {"/docs": redirect("/docs/", 301), "/docs/": status(200)}
    assert ask(server.url("/docs")).kind == "fine"


def test_a_redirect_to_a_missing_page_is_broken(server: ScriptedServer) -> None:
    """Where a link ends decides, and the finding names that place."""
    server.routes["/a"] = redirect("/nothing", 301)
    outcome = ask(server.url("/a"))
    assert outcome.kind == "broken"
    assert outcome.message == f"leads to {server.url('/nothing')}, which answers 404 (not found)"


def test_a_redirect_loop_is_broken(server: ScriptedServer) -> None:
    """A link that goes in a circle is broken, unless the site only waits for its cookie to come back."""
    server.routes |= {"/a": redirect("/b"), "/b": redirect("/a"), "/c": redirect("/c", Set_Cookie="seen=1")}
    assert ask(server.url("/a")) == Outcome("broken", "redirects in a circle", status=302)
    assert ask(server.url("/c")).kind == "unsure"


def test_redirects_have_an_end(server: ScriptedServer) -> None:
    """A chain that never repeats is given up after a few steps."""
    for number in range(20):
        server.routes[f"/{number}"] = redirect(f"/{number + 1}")
    assert ask(server.url("/0"), max_redirects=4) == Outcome(
        "broken", "redirects more than 4 times", status=302
    )
    assert len(server.asked) == 5


@pytest.mark.parametrize(
    "location", ["", "file:///etc/passwd", "ftp://example.org/", "http://[::1", "javascript:alert(1)"]
)
def test_a_redirect_to_no_web_address_is_broken(server: ScriptedServer, location: str) -> None:
    """Only http and https are ever followed."""
    server.routes["/a"] = redirect(location)
    assert ask(server.url("/a")).kind == "broken"


# --- where requests may go


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "127.1"])
def test_this_machine_is_not_asked(server: ScriptedServer, host: str) -> None:
    """However loopback is spelt, no request is sent without the user's word."""
    outcome = ask(server.url("/fine", host=host), private=False)
    assert outcome.kind == "unsure"
    assert server.asked == []


@pytest.fixture
def open_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let 127.0.0.1 pass for a public address, so that a server of the test can play one."""
    judge = requests.may_connect
    monkeypatch.setattr(
        requests, "may_connect", lambda text, private: text == "127.0.0.1" or judge(text, private=private)
    )


@pytest.mark.usefixtures("open_one")
@pytest.mark.parametrize(
    "target", ["127.0.0.2", "[::1]", "[::ffff:127.0.0.2]", "10.0.0.1", "169.254.169.254", "0.0.0.0"]
)
def test_a_redirect_into_a_private_network_is_not_followed(server: ScriptedServer, target: str) -> None:
    """A public page cannot send kb to this machine, its neighbours or its cloud's metadata."""
    server.routes["/a"] = redirect(f"http://{target}:{server.server_port}/secret")
    outcome = ask(server.url("/a"), private=False)
    assert outcome.kind == "unsure"
    assert "not on the public internet" in outcome.message
    assert server.count("/secret") == 0


@pytest.mark.usefixtures("open_one")
def test_a_name_in_a_private_network_is_not_asked(server: ScriptedServer) -> None:
    """A public name that stands for a private address is refused."""
    outcome = ask(
        server.url("/fine", host="inside.example"), private=False, resolve=lambda _host, _port: ("127.0.0.2",)
    )
    assert outcome.kind == "unsure"
    assert server.asked == []


@pytest.mark.usefixtures("open_one")
def test_a_name_that_changes_its_address_does_not_help(server: ScriptedServer) -> None:
    """The connection goes to the address that was judged: a name is looked up once for each (DNS rebinding)."""
    answers = iter([("127.0.0.1",), ("127.0.0.2",), ("127.0.0.2",)])
    asked: list[str] = []

    def resolve(host: str, _port: int) -> tuple[str, ...]:
        asked.append(host)
        return next(answers)

    assert ask(server.url("/fine", host="rebind.example"), private=False, resolve=resolve).kind == "fine"
    assert asked == ["rebind.example"]


# --- connections


def know_only(*hosts: str) -> Callable[[str, int], tuple[str, ...]]:
    """A look-up that finds these hosts on this machine, and no other."""

    def resolve(host: str, _port: int) -> tuple[str, ...]:
        if host in hosts:
            return ("127.0.0.1",)
        raise WebError("no-host", f"names a host that does not exist: {host}")

    return resolve


def test_an_unknown_host_is_broken(server: ScriptedServer) -> None:
    """A host that does not exist is certain, also where a redirect leads to it."""
    server.routes["/a"] = redirect("http://gone.example/x")
    message = "names a host that does not exist: gone.example"
    outcome = ask("http://gone.example/", resolve=know_only("example.com"))
    assert (outcome.kind, outcome.message) == ("broken", message)
    outcome = ask(server.url("/a"), resolve=know_only("127.0.0.1", "example.com"))
    assert (outcome.kind, outcome.message) == ("broken", f"leads to http://gone.example/x, which {message}")


def test_offline_is_doubt() -> None:
    """When no host at all is found, it is this machine that is cut off, and no link is called broken."""
    outcomes = ask_web(
        ["http://a.example/", "http://b.example/", "http://10.0.0.1/"],
        WebSettings(**{**FAST, "resolve": know_only()}),
    )
    assert {outcome.kind for outcome in outcomes.values()} == {"unsure"}


def test_names_are_looked_up_by_the_system() -> None:
    """The default look-up finds this machine, and calls an impossible name no host."""
    assert "127.0.0.1" in resolve_host("127.0.0.1", 80)
    with pytest.raises(WebError):
        resolve_host("a" * 70 + ".invalid", 80)


def test_a_host_that_is_down_is_doubt_for_all_its_links() -> None:
    """A refused connection is asked about again, then every link of that origin ends alike."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    tried: list[str] = []

    def resolve(host: str, _port: int) -> tuple[str, ...]:
        tried.append(host)
        return (host,)

    urls = [f"http://127.0.0.1:{port}/{number}" for number in range(200)]
    outcomes = ask_web(urls, WebSettings(**{**FAST, "retries": 2, "resolve": resolve}))
    assert set(outcomes.values()) == {Outcome("unsure", "refused the connection", fault="connect")}
    assert 3 <= len(tried) <= 6


def test_the_second_address_of_a_host_is_tried(server: ScriptedServer) -> None:
    """A host with one dead address is reached by the next."""
    assert (
        ask(
            server.url("/fine", host="two.example"), resolve=lambda _host, _port: ("127.0.0.9", "127.0.0.1")
        ).kind
        == "fine"
    )


def _drip(connection: socket.socket) -> None:
    for letter in b"HTTP/1.1 200 OK\r\nX: " + b"a" * 1000:
        connection.sendall(bytes([letter]))
        time.sleep(0.05)


def _reset(connection: socket.socket) -> None:
    connection.recv(100)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")


def _send(data: bytes) -> Callable[[socket.socket], None]:
    def talk(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(data)

    return talk


def _flood(head: bytes) -> Callable[[socket.socket], None]:
    def talk(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(head)
        while True:
            connection.sendall(b"a" * 65_536)

    return talk


def _interim(connection: socket.socket) -> None:
    while True:
        connection.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 500)


@pytest.mark.parametrize(
    "talk",
    [
        _reset,
        _send(b""),
        _send(b"HTTP/1.1 200 OK\r\nContent-"),
        _send(b"SSH-2.0-OpenSSH_9.6\r\n"),
        _send(b"\x00\xff" * 500),
        _send(b"HTTP/1.1 abc OK\r\n\r\n"),
        _send(b"HTTP/1.1 200 OK\r\nBad Header\r\n\r\n"),
        _send(b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"),
        _flood(b"HTTP/1.1 200 OK\r\nX: "),
        _flood(b""),
        _interim,
    ],
)
def test_a_broken_answer_is_doubt(talk: Callable[[socket.socket], None]) -> None:
    """Whatever a server sends instead of an answer, the check ends, and says that it could not tell."""
    with serve_raw(talk) as url:
        outcome = ask(url)
    assert outcome == Outcome(
        "unsure", "answered with something that is not HTTP, or broke off", fault="protocol"
    )


@pytest.mark.parametrize("talk", [_drip, lambda connection: connection.recv(1000) and time.sleep(3)])
def test_a_slow_answer_is_cut_off(talk: Callable[[socket.socket], None]) -> None:
    """The time is for a request as a whole, so a server that sends letter by letter gains nothing."""
    with serve_raw(talk) as url:
        started = time.monotonic()
        outcome = ask(url, timeout=0.3)
        assert time.monotonic() - started < 2
    assert outcome == Outcome("unsure", "did not answer within 0.3 seconds", fault="timeout")


def test_an_endless_body_is_not_read() -> None:
    """The head of an answer is enough."""
    with serve_raw(_flood(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")) as url:
        assert ask(url).kind == "fine"


# --- certificates


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Whoever signs the certificates of these tests."""
    return trustme.CA()


@contextlib.contextmanager
def serve_tls(certificate: trustme.LeafCert) -> Iterator[ScriptedServer]:
    """A server with one page, /fine, behind a certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    with serve(context) as server:
        server.routes["/fine"] = status(200)
        yield server


def trust(authority: trustme.CA) -> ssl.SSLContext:
    """A client that trusts an authority."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def test_a_good_certificate_is_fine(authority: trustme.CA) -> None:
    """The certificate is judged by the name in the link, though the connection goes to an address."""
    with serve_tls(authority.issue_cert("site.example")) as server:
        url = server.url("/fine", host="site.example")
        assert ask(url, tls=trust(authority), resolve=lambda _host, _port: ("127.0.0.1",)).kind == "fine"


def test_bad_certificates_are_broken(authority: trustme.CA) -> None:
    """Self-signed, for another name or out of date: a reader's browser would refuse it, so kb does."""
    past = datetime(2020, 1, 1, tzinfo=UTC)
    cases = [
        (trustme.CA().issue_cert("127.0.0.1"), "self-signed|unable to get local issuer"),
        (authority.issue_cert("other.example"), "IP address mismatch"),
        (authority.issue_cert("127.0.0.1", not_before=past, not_after=past + timedelta(days=1)), "expired"),
    ]
    for certificate, reason in cases:
        with serve_tls(certificate) as server:
            outcome = ask(server.url("/fine"), tls=trust(authority))
        assert outcome.kind == "broken"
        assert any(part in outcome.message for part in reason.split("|")), outcome.message
        assert server.asked == []


def test_a_server_without_encryption_is_doubt(server: ScriptedServer) -> None:
    """Https to a server that speaks http is reported as such."""
    outcome = ask(server.url("/fine").replace("http:", "https:"))
    assert outcome.kind == "unsure"
    assert "encryption" in outcome.message


# --- politeness


def test_a_host_gets_few_requests_at_a_time(server: ScriptedServer) -> None:
    """However many links lead to a host, and whatever name redirects to it, two requests run at once."""

    def slow(handler: object) -> None:
        time.sleep(0.02)
        status(200)(handler)  # type: ignore[arg-type]

    urls = []
    for number in range(12):
        server.routes[f"/{number}"] = redirect(server.url(f"/slow/{number}"))
        server.routes[f"/slow/{number}"] = slow
        urls.append(server.url(f"/{number}", host="a.example"))
    settings = WebSettings(**{**FAST, "resolve": lambda _host, _port: ("127.0.0.1",)})
    assert {outcome.kind for outcome in ask_web(urls, settings).values()} == {"fine"}
    # Two to the name, two to the address that it redirects to.
    assert server.busiest <= 4


def test_requests_to_a_host_are_a_pause_apart(server: ScriptedServer) -> None:
    """The pause between two requests to one host is kept."""
    for number in range(5):
        server.routes[f"/{number}"] = status(200)
    started = time.monotonic()
    ask_web([server.url(f"/{number}") for number in range(5)], WebSettings(**{**FAST, "delay": 0.1}))
    assert time.monotonic() - started >= 0.4


def test_retry_after_is_honoured(server: ScriptedServer) -> None:
    """A server that asks for a second, with 429 or 503, gets it, and is then fine."""
    server.routes["/a"] = in_turn(status(503, Retry_After="0"), status(429, Retry_After="1"), status(200))
    started = time.monotonic()
    assert ask(server.url("/a"), retries=2).kind == "fine"
    assert time.monotonic() - started >= 1


def test_connections_are_used_again(server: ScriptedServer) -> None:
    """Ten links to a host cost it one connection."""
    for number in range(10):
        server.routes[f"/{number}"] = status(200)
    ask_web([server.url(f"/{number}") for number in range(10)], WebSettings(**{**FAST, "per_host": 1}))
    assert (len(server.asked), server.connections) == (10, 1)


@pytest.mark.parametrize("code", [429, 503])
def test_a_server_that_asks_for_long_is_not_asked_again(server: ScriptedServer, code: int) -> None:
    """Beyond the bound no request follows, neither for that link nor for others of the host."""
    later = format_datetime(datetime.now(UTC) + timedelta(hours=5), usegmt=True)
    for number in range(10):
        server.routes[f"/{number}"] = status(code, Retry_After=later)
    outcomes = ask_web(
        [server.url(f"/{number}") for number in range(10)], WebSettings(**{**FAST, "per_host": 1})
    )
    assert {outcome.kind for outcome in outcomes.values()} == {"unsure"}
    assert all("left alone for 5 hours" in outcome.message for outcome in outcomes.values())
    assert len(server.asked) == 1


def test_hosts_do_not_wait_for_each_other(server: ScriptedServer) -> None:
    """A host that is asked slowly does not hold up the others."""
    server.routes["/a"] = in_turn(status(429, Retry_After="1"), status(200))
    done: list[float] = []
    started = time.monotonic()
    urls = [server.url("/a"), *(server.url("/fine", host=f"h{number}.example") for number in range(8))]
    settings = WebSettings(**{**FAST, "resolve": lambda _host, _port: ("127.0.0.1",), "workers": 2})
    ask_web(urls, settings, progress=lambda _done, _total: done.append(time.monotonic() - started))
    assert done[8] - done[7] > 0.3


def test_progress_counts_to_the_end(server: ScriptedServer) -> None:
    """Progress is told from the calling thread, once for each address that was asked."""
    told: list[tuple[int, int]] = []
    threads: set[threading.Thread] = set()

    def progress(done: int, total: int) -> None:
        told.append((done, total))
        threads.add(threading.current_thread())

    ask_web([server.url("/fine"), server.url("/b")], WebSettings(**FAST), progress=progress)
    assert told == [(1, 2), (2, 2)]
    assert threads == {threading.current_thread()}


def test_what_is_known_is_not_asked_again(server: ScriptedServer, tmp_path: Path) -> None:
    """A second run sends nothing for what was fine, and asks again for what was doubtful."""
    server.routes["/busy"] = status(403)
    urls = [server.url("/fine"), server.url("/busy")]
    first = ask_web(urls, WebSettings(**FAST), cache=LinkCache(tmp_path / "web", 1000.0))
    server.asked.clear()
    assert ask_web(urls, WebSettings(**FAST), cache=LinkCache(tmp_path / "web", 1001.0)) == first
    assert {path for _, path in server.asked} == {"/busy"}


# --- proxies


def resolve_as_public(host: str, _port: int) -> tuple[str, ...]:
    """Names of sites are public, the proxy's is its own address."""
    return ("93.184.216.34",) if host.endswith(".example") else (host,)


def relay(source: socket.socket, goal: socket.socket) -> None:
    """Pass on what one side sends until it ends."""
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            goal.sendall(data)
        goal.shutdown(socket.SHUT_WR)


def test_a_proxy_of_the_environment_is_used(server: ScriptedServer) -> None:
    """With HTTP_PROXY the request goes to the proxy, with its own password; NO_PROXY hosts are asked directly."""
    target = "http://site.example/page"
    server.routes[target] = status(200)
    proxy = server.url("", host="user:p%40ss@127.0.0.1")
    outcome = ask(target, proxies={"http": proxy}, private=False, resolve=resolve_as_public)
    assert outcome.kind == "fine"
    assert server.headers[-1]["Proxy-Authorization"] == "Basic dXNlcjpwQHNz"
    assert ask(server.url("/fine"), proxies={"http": "http://127.0.0.1:9", "no": "127.0.0.1"}).kind == "fine"
    assert "Proxy-Authorization" not in server.headers[-1]


def test_https_goes_through_a_tunnel_of_the_proxy(authority: trustme.CA) -> None:
    """The proxy passes bytes on, and the certificate is still the site's own."""
    lines: list[bytes] = []

    def tunnel(client: socket.socket) -> None:
        lines.append(client.recv(1000).partition(b"\r\n")[0])
        with socket.create_connection(("127.0.0.1", server.server_port)) as goal:
            client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            thread = threading.Thread(target=relay, args=(goal, client), daemon=True)
            thread.start()
            relay(client, goal)
            thread.join(2)

    with serve_tls(authority.issue_cert("site.example")) as server, serve_raw(tunnel) as proxy:
        outcome = ask(
            "https://site.example/fine", tls=trust(authority), proxies={"https": proxy}, private=False,
            resolve=resolve_as_public,
        )  # fmt: skip
    assert outcome.kind == "fine"
    assert lines == [b"CONNECT site.example:443 HTTP/1.1"]


def test_a_proxy_that_refuses_is_doubt() -> None:
    """A proxy that lets nobody through says nothing of the link."""
    with serve_raw(_send(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")) as proxy:
        outcome = ask(
            "https://site.example/", proxies={"https": proxy}, private=False, resolve=resolve_as_public
        )
    assert outcome.kind == "unsure"
    assert "proxy" in outcome.message


def test_a_proxy_is_no_way_around_the_judgement(server: ScriptedServer) -> None:
    """A private address is refused before the proxy hears of it."""
    assert ask("http://10.0.0.1/x", proxies={"http": server.url("")}, private=False).kind == "unsure"
    assert server.asked == []


def test_a_proxy_kb_cannot_speak_to_is_said() -> None:
    """A SOCKS proxy is an error with a next step, never a silent way around it."""
    with pytest.raises(ConfigError, match="proxy"):
        ask("http://site.example/", proxies={"all": "socks5://127.0.0.1:1080"})
