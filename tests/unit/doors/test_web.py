"""The web door: what it answers, whom it answers, and that nothing of a card is more than text on a page."""

import contextlib
import json
import re
import shutil
import socket
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from datedgit import make_repository, run_git

pytest.importorskip("starlette", reason="the extra web is not installed")

ATTACKS = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg onload=alert(1)>", "<svg><script>alert(1)</script></svg>",
    "<iframe src=javascript:alert(1)>", '<iframe srcdoc="<script>alert(1)</script>">', "<math><mtext><script>alert(1)</script>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>", "<base href=https://evil.example>",
    "<link rel=stylesheet href=https://evil.example/x.css>", "<style>@import 'https://evil.example'</style>",
    "<form action=https://evil.example><button>x</button></form>", "<body onload=alert(1)>", "<details open ontoggle=alert(1)>",
    "<a href='javascript:alert(1)'>x</a>", "[x](javascript:alert(1))", "[x](java&#115;cript:alert(1))", "[x](JaVaScRiPt:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)", "[x](vbscript:alert(1))", "[x](//evil.example/x)", "[x](\\\\evil.example)",
    "![x](https://evil.example/x.png)", "![x](data:image/svg+xml;base64,PHN2Zz4=)", "![x](logo.svg)", "![x](../../../etc/passwd.png)",
    "[x](../../../../kb.toml)", '"><script>alert(1)</script>', "'-alert(1)-'", "{{7*7}}${7*7}<%= 7*7 %>", "&#x202e;\u202egnp.exe \x1b[31m",
    "[a]: javascript:alert(1)\n\n[a]", "<!-- <script>alert(1)</script> -->", "</title><script>alert(1)</script>", "</textarea><script>alert(1)</script>",
)  # fmt: skip
SECURED = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
}


def write_attacks(root: Path) -> None:
    """A card for each attack, which stands in each of its fields."""
    for number, attack in enumerate(ATTACKS):
        quoted = json.dumps(attack)
        (root / f"a{number}.md").write_text(
            f"---\ntitle: {quoted}\nowner: {quoted}\ntags: [{quoted}]\nlang: {quoted}\nverified_by: {quoted}\n"
            f"flagged: {{by: {quoted}, on: 2026-11-20, reason: {quoted}}}\n---\nfrobnicate {attack}\n\n{attack}\n\n```{attack}\n{attack}\n```\n\n"
            f"<!-- reply -->\nDear {attack}\n<!-- /reply -->\n"
        )


