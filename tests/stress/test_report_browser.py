"""Promises of the report's page in a real browser, where there is one."""

import base64
import re
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import pytest

from tests.browser import Page, find_browser, open_page

pytestmark = [pytest.mark.stress, pytest.mark.skipif(not find_browser(), reason="no Chromium here")]
TITLES = ("</td><script>document.title='broken'</script>", "W" * 300, "كلمة السر", "A word " * 40, "C")


@pytest.fixture
def address(
    tmp_path: Path, kb_root: Path, run_kb: Callable[..., object], git_commit: Callable[..., str]
) -> str:
    """The page of a knowledge base with a year of history, hostile and very long names, and many owners."""
    for day in ("2025-11-01", "2026-03-01", "2026-09-01"):
        for number in range(40):
            title = TITLES[number % len(TITLES)].replace("'", "''")
            card = f"---\ntitle: '{title}'\nowner: 'team {number} {title}'\nverify_every: 90d\nverified: {day}\n---\nText.\n"
            (kb_root / f"card-{number}.md").write_text(card, encoding="utf-8")
        git_commit(kb_root, day=day)
    page = tmp_path / "report.html"
    page.write_text(run_kb("report", "--format", "html", cwd=kb_root).out, encoding="utf-8")  # type: ignore[attr-defined]
    return page.as_uri()


@pytest.fixture
def page(tmp_path: Path, address: str) -> Iterator[Page]:
    """The page in a browser that has loaded it, and noted what it asked for."""
    with open_page(tmp_path / "profile") as tab:
        for domain in ("Page", "Network", "Log", "Runtime"):
            tab.call(f"{domain}.enable")
        tab.call("Page.navigate", url=address)
        tab.wait_for("Page.loadEventFired")
        yield tab


def set_size(page: Page, width: int) -> None:
    """Make the window this wide."""
    page.call(
        "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False
    )


def test_page_asks_only_for_itself(page: Page, address: str) -> None:
    """One request, for the page; nothing is logged, no script of a card has run, and the policy stops one that would."""
    asked = [
        event["params"]["request"]["url"]
        for event in page.events
        if event.get("method") == "Network.requestWillBeSent"
    ]
    assert asked == [address]
    assert not [
        event for event in page.events if event.get("method") in ("Log.entryAdded", "Runtime.exceptionThrown")
    ]
    assert page.evaluate("document.title").startswith("Example support: where we stand")
    page.evaluate("document.body.append(Object.assign(new Image(), {src: 'https://example.org/x.png'}))")
    page.wait_for("Log.entryAdded")
    assert any("Content Security Policy" in str(event) for event in page.events)


def test_page_never_scrolls_sideways(page: Page) -> None:
    """At every width only the boxes of tables scroll sideways, also with the figures opened; the theme is that of the system."""
    page.evaluate("document.querySelectorAll('details').forEach(box => box.open = true)")
    scrolling = """[...document.querySelectorAll('body *')].filter(
        box => box.scrollWidth > box.clientWidth && ['auto', 'scroll'].includes(getComputedStyle(box).overflowX))"""
    for scheme, width in product(("light", "dark"), (320, 500, 800, 1400)):
        page.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
        set_size(page, width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, (scheme, width)
        assert page.evaluate(
            f"{scrolling}.every(box => box.tabIndex === 0 && box.getAttribute('aria-label'))"
        )
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (sum(map(int, re.findall(r"\d+", ground))) > 600) == (scheme == "light"), ground


def test_tab_reaches_everything_with_a_ring(page: Page) -> None:
    """Every link, opener and scrolling box gets the focus once, is on the screen then, and has an outline."""
    set_size(page, 500)
    wanted = page.evaluate("""[...document.querySelectorAll('a[href], summary, [tabindex="0"]')]
        .filter(one => one.checkVisibility()).map((one, number) => one.dataset.number = number + '')""")
    seen = []
    for _ in wanted:
        for kind in ("keyDown", "keyUp"):
            page.call("Input.dispatchKeyEvent", type=kind, key="Tab", code="Tab", windowsVirtualKeyCode=9)
        seen.append(
            page.evaluate("""(one => { const box = one.getBoundingClientRect(), style = getComputedStyle(one);
            const shown = box.bottom > 0 && box.top < innerHeight && box.right > 0 && style.outlineStyle !== 'none';
            return shown ? one.dataset.number : one.outerHTML.slice(0, 80); })(document.activeElement)""")
        )
    assert seen == wanted


def test_print_is_light_and_whole(page: Page, tmp_path: Path) -> None:
    """From a dark system too the page prints dark on light, without navigation, and no chart is wider than the sheet."""
    features = [{"name": "prefers-color-scheme", "value": "dark"}]
    page.call("Emulation.setEmulatedMedia", media="print", features=features)
    set_size(page, 700)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.querySelector('nav')).display") == "none"
    assert page.evaluate(
        "[...document.querySelectorAll('svg.plot')].every(plot => plot.getBoundingClientRect().right <= 700)"
    )
    assert page.evaluate(
        "[...document.querySelectorAll('figure')].every(one => getComputedStyle(one).breakInside === 'avoid')"
    )
    sheet = base64.b64decode(page.call("Page.printToPDF")["data"])
    assert sheet.startswith(b"%PDF")
