"""An opened base in a process that lives long."""

import gc
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest

from kbcli.errors import UsageError
from kbcli.operations.base import Base
from kbcli.operations.flag import flag_card
from kbcli.operations.list import list_cards
from kbcli.operations.search import search_cards
from kbcli.operations.show import show_card
from tests.conftest import TODAY


def find_ids(kb: Base, query: str) -> list[str]:
    """The IDs that a search finds."""
    return [hit.record.id for hit in search_cards(kb, query).result.hits]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("billing/refund.md", "---\ntitle: Refund a payment\n---\nAsk the bank.\n"),
        ("new.md", "---\ntitle: New\n---\nText.\n"),
        ("kb.toml", 'lang = "de"\n'),
        ("synonyms.toml", '"money back" = "refund"\n'),
        ("support/links/2026-11/a.jsonl", ""),
    ],
)
def test_the_key_changes_with_what_answers_depend_on(kb_root: Path, path: str, text: str) -> None:
    """A changed card, a new one, kb.toml, synonyms and links change the key, and nothing else does."""
    kb = Base(kb_root, today=lambda: TODAY)
    before = kb.answer_key()
    assert kb.answer_key() == before == Base(kb_root, today=lambda: TODAY).answer_key()
    (kb_root / path).parent.mkdir(parents=True, exist_ok=True)
    (kb_root / path).write_text(text, encoding="utf-8")
    assert kb.answer_key() != before
    assert hash(kb.answer_key()) != hash(before)


def test_midnight_changes_the_key_and_the_state(kb_root: Path) -> None:
    """The day is asked for with every call: a card that falls due overnight is expired in the morning."""
    days = iter([date(2026, 9, 30), date(2026, 10, 1)])
    day = next(days)
    kb = Base(kb_root, today=lambda: day)
    key, state = kb.answer_key(), show_card(kb, "quotas").trust.state
    day = next(days)
    assert kb.answer_key() != key
    assert (state, show_card(kb, "quotas").trust.state) == ("due", "expired")


def test_threads_see_every_edit(kb_root: Path, git_commit: Callable[..., str]) -> None:
    """Eight threads that search while cards, kb.toml and commits change see what was written before they asked.

    Or they are told that the answer is from just before.
    """

    def work(number: int) -> None:
        said: list[str] = []
        kb = Base(kb_root, today=lambda: TODAY, say=said.append)
        path = kb_root / f"thread{number}.md"
        for turn in "kl":
            word = f"zebra{'abcdefgh'[number]}{turn}quux"
            path.write_text(f"---\ntitle: Card {number}\n---\n{word} text\n", encoding="utf-8")
            found = find_ids(kb, word)
            while said and found != [f"thread{number}"]:
                assert "just before" in said.pop()
                found = find_ids(kb, word)
            assert found == [f"thread{number}"]
            assert list_cards(kb, tag=["api"]).summary.active == 2

    with ThreadPoolExecutor(8) as pool:
        futures = [pool.submit(work, number) for number in range(8)]
        (kb_root / "kb.toml").write_text('title = "Other"\nlang = "en"\n', encoding="utf-8")
        git_commit(kb_root)
        for future in futures:
            future.result()
    assert Base(kb_root).config.title == "Other"


def test_a_flag_needs_a_reason(kb_root: Path) -> None:
    """A flag that says nothing helps nobody, and is not written."""
    before = (kb_root / "billing/refund.md").read_bytes()
    with pytest.raises(UsageError, match="reason"):
        flag_card(Base(kb_root, actor="me"), "billing/refund", reason="  ")
    assert (kb_root / "billing/refund.md").read_bytes() == before


class Loop:
    """Something that holds itself, as an exception and its frames do."""

    def __init__(self) -> None:
        self.itself = self


def test_what_is_no_longer_used_is_given_back(kb_root: Path) -> None:
    """Garbage that was there when cards were read is found after it, or a server would keep it until it ends."""
    garbage = weakref.ref(Loop())
    list_cards(Base(kb_root, today=lambda: TODAY))
    gc.collect()
    assert garbage() is None