class Reader(HTMLParser):
    """What a page consists of, as a browser reads it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.problems: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in {"iframe", "object", "embed", "base", "style", "svg", "math", "frame", "template"}:
            self.problems.append(tag)
        if tag == "script" and given != {"src": "/static/kb.js", "defer": None}:
            self.problems.append(str(given))
        if tag == "meta" and "http-equiv" in given:
            self.problems.append(str(given))
        for name, value in given.items():
            if name.startswith("on") or name in ("style", "srcdoc", "formaction"):
                self.problems.append(f"{tag} {name}")
            if name in ("href", "action") and not re.match(r"(/(?!/)|#|https?://|mailto:)", value or ""):
                self.problems.append(f"{name}={value}")
            if name == "src" and not re.match(r"/(static|picture)/", value or ""):
                self.problems.append(f"src={value}")

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_page_and_its_json_say_what_the_command_line_says(
    kb_root: Path, serve: Callable[..., Any], run_kb: Callable[..., Any]
) -> None:
    """Order, states and data of each page are those of kb; the envelope is the same."""
    server = serve(kb_root)
    for path, line in (
        ("/search?q=too+many+requests", ("search", "too", "many", "requests", "--limit", "20")),
        ("/card/api/quotas", ("show", "api/quotas")),
    ):
        said = server.ask(f"/api{path}")
        assert (said.status, said.headers["content-type"]) == (200, "application/json")
        assert json.loads(said.text) == json.loads(run_kb(*line, "--format", "json", cwd=kb_root).out)
        assert f'href="/api{path.replace("+", "%20")}"' in server.ask(path).text
    page = server.ask("/search?q=quota").text
    assert '<h2><a href="/card/api/quotas" lang="en" dir="auto">' in page
    assert "Expired</span> expired 7 weeks ago" in page
    part = server.ask("/search?q=quota", X_Part="hits").text
    assert part in page
    assert "<html" not in part
    card = server.ask("/card/api/quotas").text
    assert card.index("Do not send this before checking") < card.index("Each plan has a quota")
    assert '<a href="/card/api/too-many-requests">what a 429 means</a>' in card
    ticket = server.ask("/ticket", {"text": "Hello,\nwe get too many requests -all day-\nregards"})
    assert "Explain a 429" in ticket.text
    assert server.ask("/search?q=").headers["location"] == "/"
    # Whoever comes back to what a form answered, or to no page, is led on.
    assert server.ask("/ticket").headers["location"] == "/?paste"
    assert "Each plan has a quota" in server.ask("/reply/api/quotas").text
    missed = server.ask("/nothing")
    assert (missed.status, '<form class="find" action="/search"' in missed.text) == (404, True)
    assert json.loads(server.ask("/api/nothing").text)["data"] is None
    assert '<a href="/">Back to the search</a>' in server.ask("/report").text


def test_the_start_page_has_the_texts_of_this_week_and_the_queue_of_who_asks(
    tmp_path: Path, serve: Callable[..., Any]
) -> None:
    """A new and a changed text, the most changed first; not a new date, nor what is only on disk; cards of who asks below."""
    root = tmp_path / "kb"
    make_repository(root)
    card = "---\ntitle: {title}\nowner: {owner}\nverified: {day}\nverify_every: 90d\n---\n{text}\n"

    def write(title: str, text: str, day: str = "2026-07-01", owner: str = "mia@example.org") -> None:
        path = root / f"{title.lower()}.md"
        path.write_text(card.format(title=title, owner=owner, day=day, text=text))

    def commit(moment: str) -> None:
        run_git(root, "add", "-A", moment=moment)
        run_git(root, "commit", "-qm", "x", moment=moment)

    def read_recent(server: Any) -> list[str]:
        page = server.ask("/", X_User="mia@example.org").text
        return re.findall(r"<a[^>]*>(\w+)</a>", page.partition('id="recent"')[2].partition("</ul>")[0])

    (root / "kb.toml").write_text("")
    write("Edited", "one two")
    write("Stamped", "one")
    commit("2026-11-10T10:00:00+0000")
    server = serve(root, user_header="X-User", proxies=frozenset({"127.0.0.1"}))
    assert read_recent(server) == []
    write("Edited", "one three")
    write("Stamped", "one", "2026-11-19", owner="mia@example.org")
    write("Fresh", "many new words in a text", "2026-11-19")
    commit("2026-11-19T10:00:00+0000")
    server.base.look_again()
    assert read_recent(server) == ["Fresh", "Edited"]
    write("Stamped", "other words by hand")
    server.base.look_again()
    assert read_recent(server) == ["Fresh", "Edited"]
    commit("2026-11-20T10:00:00+0000")  # no file changes with it
    assert set(read_recent(server)) == {"Fresh", "Edited", "Stamped"}
    mine, other = (server.ask("/", X_User=f"{name}@example.org").text for name in ("mia", "ben"))
    assert "Waiting for you" in mine
    assert "Waiting for you" not in other


def test_a_reply_is_filled_in_and_kept_nowhere(kb_root: Path, serve: Callable[..., Any]) -> None:
    """The text to send is on the card's page with its fields; that of a card nobody vouches for only when asked for."""
    text = "<!-- reply -->\nDear {customer_name},\n\nfrom {agent_name|us}\n<!-- /reply -->\n"
    (kb_root / "ok.md").write_text(
        f"---\ntitle: Ok\nverified: 2026-11-01\nverify_every: 90d\n---\n{text}", encoding="utf-8"
    )
    (kb_root / "old.md").write_text(f"---\ntitle: Old\n---\n{text}", encoding="utf-8")
    server = serve(kb_root)
    assert "Dear {customer_name}," in server.ask("/card/ok").text
    filled = server.ask(
        "/reply/ok", {"reply": "", "set-customer_name": "Müller & <b>", "set-agent_name": ""}
    ).text
    assert "Dear Müller &amp; &lt;b&gt;,\n\nfrom us</textarea>" in filled
    assert "Text to send</label>" not in server.ask("/card/old").text
    assert "Text to send</label>" in server.ask("/card/old?anyway=1").text


def test_what_the_host_searched_for_in_vain_is_nobody_elses(
    kb_root: Path, run_kb: Callable[..., Any], serve: Callable[..., Any]
) -> None:
    """The page of gaps shows what is noted in the knowledge base, and not the searches of whoever started the server."""
    run_kb("link", "7", "--none", "dark mode", cwd=kb_root)
    run_kb("search", "zebra", cwd=kb_root)
    assert "zebra" in run_kb("gaps", cwd=kb_root).out
    server = serve(kb_root)
    for path in ("/gaps", "/api/gaps"):
        said = server.ask(path).text
        assert "dark mode" in said
        assert "zebra" not in said


