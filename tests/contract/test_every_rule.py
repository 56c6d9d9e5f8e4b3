"""What every rule owes: a page in the manual, examples, and a severity that kb.toml decides."""

from pathlib import Path

import pytest
from ruleexamples import lay_out, list_examples

from kbcli.config import parse_config
from kbcli.knowledge.gate.rule import Rule
from kbcli.knowledge.search.manual import load_manual
from kbcli.operations.rules import RULES


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_is_complete(rule: Rule, tmp_path: Path) -> None:
    """It has a page under its ID, good and bad examples, and what it finds is as bad as kb.toml says."""
    page = load_manual().find_card(rule.id)
    assert page is not None
    assert page.id.endswith(f"rules/{rule.id}")
    bad = list_examples("bad", rule.id)
    assert bad
    assert list_examples("good", rule.id)
    with lay_out(bad[0], tmp_path) as laid:
        for severity in ("off", "warning" if rule.severity == "error" else "error"):
            setting = parse_config(f'[rules]\n{rule.id} = "{severity}"\n', tmp_path).rules[rule.id]
            assert setting.severity == severity
            found = {one.severity for one in laid.check(rule.id, severity) if one.rule == rule.id}
            assert found == (set() if severity == "off" else {severity})
