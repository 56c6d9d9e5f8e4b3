"""How long kb waits for an engine: as long as a question may, whatever of it is slow and however often it is asked."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from kbcli.foundation.opensearch import client, connections, failures
from kbcli.foundation.opensearch.access import EngineError, read_access
from kbcli.foundation.opensearch.client import Engine
from kbcli.knowledge.index.holding import HeldIndex
from kbcli.knowledge.index.opensearch import opening
from kbcli.operations import load_operation
from kbcli.operations.base import Base
from kbcli.operations.live import LiveBase
from tests.conftest import TODAY
from tests.engine.liar import TRUE, lie


def test_what_is_allowed_is_for_all_questions_together() -> None:
    """A server that never answers is waited for once; what is allowed within that has no more than is left."""
    with lie("silent") as liar:
        engine = Engine(read_access([liar.url]))
        began = time.monotonic()
        with engine.allow(0.2):
            for seconds, told in ((0.1, "not answer in time"), (5.0, "not answer in time"), (5.0, "no time")):
                with engine.allow(seconds), pytest.raises(EngineError, match=told):
                    engine.ask("GET", "/")
        assert 0.2 <= time.monotonic() - began < 2
        assert len(liar.asked) == 2


def test_a_name_is_looked_up_as_long_as_there_is_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """A resolver that never comes back keeps nobody."""
    found = connections.getaddrinfo

    def look_up(*given: Any, **named: Any) -> Any:
        if not named.get("flags"):
            time.sleep(5)
        return found(*given, **named)

    monkeypatch.setattr(connections, "getaddrinfo", look_up)
    engine = Engine(read_access(["http://localhost:9"]))
    began = time.monotonic()
    with engine.allow(0.1), pytest.raises(EngineError, match="did not answer in time"):
        engine.ask("GET", "/")
    assert time.monotonic() - began < 3


def test_a_node_that_hangs_is_waited_for_once(kb_root: Path) -> None:
    """Of two nodes one never answers: one question is lost to it, whichever process asks next; where both hang nobody waits."""
    with lie("silent") as hanging, lie("") as good:
        # A process begins with the node that its number chooses.
        access = read_access([hanging.url, good.url][:: -1 if os.getpid() % 2 else 1])
        answers = []
        for _ in range(3):
            # As another process, this one knows nothing but what is on disk.
            engine = Engine(access)
            with engine.allow(0.3):
                try:
                    answers.append(engine.ask("GET", "/"))
                except EngineError:
                    answers.append({})
        assert answers == [{}, TRUE, TRUE]
        assert len(hanging.asked) == 1
        good.lies = "silent"
        with engine.allow(0.3), pytest.raises(EngineError, match="did not answer in time"):
            engine.ask("GET", "/")
        asked = len(good.asked)
        with pytest.raises(EngineError, match="did not answer 0 seconds ago"), opening.limit_engine(engine):
            engine.ask("GET", "/")
        assert (len(hanging.asked), len(good.asked)) == (1, asked)


@pytest.fixture
def left(kb_root: Path, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long each call to an engine that takes 0.1 s to fail might have waited."""
    monkeypatch.setattr(failures, "FAILURE_SECONDS", 0.0)
    monkeypatch.setenv("KB_ENGINE_URLS", "http://127.0.0.1:9")
    with (kb_root / "kb.toml").open("a") as settings:
        settings.write('\n[engine]\nindex = "kb-test"\n')
    left = []

    def wait(self: Engine, method: str, path: str, data: bytes, kind: str, until: float) -> Any:
        left.append(until - time.monotonic())
        time.sleep(0.1)
        raise client._UnreachedError("it is busy")

    monkeypatch.setattr(Engine, "_ask_any", wait)
    return left


@pytest.mark.parametrize("kind", [Base, LiveBase])
def test_one_search_waits_once(kind: type[Base], kb_root: Path, left: list[float]) -> None:
    """State, cards, and tickets of one search share what it may wait, in a process that lives long, too."""
    found = load_operation("search")(kind(kb_root, today=lambda: TODAY), "429", tickets=3)
    assert (found.engine.used, bool(found.result.hits)) == ("local", True)
    assert len(left) > 1
    assert all(seconds <= opening.ANSWER_SECONDS - 0.1 * before for before, seconds in enumerate(left))


def test_who_waits_for_another_s_look_has_less_time_for_the_engine(
    kb_root: Path, left: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a server the time until another thread has looked at the files is part of what a question may wait."""

    @contextmanager
    def look() -> Iterator[None]:
        time.sleep(0.3)
        yield

    held = HeldIndex()
    monkeypatch.setattr(held, "_looking", look())
    held.ask(Base(kb_root, today=lambda: TODAY).config, lambda index: None)
    assert left
    assert max(left) <= opening.ANSWER_SECONDS - 0.3