def test_nothing_in_a_card_is_more_than_text(kb_root: Path, serve: Callable[..., Any]) -> None:
    """Whatever stands in title, owner, tags, reasons and text of a card: no element, address or script comes of it."""
    write_attacks(kb_root)
    server = serve(kb_root)
    paths = [f"/card/a{number}?anyway=1" for number in range(len(ATTACKS))]
    for path in (
        *paths,
        "/search?q=frobnicate&limit=50",
        "/search?q=%3Cscript%3Ealert(1)%3C/script%3E",
        "/card/%3Cb%3E",
    ):
        said = server.ask(path)
        read = Reader(said.text)
        assert not read.problems, (path, read.problems)
        assert not re.search("[\x1b\u202e]", said.text), path
        assert {name: said.headers.get(name) for name in SECURED} == SECURED
    assert "<script>alert(1)</script>" in Reader(server.ask("/card/a0").text).text


def test_only_known_hosts_and_own_pages_are_answered(kb_root: Path, serve: Callable[..., Any]) -> None:
    """Another name for this machine, two names, and what another site writes or loads are refused, under the same headers; links from there lead here."""
    server = serve(kb_root)
    port = server.port
    for host in (
        "evil.example",
        f"evil.example:{port}",
        f"localhost:{port}@evil",
        "localhost",
        f"localhost:{port}.",
        "",
    ):
        assert server.ask("/", Host=host).status in (400, 421), host
    line = f"GET / HTTP/1.1\r\nHost: localhost:{port}\r\n"
    assert server.send(f"{line}Host: localhost:{port}\r\n\r\n".encode()) == 400
    assert server.send(b"GET / HTTP/1.0\r\n\r\n") == 400
    assert server.ask("/", Host=f"127.0.0.1:{port}").status == 200
    lengths = (
        "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 5\r\nTransfer-Encoding: chunked"
    )
    both = f"POST /ticket HTTP/1.1\r\nHost: localhost:{port}\r\n{lengths}\r\n\r\n6\r\ntext=a\r\n0\r\n\r\n"
    assert server.send(both.encode()) == 400  # else two requests where a proxy saw one
    form = {"text": "quota"}
    for headers in (
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://["},
        {"Origin": f"http://localhost:{port}.evil.example"},
    ):
        said = server.ask("/ticket", form, **headers)
        assert said.status == 403, headers
        assert {name: said.headers.get(name) for name in SECURED} == SECURED
    for headers in ({}, {"Sec_Fetch_Site": "same-origin"}, {"Origin": f"http://localhost:{port}"}):
        assert server.ask("/ticket", form, **headers).status == 200, headers
    for site, mode, dest, status in (
        ("cross-site", "no-cors", "image", 403),
        ("same-site", "cors", "empty", 403),
        ("cross-site", "navigate", "iframe", 403),
        ("cross-site", "navigate", "document", 200),
        ("same-origin", "cors", "empty", 200),
    ):
        fetch = {"Sec_Fetch_Site": site, "Sec_Fetch_Mode": mode, "Sec_Fetch_Dest": dest}
        assert server.ask("/search?q=quota", **fetch).status == status, fetch
    for path in ("/static/kb.css", "/nothing", "/card/nothing", "/search?q=quota&limit=0"):
        said = server.ask(path)
        assert {name: said.headers.get(name) for name in SECURED} == SECURED, path


