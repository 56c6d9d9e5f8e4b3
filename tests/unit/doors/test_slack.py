"""The Slack door: signed requests of the real library's shape, answers for the asker's eyes only, nothing of a card that acts."""

import hashlib
import hmac
import json
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import date
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest
from datedgit import run_git
from webserver import ScriptedServer, serve

pytest.importorskip("slack_bolt", reason="the extra slack is not installed")

SECRET = "s3cret"
MOMENT = "2026-11-21T12:00:00+0000"
SETTINGS = '\n[slack]\npages = "https://kb.example.org/"\n[slack.people]\nU1 = "ada@example.org"\n'
NOTE = "\n<!-- zsecretnote: ask Mia -->\n\n[//]: # (zsecretidle)\n"
HOSTILE = "<!channel> <@U9> *bold* <https://evil.example|x> \u202eabc"


class Workspace:
    """Slack, as far as the application sees it: what is asked of its API, and what is posted to an answer's address."""

    def __init__(self, server: ScriptedServer) -> None:
        self.server = server
        self.shared: dict[str, bool] = {"C": False, "S": True}
        self.posted: list[dict[str, Any]] = []
        self.forms: list[dict[str, Any]] = []
        for path, answer in (
            ("auth.test", self._test),
            ("conversations.info", self._tell),
            ("views.open", self._open),
        ):
            server.routes[f"/api/{path}"] = self._make_route(answer)
        server.routes["/answer"] = self._make_route(self._take)

    def answer(self, method: str, answer: dict[str, Any]) -> None:
        """Answer a method of the API with this."""
        self.server.routes[f"/api/{method}"] = self._make_route(lambda _text: answer)

    def _make_route(self, answer: Callable[[str], dict[str, Any]]) -> Callable[[Any], None]:
        def route(handler: Any) -> None:
            text = handler.rfile.read(int(handler.headers.get("Content-Length", 0))).decode()
            data = json.dumps(answer(text)).encode()
            handler.send_response(200)
            handler.send_header("Content-Type", "application/json")
            handler.send_header("Content-Length", str(len(data)))
            handler.end_headers()
            handler.wfile.write(data)

        return route

    def _test(self, _text: str) -> dict[str, Any]:
        return {"ok": True, "bot_id": "B", "user_id": "UB", "bot_user_id": "UB", "team_id": "T", "url": ""}

    def _tell(self, text: str) -> dict[str, Any]:
        channel = (parse_qs(text).get("channel") or [json.loads(text)["channel"] if text[:1] == "{" else ""])[
            0
        ]
        if channel not in self.shared:
            return {"ok": False, "error": "channel_not_found"}
        return {"ok": True, "channel": {"id": channel, "is_ext_shared": self.shared[channel]}}

    def _open(self, text: str) -> dict[str, Any]:
        form = json.loads(text)["view"] if text[:1] == "{" else json.loads(parse_qs(text)["view"][0])
        self.forms.append(form)
        return {"ok": True, "view": {"id": "V"}}

    def _take(self, text: str) -> dict[str, Any]:
        self.posted.append(json.loads(text))
        return {"ok": True}

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def workspace() -> Iterator[Workspace]:
    """A workspace that answers on this machine."""
    with serve() as server:
        yield Workspace(server)


@pytest.fixture
def make_app(kb_root: Path, workspace: Workspace) -> Any:
    """The application on the example base, whose card about quotas is for everybody, with notes in it that are not; and a hostile card."""
    from slack_sdk import WebClient

    from kbcli.doors.slack.app import make_app
    from kbcli.operations.live import LiveBase

    path = kb_root / "kb.toml"
    path.write_text(path.read_text() + SETTINGS)
    path = kb_root / "api/quotas.md"
    path.write_text(path.read_text().replace("type: reference", "type: reference\naudience: public") + NOTE)
    quoted = json.dumps(HOSTILE)
    (kb_root / "x.md").write_text(
        f"---\ntitle: {quoted}\nowner: {quoted}\nflagged: {{by: {quoted}, on: 2026-11-20, reason: {quoted}}}\n---\nfrobnicate {HOSTILE}\n"
    )
    client = WebClient(token="xoxb-x", base_url=f"{workspace.address}/api/")
    base = LiveBase(kb_root, today=lambda: date(2026, 11, 21))
    return make_app(base, secret=SECRET, client=client)


