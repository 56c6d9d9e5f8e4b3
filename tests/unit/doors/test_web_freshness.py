"""An answer of the server is never older than a second, and none is wrong while others write or damage the index."""

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("starlette", reason="the extra web is not installed")
from kbcli.operations.live import LiveBase
from kbcli.operations.search import search_cards


def test_what_changes_is_seen_within_a_second(
    kb_root: Path, git_commit: Callable[..., str], serve: Callable[..., Any]
) -> None:
    """An edit, a commit, another branch, a deletion; a new day and another kb.toml at once."""
    days = [date(2026, 11, 21)]
    server = serve(kb_root, today=lambda: days[-1])

    def ask(words: str) -> str:
        return str(server.ask(f"/api/search?q={words}").text)

    path = kb_root / "api/quotas.md"
    before = path.read_text()
    assert '"total": 0' in ask("frobnicate&exact=1")
    path.write_text(before + "\nfrobnicate\n")
    time.sleep(1)
    assert "api/quotas" in ask("frobnicate")
    git_commit(kb_root)
    os.system(f"git -C {kb_root} switch -q --detach HEAD~1")
    time.sleep(1)
    assert '"total": 0' in ask("frobnicate")
    os.system(f"git -C {kb_root} switch -q main && rm {path}")
    time.sleep(1)
    assert '"total": 0' in ask("frobnicate")
    assert server.ask("/card/api/quotas").status == 404
    assert '"state": "verified"' in ask("429")
    days.append(date(2027, 3, 1))
    assert '"state": "expired"' in ask("429")
    assert "expired" in server.ask("/card/api/too-many-requests").text
    (kb_root / "kb.toml").write_text('title = "Another name"\nexclude = ["billing/**"]\n')
    assert "Another name" in server.ask("/").text
    assert "billing/refund" not in ask("refund")


def test_a_damaged_index_heals_while_many_ask(
    kb_root: Path, isolated_environment: Path, serve: Callable[..., Any]
) -> None:
    """Its files are overwritten under a server that answers: within a second each answer is right again."""
    server = serve(kb_root)
    server.ask("/api/search?q=refund")

    def ask(number: int) -> bool:
        said = server.ask(f"/api/search?q=refund+{number}")
        return said.status == 200 and '"id": "billing/refund"' in said.text

    with ThreadPoolExecutor(4) as pool:
        for turn in range(2):
            for file in (isolated_environment / ".cache").rglob("*"):
                if file.is_file() and file.suffix in (".trm", ".pst", ".col", ".toc"):
                    file.write_bytes(b"\0" * file.stat().st_size)
            ask(0)
            time.sleep(1)
            assert all(pool.map(ask, range(20 * turn, 20 * turn + 20)))


def test_an_open_index_answers_as_a_new_one(kb_root: Path) -> None:
    """After each of many edits, the base held open and one opened for the question say the same."""
    live = LiveBase(kb_root, today=lambda: date(2026, 11, 21))
    for number in range(12):
        (kb_root / f"c{number % 5}.md").write_text(
            f"---\ntitle: Card {number}\n---\nfrobnicate {number} quota\n"
        )
        live.look_again()
        for query in ("frobnicate", "quota", "card", str(number)):
            new = LiveBase(kb_root, today=lambda: date(2026, 11, 21))
            assert search_cards(live, query) == search_cards(new, query)