def test_a_help_desk_frames_the_sidebar_alone_and_only_where_kb_toml_says(
    kb_root: Path, serve: Callable[..., Any]
) -> None:
    """Without `embed` nobody frames the sidebar; with it those origins do, may send it a ticket, and nothing else."""
    text = "<!-- reply -->\nDear {customer_name}\n<!-- /reply -->\n"
    for name, more in (("fresh", "verified: 2026-11-01\nverify_every: 90d\n"), ("stale", "")):
        (kb_root / f"{name}.md").write_text(f"---\ntitle: Greeting {name}\n{more}---\n{text}")
    server = serve(kb_root)
    desk = {"Origin": "https://desk.example.org", "Sec_Fetch_Site": "cross-site"}
    form = {"text": "they want a <i>greeting</i>", "card": "fresh", "reply": "", "set-customer_name": "Mia"}
    for said in (server.ask("/sidebar"), server.ask("/sidebar", form)):
        assert said.status == 200
        assert {name: said.headers.get(name) for name in SECURED} == SECURED
        assert said.headers["x-frame-options"] == "DENY"
    assert server.ask("/sidebar", form, **desk).status == 403
    (kb_root / "kb.toml").write_text(
        '[serve]\nembed = ["https://desk.example.org", "https://b.example:8443"]\n'
    )
    framed = SECURED["content-security-policy"].replace(
        "frame-ancestors 'none'", "frame-ancestors https://desk.example.org https://b.example:8443"
    )
    for said in (server.ask("/sidebar"), server.ask("/sidebar", form, **desk)):
        assert (said.status, said.headers["content-security-policy"]) == (200, framed)
        assert "x-frame-options" not in said.headers
    assert "Dear Mia</textarea>" in said.text
    assert "<i>greeting</i>" not in said.text
    again = server.ask("/sidebar", form | {"text": "they want\r\na greeting"}).text
    assert (
        'name="text" value="they want\na greeting"' in again
    )  # as it came, for whoever fills in another field
    assert said.text.count("Text to send</label>") == 1  # not of the card that nobody vouches for
    assert "Do not send this before checking" in said.text
    assert "greeting" not in server.ask("/sidebar?text=greeting").text
    for origin in (
        "https://evil.example",
        "https://desk.example.org.evil.example",
        "null",
        "http://desk.example.org",
    ):
        assert server.ask("/sidebar", form, Origin=origin, Sec_Fetch_Site="cross-site").status == 403, origin
    for path in ("/", "/card/fresh", "/sidebar/", "/search?q=greeting", "/static/kb.css"):
        assert "frame-ancestors 'none'" in server.ask(path).headers["content-security-policy"], path
    for path in ("/ticket", "/flag/fresh", "/verify/fresh", "/reply/fresh"):
        assert server.ask(path, form, **desk).status == 403, path
    (kb_root / "kb.toml").write_text('[serve]\nembed = ["*"]\n')
    refused = server.ask("/sidebar")
    assert refused.status == 422, refused.text
    assert "frame-ancestors 'none'" in refused.headers["content-security-policy"]


def test_behind_a_proxy_only_the_proxy_says_who_asks(kb_root: Path, serve: Callable[..., Any]) -> None:
    """The name comes from one header, from a listed address alone; X-Forwarded-For changes nothing."""
    server = serve(kb_root, user_header="X-User", proxies=frozenset({"127.0.0.1"}))
    assert server.ask("/").status == 401
    assert "You are mia@example.org" in server.ask("/", X_User="mia@example.org").text
    for hidden in ("\u202emia", "mia\u2066", "mia\U000e0041", "mi\x85a"):
        assert server.ask("/", X_User=hidden.encode().decode("latin-1")).status == 401, hidden
    assert "You are می‌نا" in server.ask("/", X_User="می‌نا".encode().decode("latin-1")).text
    assert (
        server.send(
            f"GET / HTTP/1.1\r\nHost: localhost:{server.port}\r\nX-User: a\r\nX-User: b\r\n\r\n".encode()
        )
        == 401
    )
    other = serve(kb_root, user_header="X-User", proxies=frozenset({"10.1.2.3"}))
    assert other.ask("/", X_User="mia@example.org", X_Forwarded_For="10.1.2.3").status == 403


def test_no_path_leaves_the_knowledge_base(kb_root: Path, tmp_path: Path, serve: Callable[..., Any]) -> None:
    """A card is named by its whole ID, a picture by a plain path inside; nothing else is read."""
    (tmp_path / "secret.png").write_bytes(b"secret")
    (kb_root / "in.png").write_bytes(b"\x89PNG inside")
    (kb_root / "in.svg").write_text("<svg/>")
    (kb_root / "out.png").symlink_to(tmp_path / "secret.png")
    (kb_root / "card.png").symlink_to(kb_root / "kb.toml")
    (kb_root / ".hidden.png").write_bytes(b"hidden")
    shutil.copy(kb_root / "in.png", kb_root / ".git" / "in.png")
    (kb_root / "git.png").symlink_to(kb_root / ".git" / "in.png")
    server = serve(kb_root)
    for path in (
        "/card/quotas", "/card/api/quotas.md", "/card/kb.toml", "/card/../kb.toml", "/card/%2e%2e/secret", "/card//etc/passwd",
        "/card/api/", "/card/", "/picture/in.svg", "/picture/out.png", "/picture/../secret.png", "/picture/%2e%2e/secret.png",
        "/picture/card.png", "/picture/git.png",
        "/picture/.hidden.png", "/picture/.git/in.png", "/picture/kb.toml", "/picture//etc/x.png", "/picture/a%00.png",
        "/static/../body.py", "/static/%2e%2e/frame.py", "/static/..%2fframe.py",
    ):  # fmt: skip
        assert server.ask(path).status in (404, 307), path
    said = server.send(f"GET /picture/in.png HTTP/1.1\r\nHost: localhost:{server.port}\r\n\r\n".encode())
    assert said == 200


