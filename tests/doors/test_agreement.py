"""Every door gives the same answer to a question: cards, order, states and reasons."""

import asyncio
import json
import tomllib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

pytest.importorskip("mcp", reason="the extra mcp is not installed")
pytest.importorskip("slack_bolt", reason="the extra slack is not installed")
from mcp.client.client import Client

from kbcli.doors.mcp.server import make_server
from kbcli.doors.slack.app import Answers
from kbcli.operations.base import Base
from kbcli.operations.live import LiveBase

pytestmark = pytest.mark.doors

ROOT = Path(__file__).parents[2] / "content"
# Some cards are due and some expired by then, so that states differ.
DAY = date(2027, 2, 25)
LIMIT = 3
MORE = (
    "429", "->", "error 409 etag", "고객이 429 오류", "429 오류", "kunde bekommt 413", "invoice", "Rechnung", "refund", "password reset",
    "webhook signature", "退款", "パスワード", "करें", "fattura", "slow dashboard", "export csv", "delete my account", "two factr lockout",
    "sso login loop", "GDPR request", "status page", "api key leaked", "rate limit", "zahlung fehlgeschlagen", "abbonamento",
    "who is on shift", "data processing agreement", "cannot log in after update", "spam folder", "plan upgrade", "zzqqxx unknown words",
    "team invitation", "time zone", "browser not supported", "dark mode", "mobile app", "vat number", "cancel subscription",
)  # fmt: skip


def list_questions() -> list[str]:
    """About 200: the search tests of the starter, and others, in all its languages."""
    tests = tomllib.loads((ROOT / "search-tests.toml").read_text(encoding="utf-8"))["test"]
    return [*(one["query"] for one in tests), *MORE]


class NobodyElse:
    """Channels that people of one organisation read."""

    def is_shared(self, _channel: str) -> bool:
        return False


def ask_slack(answers: Answers, question: str) -> list[tuple[str, str]]:
    """ID and state of each hit, as Slack shows them."""
    blocks = answers.search(question, "C")
    states = [block["elements"][0]["text"] for block in blocks if block["type"] == "context"]
    idents = [block["elements"][0]["value"] for block in blocks if block["type"] == "actions"]
    plain = (
        text.removeprefix("Do not send this before checking. ").split()[1].rstrip(",:") for text in states
    )
    return list(zip(idents, plain, strict=True))


def ask_assistants(questions: list[str]) -> list[list[tuple[str, str]]]:
    """ID and state of each hit of each question, as an assistant is told."""

    async def ask() -> list[list[tuple[str, str]]]:
        async with Client(make_server(Base(ROOT, today=lambda: DAY))) as client:
            found = []
            for question in questions:
                result = await client.call_tool("search", {"question": question, "limit": LIMIT})
                hits = result.structured_content["hits"]
                found.append([(hit["id"], hit["trust"]["state"]) for hit in hits])
            return found

    return asyncio.run(ask())


def test_every_door_gives_the_same_answer(run_kb: Callable[..., Any], serve: Callable[..., Any]) -> None:
    """The command line, the pages, an assistant and Slack name the same cards in the same order and states, the first two with the same reasons."""
    questions = list_questions()
    server = serve(ROOT, today=lambda: DAY)
    answers = Answers(LiveBase(ROOT, today=lambda: DAY), NobodyElse())
    seen: set[str] = set()
    for question, told in zip(questions, ask_assistants(questions), strict=True):
        said = run_kb(
            "--kb",
            str(ROOT),
            "--today",
            str(DAY),
            "search",
            "--format",
            "json",
            "--limit",
            str(LIMIT),
            "--",
            question,
        )
        cards = [hit["card"] for hit in json.loads(said.out)["data"]["hits"]]
        page = server.ask(f"/api/search?q={quote(question)}&limit={LIMIT}")
        assert [hit["card"] for hit in json.loads(page.text)["data"]["hits"]] == cards, question
        short = [(card["id"], card["state"]) for card in cards]
        assert told == short, question
        assert ask_slack(answers, question) == short, question
        seen |= {state for _, state in short}
    assert len(questions) >= 200
    assert {"verified", "due", "expired"} <= seen
