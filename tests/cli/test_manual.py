"""kb manual."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Outcome

RunKb = Callable[..., Outcome]


@pytest.fixture(autouse=True)
def content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A small manual in the place of kb's own, and a card that is not part of it."""
    folder = tmp_path / "content"
    (folder / "manual").mkdir(parents=True)
    (folder / "kb.toml").write_text("")
    (folder / "other.md").write_text("---\ntitle: Verify your identity\n---\nNot the manual.\n")
    (folder / "manual" / "verify.md").write_text(
        "---\ntitle: Verify a card\n---\nRun `kb verify CARD` when all is right.\n"
    )
    (folder / "manual" / "kb.toml.md").write_text(
        "---\ntitle: The settings\n---\nWhere the exceptions are set.\n"
    )
    monkeypatch.setattr("kbcli.knowledge.search.manual.find_content", lambda: folder)


def test_without_words_the_contents_are_listed(tmp_path: Path, run_kb: RunKb) -> None:
    """Names and titles of the manual's pages, and of nothing else, with no knowledge base at hand."""
    done = run_kb("manual", cwd=tmp_path)
    assert (done.code, done.out) == (0, "kb.toml\tThe settings\nverify\tVerify a card\n")


def test_a_question_finds_its_page(tmp_path: Path, run_kb: RunKb) -> None:
    """The page that answers is shown as Markdown in a pipe."""
    done = run_kb("manual", "how", "do", "I", "verify", "something", cwd=tmp_path)
    assert (done.code, done.out) == (0, "# Verify a card\n\nRun `kb verify CARD` when all is right.\n")


def test_a_page_is_found_by_its_name(tmp_path: Path, run_kb: RunKb) -> None:
    """A name wins over a search."""
    data = json.loads(run_kb("manual", "kb.toml", "--format", "json", cwd=tmp_path).out)["data"]
    assert data["page"]["title"] == "The settings"


def test_nothing_found_is_1(tmp_path: Path, run_kb: RunKb) -> None:
    """As a search that finds nothing."""
    done = run_kb("manual", "xylophone", cwd=tmp_path)
    assert (done.code, done.out) == (1, "")
    assert "kb manual" in done.err


def test_on_a_terminal_the_page_is_rendered(tmp_path: Path, run_kb: RunKb) -> None:
    """Markdown marks give way to their rendering."""
    done = run_kb("manual", "verify", "--format", "table", cwd=tmp_path)
    assert "Verify a card" in done.out
    assert "`" not in done.out
