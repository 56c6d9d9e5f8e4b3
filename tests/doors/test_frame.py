"""The sidebar beside a help desk, in a real browser: two desks of other origins, of which kb.toml names one."""

import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.doors
pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
REPLY = """\
---
title: Reply to a greeting
verified: 2026-11-01
verify_every: 90d
---
<!-- reply -->
Dear {customer_name}
<!-- /reply -->
"""
DESK = """<!DOCTYPE html><title>Desk</title>
<form action="{kb}/sidebar" method="post" target="beside"><input name="text" value="I send a greeting"><button>Send</button></form>
<iframe name="beside" src="{kb}{path}" width="320" height="600" allow="clipboard-write"></iframe>"""


@pytest.fixture
def tls(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate for this machine, and its key."""
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    line = f"openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -keyout {key} -out {certificate}"
    try:
        subprocess.run(line.split(), check=True, capture_output=True)
    except OSError:
        pytest.skip("no openssl here")
    return certificate, key


@pytest.fixture
def open_desk(tls: tuple[Path, Path]) -> Iterator[Callable[[], Any]]:
    """Start help desks, each an origin of its own; what they show is in their `page`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*tls)
    running = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(self.server.page.encode())  # type: ignore[attr-defined]

        def log_message(self, *_: object) -> None:
            """Nothing."""

    def start() -> Any:
        desk: Any = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        desk.socket = context.wrap_socket(desk.socket, server_side=True)
        desk.origin, desk.page = f"https://localhost:{desk.server_port}", ""
        threading.Thread(target=desk.serve_forever, daemon=True).start()
        running.append(desk)
        return desk

    yield start
    for desk in running:
        desk.shutdown()
        desk.server_close()


def test_only_the_desk_that_kb_toml_names_frames_the_sidebar(
    browser: Any,
    kb_root: Path,
    serve: Callable[..., Any],
    open_desk: Callable[[], Any],
    tls: tuple[Path, Path],
) -> None:
    """There a ticket is sent, a reply filled in and copied, and the desk reads none of it; another desk, and another page, the browser refuses."""
    (kb_root / "sorry.md").write_text(REPLY)
    ours, other = open_desk(), open_desk()
    (kb_root / "kb.toml").write_text(f'title = "Support"\n[serve]\nembed = ["{ours.origin}"]\n')
    kb = f"https://localhost:{serve(kb_root, tls=tls).port}"
    context = browser.new_context(ignore_https_errors=True)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))

    def visit(desk: Any, path: str) -> Any:
        desk.page = DESK.format(kb=kb, path=path)
        page.goto(desk.origin)
        return page.frame("beside")

    frame = visit(ours, "/sidebar")
    frame.wait_for_selector("#ticket")
    page.click("text=Send")
    frame.click("text=Reply with it")
    frame.fill("[name=set-customer_name]", "Mia")
    frame.click("text=Fill in")
    frame.wait_for_selector(".send:text('Dear Mia')")
    frame.click("text=Copy reply")
    frame.wait_for_selector("text=Copied.")
    assert page.evaluate("document.querySelector('iframe').contentDocument") is None
    assert not [text for text in said if "frame-ancestors" in text], said
    for desk, path in ((other, "/sidebar"), (ours, "/"), (ours, "/card/sorry")):
        said.clear()
        frame = visit(desk, path)
        assert frame.url.startswith("chrome-error:"), (desk.origin, path)
        assert any("frame-ancestors" in text for text in said), said
    page.goto(other.origin)
    with page.expect_response(lambda answer: answer.request.method == "POST") as refused:
        page.click("text=Send")
    assert refused.value.status == 403
    context.close()