SLOW = (
    b"",
    b"GET / HTTP/1.1\r\nHost: ",
    b"POST /ticket HTTP/1.1\r\nHost: HOST\r\nContent-Length: 9\r\n\r\n",
    b"GET /card/large HTTP/1.1\r\nHost: HOST\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n",
)


def test_who_sends_slowly_or_takes_nothing_keeps_nobody_out(
    kb_root: Path, serve: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """More open connections than are taken, whatever they wait with (nothing, half a head, a body, an answer not read): all else is answered."""
    # Of twenty that wait, so many as are asked for below may go, however long the four large answers are worked on.
    monkeypatch.setattr("kbcli.doors.connection.MOST", 16)
    (kb_root / "large.md").write_text("---\ntitle: Large\n---\n" + "text " * 400_000)
    server = serve(kb_root)
    with contextlib.ExitStack() as stack:
        for request in SLOW * 4:
            stream = socket.socket()
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            stack.enter_context(stream).connect(("127.0.0.1", server.port))
            stream.sendall(request.replace(b"HOST", b"localhost:%d" % server.port))
        for _ in range(3):
            assert server.ask("/card/api/quotas").status == 200
            assert server.ask("/ticket", {"text": "quota"}).status == 200


def test_what_is_too_much_is_refused(kb_root: Path, serve: Callable[..., Any]) -> None:
    """Queries, tickets, forms and numbers have limits, and what is no form is none."""
    server = serve(kb_root)
    assert server.ask("/search?q=" + "x" * 2001).status == 400
    assert server.ask("/ticket", {"text": "x" * 100_001}).status == 400
    assert server.ask("/ticket", b"x" * 1_000_001).status == 413
    start = f"POST /ticket HTTP/1.1\r\nHost: localhost:{server.port}\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert server.send(start.encode() + b"f4241\r\n" + b"x" * 1_000_001 + b"\r\n0\r\n\r\n") == 413
    assert server.ask("/ticket", {f"f{number}": "" for number in range(101)}).status == 400
    for form in (b"[" * 100_000, b"\xff\xff", b"1", b'{"text": "quota"', b'{"text": "quota \\ud800"}'):
        assert server.ask("/ticket", form, Content_Type="application/json").status == 400
    assert server.ask("/ticket", b"text=quota", Content_Type="text/plain").status == 400
    for limit in ("0", "51", "-1", "x", "%D9%A3", "1" * 5000):
        assert server.ask(f"/api/search?q=quota&limit={limit}").status == 400, limit
    said = server.ask("/api/search?q=" + "x" * 2001)
    assert json.loads(said.text)["data"] is None
    assert server.ask("/search", b"q=x").status == 405


def test_a_broken_kb_toml_is_told_and_nothing_asked_is_refused(
    kb_root: Path, serve: Callable[..., Any]
) -> None:
    """A typing error in kb.toml is what each page says, not a failure; a search for nothing and a value that is no text are 400."""
    server = serve(kb_root)
    assert server.ask("/api/search").status == 400
    assert server.ask("/api/search?q=%20").status == 400
    sent = server.ask("/api/suggest", b'{"text": null}', Content_Type="application/json")
    assert sent.status == 400
    settings = kb_root / "kb.toml"
    before = settings.read_text()
    settings.write_text("title = [\n")
    for path in ("/", "/queue", "/card/api/quotas"):
        said = server.ask(path)
        assert said.status == 422
        assert "kb.toml" in said.text
    settings.write_text(before)
    assert server.ask("/").status == 200


def test_a_folder_that_went_is_told_and_not_taken_for_an_empty_one(
    kb_root: Path, serve: Callable[..., Any]
) -> None:
    """503 with the remedy, on pages and as JSON, until it is back; then all is there again."""
    server = serve(kb_root, with_mcp=True)
    assert '"total": 0' not in server.ask("/api/search?q=quota").text
    for is_whole in (True, False):
        (kb_root if is_whole else kb_root / "kb.toml").rename(kb_root.parent / "elsewhere")
        for path in ("/", "/queue", "/report", "/card/api/quotas", "/search?q=quota", "/api/search?q=quota"):
            said = server.ask(path)
            assert said.status == 503, path
            assert "there is no knowledge base in" in said.text
            assert "Put it back" in said.text
        (kb_root.parent / "elsewhere").rename(kb_root if is_whole else kb_root / "kb.toml")
        assert '"total": 0' not in server.ask("/api/search?q=quota").text
