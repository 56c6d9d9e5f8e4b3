"""Whichever door is asked, the answer is one: the same cards in the same order, in the same states for the same reasons."""

import asyncio
import json
import tomllib
from collections.abc import Callable
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import trials

pytest.importorskip("mcp", reason="the extra mcp is not installed")
pytest.importorskip("starlette", reason="the extra web is not installed")
pytest.importorskip("slack_bolt", reason="the extra slack is not installed")
from mcp.client.client import Client

from kbcli.doors.mcp.server import make_server
from kbcli.operations.base import Base
from kbcli.operations.search import search_cards
from kbcli.render.slack import format_hits

CONTENT = Path(__file__).parents[3] / "content"
DAY = date(2027, 3, 1)
"""A day on which part of the starter's cards have expired."""
LIMIT = 5


@pytest.mark.parametrize("start", [0, pytest.param(1, marks=pytest.mark.stress)])
def test_every_door_says_the_same(start: int, run_kb: Callable[..., Any], serve: Callable[..., Any]) -> None:
    """Of the questions of the starter's search tests, a few by default and 200 in full."""
    tests = tomllib.loads((CONTENT / "search-tests.toml").read_text())["test"]
    texts = [test["query"] for test in tests]
    texts += [" ".join(text.split()[::-1]) for text in texts]
    questions = list(islice(texts, 0, 200) if start or trials.in_full else islice(texts, 0, 200, 25))
    server = serve(CONTENT, today=lambda: DAY)
    kb = Base(CONTENT, today=lambda: DAY)

    async def ask_assistant() -> list[list[tuple[str, str]]]:
        async with Client(make_server(kb)) as client:
            found = [
                await client.call_tool("search", {"question": question, "limit": LIMIT})
                for question in questions
            ]
        return [
            [(hit["id"], hit["trust"]["state"]) for hit in one.structured_content["hits"]] for one in found
        ]

    assistant = asyncio.run(ask_assistant())
    states = set()
    for question, asked in zip(questions, assistant, strict=True):
        line = ("--kb", str(CONTENT), "search", f"--limit={LIMIT}", "--format=json", "--", question)
        said = json.loads(run_kb(*line, today=DAY).out)["data"]
        page = json.loads(server.ask(f"/api/search?limit={LIMIT}&q={quote(question)}").text)["data"]
        assert page == said, question
        cards = [(hit["card"]["id"], hit["card"]["state"]) for hit in said["hits"]]
        assert asked == cards, question
        blocks = format_hits(search_cards(kb, question, limit=LIMIT))
        read = [
            element["value"]
            for block in blocks
            for element in (block["elements"] if block["type"] == "actions" else ())
            if element["action_id"].startswith("show")
        ]
        assert read == [ident for ident, _ in cards], question
        states |= {state for _, state in cards}
    assert {"verified", "expired"} <= states
