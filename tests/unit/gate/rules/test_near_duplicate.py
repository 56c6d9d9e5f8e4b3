"""The rule near-duplicate, in the plain gate and in that of a change."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from kbcli.config import RuleSetting, load_config
from kbcli.foundation.git.worktree import find_git_root
from kbcli.knowledge.cards.library import Library, load_library
from kbcli.knowledge.gate.differential import compare_with_base
from kbcli.knowledge.gate.rule import Finding
from kbcli.knowledge.gate.run import choose_rules, run_check
from kbcli.operations.rules import RULES

TODAY = date(2026, 11, 21)
TEXT = "Invoices carry the address of the account. Change it under billing before the month ends, else ask for a corrected one."


@pytest.fixture
def library(kb_root: Path) -> Callable[[], Library]:
    """A function that reads the knowledge base anew."""
    return lambda: load_library(load_config(kb_root, find_git_root(kb_root)))


def add_card(root: Path, name: str, extra: str = "") -> None:
    """Write a card that says TEXT."""
    (root / name).write_text(f"---\ntitle: Limits\n{extra}---\n{TEXT}\n", encoding="utf-8")


def compare(cards: Library) -> tuple[Finding, ...]:
    """What the change since HEAD caused."""
    return compare_with_base(
        cards, TODAY, "HEAD", choose_rules(cards.config, RULES, in_change=True)
    ).caused.findings


def keep(findings: tuple[Finding, ...]) -> list[Finding]:
    """The findings of this rule."""
    return [found for found in findings if found.rule == "near-duplicate"]


def test_the_plain_gate_does_not_look_for_near_duplicates(
    kb_root: Path, library: Callable[[], Library]
) -> None:
    """The rule is off by default, so that a check stays fast and an adopter is not drowned."""
    add_card(kb_root, "one.md")
    add_card(kb_root, "two.md")
    assert keep(run_check(library(), TODAY, RULES).findings) == []


def test_switched_on_it_reports_both_cards_of_a_pair(kb_root: Path, library: Callable[[], Library]) -> None:
    """Each card names the other and the remedy, so that a check of either file shows it."""
    add_card(kb_root, "one.md")
    add_card(kb_root, "two.md")
    cards = library()
    cards = replace(cards, config=cards.config._replace(rules={"near-duplicate": RuleSetting("error")}))
    one, two = keep(run_check(cards, TODAY, RULES).findings)
    assert (one.path, one.line, one.severity, one.subject) == ("one.md", 2, "error", "two")
    assert (two.path, two.subject) == ("two.md", "one")
    assert "two.md" in one.message
    assert "distinct_from: [two]" in one.hint
    assert [found.path for found in keep(run_check(cards, TODAY, RULES, paths=["two.md"]).findings)] == [
        "two.md"
    ]


def test_a_contained_card_is_reported_as_such(kb_root: Path, library: Callable[[], Library]) -> None:
    """The message says which of the two is the part."""
    add_card(kb_root, "one.md")
    add_card(kb_root, "two.md")
    with (kb_root / "two.md").open("a") as stream:
        stream.write("\n" + " ".join(f"further{number}" for number in range(60)))
    cards = library()
    cards = replace(cards, config=cards.config._replace(rules={"near-duplicate": RuleSetting("warning")}))
    one, two = keep(run_check(cards, TODAY, RULES).findings)
    assert one.message.startswith("it is contained in two.md")
    assert two.message.startswith("one.md is contained in it")


def test_the_gate_of_a_change_reports_a_new_pair_without_distinct_from(
    kb_root: Path, library: Callable[[], Library], git_commit: Callable[..., str]
) -> None:
    """A pair that a change makes is a warning; one that was there, or that is said to be distinct, is none."""
    add_card(kb_root, "one.md")
    add_card(kb_root, "two.md")
    git_commit(kb_root)
    assert keep(compare(library())) == []
    add_card(kb_root, "three.md")
    caused = keep(compare(library()))
    assert {(found.card, found.subject) for found in caused} == {
        ("three", "one"), ("one", "three"), ("three", "two"), ("two", "three"),
    }  # fmt: skip
    assert {found.severity for found in caused} == {"warning"}
    add_card(kb_root, "three.md", "distinct_from: [one, two]\n")
    assert keep(compare(library())) == []


def test_a_rule_that_kb_toml_switches_off_stays_off_for_a_change(
    kb_root: Path, library: Callable[[], Library], git_commit: Callable[..., str]
) -> None:
    """An explicit `near-duplicate = "off"` is obeyed by the gate of a change too, once the base has it."""
    (kb_root / "kb.toml").write_text('[rules]\nnear-duplicate = "off"\n', encoding="utf-8")
    git_commit(kb_root)
    add_card(kb_root, "one.md")
    add_card(kb_root, "two.md")
    assert keep(compare(library())) == []


def test_renaming_a_card_of_an_old_pair_causes_nothing(
    kb_root: Path, library: Callable[[], Library], git_commit: Callable[..., str]
) -> None:
    """A pair stays the same pair under a card's new name."""
    add_card(kb_root, "one.md")
    add_card(kb_root, "two.md")
    git_commit(kb_root)
    (kb_root / "two.md").rename(kb_root / "zwei.md")
    add_card(kb_root, "zwei.md", "former_ids: [two]\n")
    assert keep(compare(library())) == []
