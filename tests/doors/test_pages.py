"""The pages in a real browser: for keyboards, small windows, both colour schemes, and those without JavaScript."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.doors
pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")

REPLY = """\
---
title: Reply to a greeting
type: reply
verified: 2026-11-01
verify_every: 90d
owner: api-team
---
Said to everybody.

<!-- reply -->
Dear {customer_name},

welcome.
<!-- /reply -->
"""
LONG = """\
---
title: ConfigurationPropertyNameThatIsLongerThanAnyWindowOfAPhoneCouldEverBe
flagged: {by: me, on: 2026-11-20, reason: all of it is wrong}
---
# Part

| A | Bee | Cee | Dee | Eee | Effff | Geeee | Haaaaaaaaaaaaaaa |
|---|---|---|---|---|---|---|---|
| 1 | 2 | 3 | 4 | 5 | 6 | 7 | `some_long_code_that_cannot_be_broken` |

#### Deep

    code that goes on and on and on and on and on and on and on and on and on and on and on and on and on and on

![a picture](picture.png) [gone](gone.md) <details>not open</details>
"""
PAGES = (
    "/",
    "/?paste",
    "/search?q=requests",
    "/search?q=zzzqq",
    "/card/api/quotas",
    "/card/sorry",
    "/card/long",
    "/card/none",
    "/queue?owner=billing-team",
    "/report",
    "/nothing",
    "/sidebar",
)


@pytest.fixture
def address(kb_root: Path, serve: Callable[..., Any], run_kb: Callable[..., Any]) -> str:
    """Where a server of cards of every shape is."""
    (kb_root / "sorry.md").write_text(REPLY)
    (kb_root / "long.md").write_text(LONG)
    changed = (kb_root / "api/quotas.md").read_text().replace("a quota a minute", "a limit an hour")
    (kb_root / "api/quotas.md").write_text(changed.replace("owner: api-team", "owner: ada@example.org"))
    run_kb("link", "zendesk:1", "--none", "export as PDF", cwd=kb_root)
    return f"http://localhost:{serve(kb_root).port}"


# Boxes whose example does not fit in.
CUT = """[...document.querySelectorAll("input[placeholder]")].filter((box) => {
  const style = getComputedStyle(box), pen = document.createElement("canvas").getContext("2d");
  pen.font = style.font;
  const room = box.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
  const clearing = box.type === "search" ? 20 : 0;
  return pen.measureText(box.placeholder).width > room - clearing;
}).length"""


def list_faults(browser: Any, scheme: str, addresses: list[str]) -> list[tuple[object, ...]]:
    """What keeps people with impairments, or with a small window, from reading pages, in a light or a dark scheme."""
    found: list[tuple[object, ...]] = []
    for width in (320, 1400):
        page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
        for address in addresses:
            page.goto(address)
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                found.append((address, width, "scrolls sideways"))
            if page.evaluate(CUT):
                found.append((address, width, "an example is cut"))
            found += [
                (address, width, one["id"], [node["target"] for node in one["nodes"]][:2])
                for one in axe.Axe().run(page).response["violations"]
            ]
        page.close()
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_for_everybody_at_every_width(browser: Any, address: str, scheme: str) -> None:
    """No violation of axe's rules, nothing to scroll sideways, no example cut in its box, from 320 px to wide."""
    assert list_faults(browser, scheme, [address + path for path in PAGES]) == []


def test_a_customer_is_answered_by_keyboard_alone(browser: Any, address: str) -> None:
    """From a phone-sized window: type, Enter opens the first card, fill its reply in, copy it, note the ticket; and note what no card answers."""
    context = browser.new_context(viewport={"width": 320, "height": 640})
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
    page = context.new_page()
    page.goto(address)
    page.keyboard.type("greeting")
    page.wait_for_selector(".hits a")
    page.wait_for_selector('.hits li:first-child a[href="/card/sorry"]')
    page.keyboard.press("Enter")
    page.wait_for_url("**/card/sorry")
    # Past the head of the page in three keys.
    for key in ("Tab", "Tab", "Enter", "Tab"):
        page.keyboard.press(key)
    assert page.evaluate("document.activeElement.name") == "set-customer_name"
    page.keyboard.type("Mia")
    page.keyboard.press("Enter")
    page.wait_for_url("**/reply/sorry#reply-1")
    page.wait_for_selector("[data-copy]:focus")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Copied.")
    assert page.evaluate("navigator.clipboard.readText()") == "Dear Mia,\n\nwelcome."
    page.keyboard.press("Tab")
    page.keyboard.type("35436")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=It is noted that this card answered the ticket.")
    # Its words are there a moment before its script is.
    page.wait_for_load_state()
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "q"
    page.keyboard.type("zzzqq by the way")
    page.keyboard.press("Enter")
    page.wait_for_selector("#gap-ticket")
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "gap-ticket":
            break
    page.keyboard.type("7")
    page.keyboard.press("Enter")
    page.wait_for_url("**/gaps?done=noted")
    assert page.is_visible("text=zzzqq by the way")
    context.close()


def test_no_reply_is_copied_before_what_was_typed_is_in_it(browser: Any, address: str) -> None:
    """Copy fills in first what was typed into the fields, and says which of them are empty still."""
    context = browser.new_context()
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
    page = context.new_page()
    page.goto(f"{address}/card/sorry")
    page.click("text=Copy reply")
    page.wait_for_selector("text=Copied, but not filled in: Customer name")
    page.fill("[name=set-customer_name]", "Mia")
    page.click("text=Copy reply")
    page.wait_for_selector("[data-copy]:focus")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Copied.")
    assert page.evaluate("navigator.clipboard.readText()") == "Dear Mia,\n\nwelcome."
    context.close()


def test_all_of_it_works_without_javascript(browser: Any, address: str) -> None:
    """Search, paste a ticket, open a card and fill in its reply."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}/?paste")
    page.fill("#ticket", "Hello,\n\nI only wanted to send a greeting.\n")
    page.click("text=Find what answers it")
    page.click("text=Reply to a greeting")
    page.fill("[name=set-customer_name]", "Mia")
    page.click("text=Fill in")
    assert page.input_value(".send") == "Dear Mia,\n\nwelcome."
    assert not page.is_visible("[data-copy]")
    context.close()


def test_no_card_runs_anything_or_asks_elsewhere(
    browser: Any, kb_root: Path, serve: Callable[..., Any]
) -> None:
    """Of 35 attacks in every field none runs a script, and none asks another server for anything."""
    from unit.doors.test_web import ATTACKS, write_attacks

    write_attacks(kb_root)
    server = serve(kb_root)
    address = f"http://localhost:{server.port}"
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: pytest.fail(f"a dialog: {dialog.message}"))
    for number in range(len(ATTACKS)):
        page.goto(f"{address}/card/a{number}?anyway=1")
    page.goto(f"{address}/search?q=frobnicate&limit=50")
    assert len(asked) > len(ATTACKS)
    assert [url for url in asked if not url.startswith(f"{address}/")] == []
    page.close()
