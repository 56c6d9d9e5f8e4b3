"""Findings about links to the web."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from webserver import ScriptedServer, redirect, serve, status

from kbcli.config import load_config
from kbcli.foundation.weblinks.outcomes import WebSettings
from kbcli.knowledge.cards.library import Library, load_library
from kbcli.knowledge.gate.rule import Finding
from kbcli.knowledge.gate.rules.links import ask_web_links, find_web_links
from kbcli.knowledge.gate.run import run_check
from kbcli.operations.rules import RULES

TODAY = date(2026, 11, 21)
WEB_RULES = tuple(rule for rule in RULES if rule.web)
SETTINGS = WebSettings(timeout=2.0, retries=0, backoff=0.01, delay=0.0, private=True, proxies={})


def check_web_links(library: Library, **choices: Any) -> tuple[Finding, ...]:
    """What the rules of the web find once it was asked."""
    return run_check(library, TODAY, WEB_RULES, web=ask_web_links(library, **choices)).findings


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    """A server with a page that is fine, one that has moved and one that is busy."""
    with serve() as running:
        running.routes |= {"/fine": status(200), "/moved": redirect("/fine", 301), "/busy": status(503)}
        yield running


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., Library]:
    """Write a knowledge base, a card for each keyword, and read it."""

    def write(config: str = "", environment: dict[str, str] | None = None, **cards: str) -> Library:
        (tmp_path / "kb.toml").write_text(config)
        for name, text in cards.items():
            path = tmp_path / f"{name.replace('__', '/')}.md"
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        return load_library(load_config(tmp_path, environment=environment or {}))

    return write


def test_links_become_findings_with_their_lines(server: ScriptedServer, load: Callable[..., Library]) -> None:
    """Broken is an error, moved and doubtful are warnings; what is fine, or no web address, is nothing."""
    base = server.url("")
    library = load(
        a=f"---\ntitle: A\nevidence:\n  - {base}/nothing\n---\n[x]({base}/fine) [y]({base}/moved#part)\n\n"
        f"Again <{base}/nothing#b>.\n\n[z]: {base}/busy\n\n[z] [mail](mailto:a@example.org) [rel](b.md)\n"
    )
    findings = check_web_links(library, settings=SETTINGS)
    assert [(item.rule, item.severity, item.line, item.card) for item in findings] == [
        ("broken-web-link", "error", 3, "a"),
        ("moved-web-link", "warning", 6, "a"),
        ("unchecked-web-link", "warning", 10, "a"),
    ]
    assert findings[0].message == f"{base}/nothing answers 404 (not found)"
    assert findings[1].hint == f"Link to {base}/fine#part."
    assert findings[2].message == f"could not tell: {base}/busy answers 503"
    assert [item.subject for item in findings] == [f"{base}/nothing", f"{base}/moved", f"{base}/busy"]


def test_what_is_shown_as_code_is_not_asked(server: ScriptedServer, load: Callable[..., Library]) -> None:
    """Examples in code are no links."""
    library = load(a=f"`[x]({server.url('/a')})`\n\n```\n[x]({server.url('/b')})\n```\n")
    assert check_web_links(library, settings=SETTINGS) == ()
    assert server.asked == []


def test_kb_toml_says_what_is_asked(server: ScriptedServer, load: Callable[..., Library]) -> None:
    """`allow` restricts, `deny` wins, and neither is reported."""
    urls = "".join(f"[{name}]({server.url(f'/{name}/page')})\n" for name in ("docs", "old", "other"))
    host = f"127.0.0.1:{server.server_port}"
    library = load(f'[links]\nallow = ["{host}/docs/**", "{host}/old/**"]\ndeny = ["*/old/**"]\n', a=urls)
    assert [item.subject for item in check_web_links(library, settings=SETTINGS)] == [
        server.url("/docs/page")
    ]
    assert {path for _, path in server.asked} == {"/docs/page"}


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/a", "https://status.example.org", "https://shop.example/x", "http://a.test/", "//a.invalid/b",
        "https://host.real.dev/${id}", "https://{{host}}/a",
    ],
)  # fmt: skip
def test_addresses_of_examples_are_left_alone(load: Callable[..., Library], url: str) -> None:
    """Names that are reserved for documents, and addresses that a template fills, are no promises."""
    assert list(find_web_links(load(a=f"[x]({url})\n"))) == []


def test_paths_and_archived_cards(load: Callable[..., Library]) -> None:
    """Only the cards that were asked for are looked at, and archived ones never."""
    library = load(
        a__b="[x](https://site.dev/1)\n",
        c="[x](https://site.dev/2)\n",
        d="---\nstatus: archived\n---\n[x](https://site.dev/3)\n",
    )
    assert [link.url for link in find_web_links(library)] == ["https://site.dev/1", "https://site.dev/2"]
    assert [link.url for link in find_web_links(library, paths=["a"])] == ["https://site.dev/1"]


def test_severity_follows_kb_toml(server: ScriptedServer, load: Callable[..., Library]) -> None:
    """A knowledge base may switch each of the three rules off, or make it milder."""
    text = "".join(f"[x]({server.url(path)})\n" for path in ("/moved", "/busy", "/nothing"))
    library = load(
        '[rules]\nmoved-web-link = "off"\nunchecked-web-link = "off"\nbroken-web-link = "warning"\n', a=text
    )
    assert [(item.rule, item.severity) for item in check_web_links(library, settings=SETTINGS)] == [
        ("broken-web-link", "warning")
    ]


def test_this_machine_is_asked_only_when_its_user_says_so(
    server: ScriptedServer, load: Callable[..., Library]
) -> None:
    """kb.toml comes with a clone and cannot open private networks; the environment can."""
    text = f"[x]({server.url('/nothing')})\n"
    library = load("[links]\nallow_private = true\nprivate = true\n", a=text)
    findings = check_web_links(library)
    assert [item.rule for item in findings] == ["unchecked-web-link"]
    assert "KB_LINKS_PRIVATE" in findings[0].hint
    assert server.asked == []
    assert len(library.config.warnings) == 2
    trusted = load("", {"KB_LINKS_PRIVATE": "1"}, a=text)
    assert [item.rule for item in check_web_links(trusted)] == ["broken-web-link"]


def test_the_plain_gate_asks_nothing(server: ScriptedServer, load: Callable[..., Library]) -> None:
    """Without --links no request is sent, and nothing is found."""
    library = load(a=f"[x]({server.url('/nothing')})\n")
    assert not any(item.rule.endswith("web-link") for item in run_check(library, TODAY, RULES).findings)
    assert server.asked == []


def test_answers_are_remembered(server: ScriptedServer, load: Callable[..., Library], tmp_path: Path) -> None:
    """A second check soon after the first asks only for what could not be told."""
    library = load(
        a="".join(f"[x]({server.url(path)})\n" for path in ("/fine", "/moved", "/busy", "/nothing"))
    )
    first = check_web_links(library, settings=SETTINGS, cache_folder=tmp_path / "cache", now=1000.0)
    server.asked.clear()
    assert check_web_links(library, settings=SETTINGS, cache_folder=tmp_path / "cache", now=1060.0) == first
    assert {path for _, path in server.asked} == {"/busy"}
