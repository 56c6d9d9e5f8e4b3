"""Promises of `kb check` about cards made to keep it busy: its time goes by the length of a text, whatever stands in it."""

import time
from datetime import date
from pathlib import Path

import pytest

from kbcli.config import load_config
from kbcli.knowledge.cards.library import load_library
from kbcli.knowledge.gate.run import choose_rules, run_check
from kbcli.operations.rules import RULES

LENGTH = 120_000
# The renderer, what the text begins with, and what it goes on with.
SHAPES = {
    "attributes without end": ("mkdocs", "{", "#"),
    "a heading with attributes without end": ("mkdocs", "# a {", "#"),
    "a reference without end": ("hugo", "{{< ref ", "a"),
    "shortcodes in comments without end": ("docusaurus", "", "<!-- a:b "),
    "headings of HTML without end": ("github", "", "<h1>"),
    "code of Liquid without end": ("jekyll", "", "{% highlight "),
    "blanks before a destination": ("github", "[a](", " "),
    "blanks in a list of pictures": ("github", '<img srcset="a', " "),
    "conflicts without end": ("github", "=======\n", "<<<<<<< a\n=======\n"),
    "anchors of one page": ("myst", "", "](#===\n"),
    "links and code on one line": ("github", "", "[a](b.md#c) `c` "),
    "marks of a vault": ("obsidian", "", "[[#^a]] ^b "),
    "ticks in a vault": ("obsidian", "%% %% ", "`"),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_long_card_is_checked_in_linear_time(shape: str, tmp_path: Path) -> None:
    """A text that begins something again and again, and ends it never, takes seconds at most."""
    renderer, start, unit = SHAPES[shape]
    (tmp_path / "kb.toml").write_text(f'renderer = "{renderer}"\n')
    links = '[x](#gone) [[#^gone]] [y](b.md#gone) <a href="#gone">'
    (tmp_path / "a.md").write_text(f"{links}\n\n{start + LENGTH // len(unit) * unit}\n\n{links}\n")
    (tmp_path / "b.md").write_text("Text.\n")
    started = time.process_time()
    library = load_library(load_config(tmp_path, None, {}))
    run_check(library, date(2026, 11, 21), choose_rules(library.config, RULES))
    assert time.process_time() - started < 4


def test_a_deep_header_is_a_finding(tmp_path: Path) -> None:
    """A key of TOML with thousands of parts neither ends the check nor holds it."""
    (tmp_path / "a.md").write_text(f"+++\ntitle = 'A'\n{'a.' * 20_000}b = 1\n+++\nText.\n")
    started = time.process_time()
    library = load_library(load_config(tmp_path, None, {}))
    assert [one.rule for one in library.by_id["a"].problems] == ["bad-front-matter"]
    assert time.process_time() - started < 4