def send(
    app: Any, body: str, *, secret: str = SECRET, age: int = 0, kind: str = "x-www-form-urlencoded"
) -> Any:
    """A request as Slack signs it: https://docs.slack.dev/authentication/verifying-requests-from-slack."""
    from slack_bolt import BoltRequest

    stamp = str(int(time.time()) - age)
    signed = hmac.new(secret.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
    headers = {
        "content-type": [f"application/{kind}"],
        "x-slack-signature": [f"v0={signed}"],
        "x-slack-request-timestamp": [stamp],
    }
    return app.dispatch(BoltRequest(body=body, headers=headers))


def ask(app: Any, text: str, channel: str = "C", **how: Any) -> Any:
    """`/kb text` in a channel."""
    command = {
        "command": "/kb",
        "text": text,
        "user_id": "U1",
        "team_id": "T",
        "channel_id": channel,
        "trigger_id": "1",
    }
    return send(app, urlencode(command), **how)


def act(app: Any, workspace: Workspace, kind: str, channel: str = "C", **what: Any) -> Any:
    """A press of a button, a message taken as a ticket, or a form that was sent."""
    payload = {
        "type": kind, "user": {"id": "U1"}, "team": {"id": "T"}, "channel": {"id": channel}, "trigger_id": "1",
        "response_url": f"{workspace.address}/answer", **what,
    }  # fmt: skip
    return send(app, urlencode({"payload": json.dumps(payload)}))


def press(app: Any, workspace: Workspace, action: str, ident: str, channel: str = "C") -> Any:
    """A press of a button below a card."""
    pressed = [{"type": "button", "action_id": action, "block_id": "b", "value": ident}]
    return act(app, workspace, "block_actions", channel, actions=pressed)


def list_texts(found: Any) -> list[str]:
    """Every text object of blocks, with what kind of text it is."""
    if isinstance(found, dict):
        own = (
            [f"{found['type']}:{found['text']}"]
            if isinstance(found.get("text"), str) and "type" in found
            else []
        )
        return own + [text for value in found.values() for text in list_texts(value)]
    return [text for one in found for text in list_texts(one)] if isinstance(found, list) else []


def test_a_question_is_answered_for_the_asker_alone(make_app: Any) -> None:
    """The card comes under its trust with its passage, ephemeral; an untrusted one with a warning and without a passage."""
    answer = json.loads(ask(make_app, "too many requests").body)
    assert answer["response_type"] == "ephemeral"
    texts = list_texts(answer["blocks"])
    at = texts.index('plain_text:Explain a 429 "too many requests" response')
    assert "verified" in texts[at + 1]
    assert "more requests than the plan allows" in texts[at + 2]
    texts = list_texts(json.loads(ask(make_app, "quota minute").body)["blocks"])
    at = texts.index("plain_text:Request quotas of each plan")
    assert "Do not send this before checking" in texts[at + 1]
    assert "Each plan has" not in str(texts)
    assert "No card answers this" in str(list_texts(json.loads(ask(make_app, "zzqqxx").body)["blocks"]))
    assert "no card has tag:<x>" in str(list_texts(json.loads(ask(make_app, "quota tag:<x>").body)["blocks"]))
    assert "/kb customer" in str(list_texts(json.loads(ask(make_app, " ").body)["blocks"]))


def test_what_slack_did_not_sign_is_refused(make_app: Any) -> None:
    """Another secret, a timestamp of ten minutes ago and a body that was altered are 401."""
    assert ask(make_app, "refund").status == 200
    assert ask(make_app, "refund", secret="other").status == 401
    assert ask(make_app, "refund", age=600).status == 401
    from slack_bolt import BoltRequest

    stamp = str(int(time.time()))
    signed = hmac.new(SECRET.encode(), f"v0:{stamp}:a=1".encode(), hashlib.sha256).hexdigest()
    headers = {"x-slack-signature": [f"v0={signed}"], "x-slack-request-timestamp": [stamp]}
    assert make_app.dispatch(BoltRequest(body="a=2", headers=headers)).status == 401


def test_others_who_read_along_see_public_cards_only(
    make_app: Any, workspace: Workspace, kb_root: Path
) -> None:
    """In a shared channel, and in one that Slack does not tell of, an internal card is not there, nor a public one's owner, comments and page."""
    for channel in ("S", "unknown"):
        answer = ask(make_app, "requests", channel).body
        assert "Request quotas of each plan" in answer
        assert "Explain a 429" not in answer
        assert "too-many" not in answer
        press(make_app, workspace, "show", "api/quotas", channel)
        for word in ("api-team", "zsecret", "kb.example.org"):
            assert word not in answer + str(workspace.posted), word
        for words in ("zsecretnote", "zsecretidle", "owner:api-team quota"):
            assert "No card answers this" in ask(make_app, words, channel).body, words
        press(make_app, workspace, "show", "api/too-many-requests", channel)
        press(make_app, workspace, "flag", "api/too-many-requests", channel)
        assert "more requests than" not in str(workspace.posted)
        assert [str(list_texts(one["blocks"])) for one in workspace.posted[-2:]] == [
            "['plain_text:no card is called “api/too-many-requests”']"
        ] * 2
    assert workspace.forms == []


def test_no_word_of_a_card_acts(make_app: Any, workspace: Workspace) -> None:
    """Mentions, markup and links of a card are plain text, and its control characters are visible."""
    answer = ask(make_app, "frobnicate").body
    press(make_app, workspace, "show", "x")
    for texts in (list_texts(json.loads(answer)["blocks"]), list_texts(workspace.posted[-1]["blocks"])):
        assert any("<!channel>" in text for text in texts)
        assert {text.partition(":")[0] for text in texts} == {"plain_text"}
        assert "\u202e" not in str(texts)


def test_a_message_is_a_ticket(make_app: Any, workspace: Workspace) -> None:
    """A whole message is searched for as it reads, and the answer goes to whoever took it."""
    text = "Hi &amp; hello <@U7|Bob>,\n\nthe <https://app.example.org/x|app> says 429 too many requests.\n\nThanks"
    message = {"type": "message", "user": "U7", "ts": "1", "text": text}
    done = act(make_app, workspace, "message_action", callback_id="ask_kb", message=message)
    assert done.status == 200
    assert workspace.posted[-1]["response_type"] == "ephemeral"
    assert workspace.posted[-1]["replace_original"] is False
    assert list_texts(workspace.posted[-1]["blocks"])[0].endswith('"too many requests" response')
    from kbcli.doors.slack.app import read_message

    assert (
        read_message(text).splitlines()[2] == "the app https://app.example.org/x says 429 too many requests."
    )


@pytest.mark.parametrize("piece", ["<@|", "<http:", "<!|a", "<#a|b|"])
def test_a_hostile_message_is_read_in_time_by_its_length(piece: str) -> None:
    """Marks that never end, 40,000 characters of them, as anybody may post in a shared channel: read at once, and kept."""
    from kbcli.doors.slack.app import read_message

    text = piece * (40_000 // len(piece))
    began = time.process_time()
    assert read_message(text) == text
    assert time.process_time() - began < 1


def test_a_report_carries_the_text_that_was_shown(make_app: Any, workspace: Workspace, kb_root: Path) -> None:
    """It is committed in the name that kb.toml has for the user; not for a text that changed meanwhile, nor for a stranger."""
    run_git(kb_root, "add", "-A", moment=MOMENT)
    run_git(kb_root, "commit", "-qm", "settings", moment=MOMENT)
    press(make_app, workspace, "flag", "billing/refund")
    form = workspace.forms[-1]

    def report(user: str = "U1") -> str:
        state = {"values": {"reason": {"reason": {"value": "it takes ten days"}}}}
        view = {**form, "state": state, "id": "V"}
        done = act(make_app, workspace, "view_submission", view=view, user={"id": user})
        return str(list_texts(json.loads(done.body)["view"]["blocks"]))

    assert "[slack.people]" in report("U2")
    path = kb_root / "billing/refund.md"
    before = path.read_text()
    path.write_text(before.replace("five days", "six days"))
    assert "no longer the text that was shown" in report()
    path.write_text(before.replace("---\n", "---\nproduct: x\n", 1))
    assert "not committed" in report()
    path.write_text(before)
    assert "in the name of ada@example.org" in report()
    assert "it takes ten days" in path.read_text()
    assert "Flag billing/refund" in run_git(kb_root, "log", "-1", "--format=%s", moment=MOMENT)


def test_verify_opens_the_page_of_the_card(make_app: Any) -> None:
    """The button leads to the address in kb.toml, with the ID written as an address."""
    assert '"url": "https://kb.example.org/card/billing/refund"' in ask(make_app, "refund payment").body


@contextmanager
def run_site(site: Any) -> Iterator[int]:
    """A real server of an application; its port."""
    import uvicorn

    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(site, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(10)


def test_slack_posts_to_one_address(make_app: Any) -> None:
    """Over HTTP a signed request is answered; an unsigned one, one that is too large and one that is no text are refused."""
    from kbcli.doors.slack.serving import MAX_BODY, make_site

    with run_site(make_site(make_app)) as port:

        def post(body: bytes, **headers: str) -> tuple[int, str]:
            with closing(HTTPConnection("127.0.0.1", port, timeout=20)) as connection:
                connection.request("POST", "/slack/events", body, headers)
                answer = connection.getresponse()
                return answer.status, answer.read().decode()

        body = urlencode(
            {"command": "/kb", "text": "refund", "user_id": "U1", "team_id": "T", "channel_id": "C"}
        )
        stamp = str(int(time.time()))
        signed = hmac.new(SECRET.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": f"v0={signed}",
        }
        status, text = post(body.encode(), **headers)
        assert (status, "Refund a payment" in text) == (200, True)
        assert post(body.encode(), **{**headers, "X-Slack-Signature": "v0=00"})[0] == 401
        assert post(b"a=1")[0] == 401
        for stamp in ("abc", "9" * 5_000, "-1"):
            assert post(body.encode(), **{**headers, "X-Slack-Request-Timestamp": stamp})[0] == 401
        assert post(body.encode(), **{**headers, "X-Slack-Signature": "v0=\xe9"})[0] == 401
        for garbled in (
            b"\xff",
            b"payload={",
            b"payload=[]",
            b'payload={"team":5}',
            b"payload=" + b"[" * 100_000,
        ):
            assert post(garbled, **headers)[0] == 400
        assert post(b"x" * (MAX_BODY + 1))[0] == 413


def test_a_question_over_a_socket_is_answered(make_app: Any, workspace: Workspace) -> None:
    """The library opens a real socket, and what comes over it is answered on it."""
    pytest.importorskip("websockets")
    from slack_bolt.adapter.socket_mode import SocketModeHandler
    from starlette.applications import Starlette
    from starlette.routing import WebSocketRoute
    from starlette.websockets import WebSocket

    answered = queue.Queue[dict[str, Any]]()

    async def talk(stream: WebSocket) -> None:
        await stream.accept()
        await stream.send_json({"type": "hello", "num_connections": 1, "connection_info": {"app_id": "A"}})
        command = {"command": "/kb", "text": "refund", "user_id": "U1", "team_id": "T", "channel_id": "C"}
        await stream.send_json({"type": "slash_commands", "envelope_id": "E", "payload": command})
        answered.put(await stream.receive_json())
        await stream.close()

    with run_site(Starlette(routes=[WebSocketRoute("/", talk)])) as port:
        workspace.answer("apps.connections.open", {"ok": True, "url": f"ws://127.0.0.1:{port}/"})
        client = SocketModeHandler(make_app, "xapp-x", auto_reconnect_enabled=False).client
        try:
            client.connect()
            answer = answered.get(timeout=20)
        finally:
            client.close()
    assert answer["envelope_id"] == "E"
    assert "plain_text:Refund a payment" in list_texts(answer["payload"]["blocks"])


def test_a_socket_that_stays_closed_ends_the_command() -> None:
    """Silence for a minute is an error, so that a supervisor starts it anew; a socket that comes back is none."""
    from kbcli.doors.slack.serving import watch
    from kbcli.errors import KbError

    class Socket:
        def __init__(self, *states: bool) -> None:
            self.states = iter(states)

        def is_connected(self) -> bool:
            return next(self.states, False)

    waited: list[float] = []
    with pytest.raises(KbError, match="60 seconds"):
        watch(Socket(True, *[False] * 5, True), waited.append, lambda _said: None)
    assert len(waited) == 13


def test_the_command_names_what_is_missing(kb_root: Path, run_kb: Callable[..., Any]) -> None:
    """Without a token it says which variable is not set, and exits 3."""
    done = run_kb("slack", cwd=kb_root)
    assert (done.code, "SLACK_SIGNING_SECRET" in done.err or "SLACK_BOT_TOKEN" in done.err) == (3, True)
