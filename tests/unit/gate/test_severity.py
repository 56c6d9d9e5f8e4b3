"""How bad a finding is: kb.toml decides, by rule, path, owner and age."""

from collections.abc import Callable
from datetime import date

import pytest

from kbcli.knowledge.cards.library import Library
from kbcli.knowledge.gate.run import run_check
from kbcli.operations.rules import RULES
from tests.unit.conftest import write_card

TODAY = date(2026, 11, 21)
Make = Callable[..., Library]
CARDS = {
    "api/old.md": write_card(title="A", verified="2026-08-02"),  # expired 21 days ago
    "web/old.md": write_card(title="B", verified="2026-08-20", owner="[web-team, api-team]"),  # 3 days ago
}


def judge(library: Library, rule: str = "expired") -> dict[str, str]:
    """The severity of each finding of a rule, by path."""
    return {
        found.path: found.severity
        for found in run_check(library, TODAY, RULES).findings
        if found.rule == rule
    }


@pytest.mark.parametrize(
    ("config", "api", "web"),
    [
        ("", "error", "error"),
        ('[rules]\nexpired = "warning"', "warning", "warning"),
        ('[rules]\nexpired = {error_after = "14d"}', "error", "warning"),
        ('[rules]\nexpired = {warn_after = "7d"}', "warning", None),
        ('[rules]\nexpired = {severity = "warning", warn_after = "7d"}', "warning", None),
        ('[rules]\nexpired = {warn_after = "3d", error_after = "3w"}', "error", "warning"),
        ('[rules]\nexpired = {warn_after = "4d", error_after = "22d"}', "warning", None),
        ('[[defaults]]\npaths = ["web/**"]\nrules = {expired = "off"}', "error", None),
        (
            '[rules]\nexpired = "off"\n[[defaults]]\npaths = ["web/**"]\nrules = {expired = "warning"}',
            None,
            "warning",
        ),
        (
            """
            [[defaults]]
            paths = ["**"]
            rules = {expired = "off"}
            [[defaults]]
            paths = ["web/*"]
            rules = {expired = "warning"}
            """,
            None,
            "warning",
        ),
        ('[rules.owners.api-team]\nexpired = "warning"', "warning", "warning"),
        ('[rules.owners.Web-Team]\nexpired = "warning"', "error", "warning"),
        (
            '[rules.owners.web-team]\nexpired = "off"\n[rules.owners.api-team]\nexpired = "warning"',
            "warning",
            "warning",
        ),
        ('[rules]\nexpired = "off"\n[rules.owners.web-team]\nexpired = {error_after = "3d"}', None, "error"),
    ],
)
def test_rules_paths_owners_and_ages_decide(
    make_library: Make, config: str, api: str | None, web: str | None
) -> None:
    """The nearest setting wins: owner before path before rule; of two owners the stricter; thresholds count from the due date."""
    judged = judge(make_library(CARDS, config=config))
    assert (judged.get("api/old.md"), judged.get("web/old.md")) == (api, web)


def test_thresholds_do_not_hide_what_has_no_known_age(make_library: Make) -> None:
    """A flag without a date is judged at once, not never."""
    cards = {
        "a.md": write_card(title="A", flagged="wrong"),
        "b.md": write_card(title="B", flagged="{by: x, on: 2026-11-20, reason: wrong}"),
    }
    library = make_library(cards, config='[rules]\nflagged = {warn_after = "7d"}')
    assert judge(library, "flagged") == {"a.md": "warning"}


def test_an_error_level_for_a_warning_fails_the_gate(make_library: Make) -> None:
    """A knowledge base may be stricter than kb."""
    library = make_library({"a.md": write_card(verified=None)}, config='[rules]\nunverified = "error"')
    assert run_check(library, TODAY, RULES).failed


def test_a_rule_that_does_not_exist_is_told_with_the_nearest_name(make_library: Make) -> None:
    """A misspelt rule in kb.toml is a warning wherever it stands, with its line."""
    config = (
        '[rules]\nexpried = "off"\n[rules.owners.x]\nunverfied = "off"\n'
        '[[defaults]]\npaths = ["**"]\nrules = {nonsense = "off"}\n'
    )
    found = [
        item
        for item in run_check(make_library({}, config=config), TODAY, RULES).findings
        if item.rule == "bad-config"
    ]
    assert [(item.path, item.line, item.hint) for item in found] == [
        ("kb.toml", 2, "Did you mean expired?"),
        ("kb.toml", 4, "Did you mean unverified?"),
        ("kb.toml", 7, "`kb manual rules` lists them."),
    ]
