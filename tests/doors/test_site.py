"""The pages of `kb export site` in a real browser, from a folder, offline."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.doors
pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")

CONTENT = Path(__file__).parents[2] / "content"
FOUND = 0.95
"""The share of the starter's search tests that is found: a little under what was measured."""


def list_hits(page: Any, query: str) -> list[str]:
    """The IDs of the cards that the page finds."""
    page.fill("#q", query)
    found = page.eval_on_selector_all("#hits .hits a", "all => all.map(a => a.getAttribute('href'))")
    return [href.removeprefix("card/").removesuffix(".html") for href in found]


def test_the_search_of_a_folder_finds_what_kb_finds(
    browser: Any, tmp_path: Path, run_kb: Callable[..., Any]
) -> None:
    """Of the starter's search tests, in six languages, nearly all find their card among the first three, offline, without an error."""
    assert run_kb("--kb", str(CONTENT), "export", "site", str(tmp_path / "site")).code == 0
    context = browser.new_context(offline=True)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text))
    page.goto(f"file://{tmp_path}/site/index.html")
    tests = tomllib.loads((CONTENT / "search-tests.toml").read_text())["test"]
    missed = [
        test["query"]
        for test in tests
        if not {*list_hits(page, test["query"])[: test.get("top", 3)]} & {*test["expect"]}
    ]
    assert len(missed) <= (1 - FOUND) * len(tests), missed
    page.fill("#q", "zzzqq")
    assert page.is_visible("text=No page is about that.")
    # From a card's page the search leads to the hits, and Enter opens the first.
    page.goto(f"file://{tmp_path}/site/card/api/too-many-requests.html")
    page.keyboard.press("/")
    page.keyboard.type("429")
    page.keyboard.press("Enter")
    page.wait_for_selector(".hits li")
    assert page.input_value("#q") == "429"
    page.press("#q", "Enter")
    page.wait_for_selector("article h1")
    page.goto(f"file://{tmp_path}/site/card/api/too-many-requests.html")
    page.click("nav[aria-label='Other languages'] a >> nth=0")
    page.wait_for_selector("h1:not([lang=en])")
    assert errors == []
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_for_everybody_at_every_width(
    browser: Any, kb_root: Path, tmp_path: Path, run_kb: Callable[..., Any], scheme: str
) -> None:
    """No violation of axe's rules, and nothing to scroll sideways, from 320 px to wide, in each kind of page."""
    from doors.test_pages import LONG, REPLY, list_faults

    (kb_root / "sorry.md").write_text(REPLY)
    (kb_root / "long.md").write_text(LONG)
    (kb_root / "antwort.md").write_text(
        "---\ntitle: Gruß\nlang: de\ntranslation_of: sorry\n---\n# Gruß\n\nAllen gesagt.\n"
    )
    run_kb("export", "site", str(tmp_path / "site"), cwd=kb_root)
    paths = (
        "index.html",
        "index.html?q=requests",
        "card/sorry.html",
        "card/long.html",
        "card/antwort.html",
        "404.html",
    )
    assert list_faults(browser, scheme, [f"file://{tmp_path}/site/{path}" for path in paths]) == []


def test_no_card_runs_anything_or_asks_elsewhere(
    browser: Any, kb_root: Path, tmp_path: Path, run_kb: Callable[..., Any]
) -> None:
    """Of 35 attacks in every field none runs a script on a card's page or among the hits, and none asks a server for anything."""
    from unit.doors.test_web import ATTACKS, write_attacks

    write_attacks(kb_root)
    run_kb("export", "site", str(tmp_path / "site"), cwd=kb_root)
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: pytest.fail(f"a dialog: {dialog.message}"))
    for number in range(len(ATTACKS)):
        page.goto(f"file://{tmp_path}/site/card/a{number}.html")
    page.goto(f"file://{tmp_path}/site/index.html")
    assert list_hits(page, "frobnicate")
    assert len(asked) > len(ATTACKS)
    assert [url for url in asked if not url.startswith(f"file://{tmp_path}/site/")] == []
    page.close()
