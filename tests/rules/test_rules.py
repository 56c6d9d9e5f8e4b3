"""Every rule by example: what lies in `<rule>/bad` is found by that rule alone, what lies in `good` by none.

`expect: 3, 5` in a comment names the lines on which the findings must be; a file without it must
have none when its example is a folder, and may have them anywhere when it is a single file.
Examples of history, and of links to the web, are described in `tests/ruleexamples.py`.
"""

from pathlib import Path

import pytest
from ruleexamples import (
    RULES_FOLDER,
    lay_out,
    list_examples,
    name_example,
    name_rule,
    read_expected,
)

from kbcli import support
from kbcli.knowledge.gate import rules as gate_rules
from kbcli.operations.rules import RULES


@pytest.mark.parametrize("example", list_examples("bad"), ids=name_example)
def test_a_bad_example_is_found_by_its_rule_alone_at_its_line(example: Path, tmp_path: Path) -> None:
    """A bad example gives findings of its rule and no other, on the lines it names, each with a message and a remedy."""
    with lay_out(example, tmp_path) as laid:
        findings = laid.check()
    assert {finding.rule for finding in findings} == {name_rule(example)}
    assert all(finding.message and finding.hint for finding in findings)
    for path in laid.files:
        relative = path.relative_to(laid.root).as_posix()
        lines = [finding.line for finding in findings if finding.path == relative]
        expected = read_expected(path)
        if expected is not None:
            assert lines == expected
        elif example.is_dir():
            assert lines == []


@pytest.mark.parametrize("example", list_examples("good"), ids=name_example)
def test_a_good_example_gives_no_finding_of_its_rule(example: Path, tmp_path: Path) -> None:
    """What a rule must leave alone, it leaves alone."""
    with lay_out(example, tmp_path) as laid:
        assert [finding for finding in laid.check() if finding.rule == name_rule(example)] == []


def test_every_rule_has_examples_and_every_example_a_rule() -> None:
    """Each rule has a good and a bad example, those of history and of the web, too; no example is of a rule that is gone."""
    folders = [path.name for path in RULES_FOLDER.iterdir() if path.is_dir() and path.name != "__pycache__"]
    assert {rule.id for rule in RULES}.issuperset(folders)
    lacking = [
        (rule.id, kind) for rule in RULES for kind in ("good", "bad") if not list_examples(kind, rule.id)
    ]
    assert lacking == []


def test_a_rule_is_in_the_file_of_its_name_or_in_a_table_that_names_it() -> None:
    """A rule is found in the file that is called like it, with `_` for `-`, or in one whose first line names it."""
    folder = Path(gate_rules.__file__).parent
    files = [*folder.glob("*.py"), *Path(support.__file__).parent.glob("*/rules.py")]
    tables = [path.read_text(encoding="utf-8").split("\n", 1)[0] for path in files]
    for rule in RULES:
        is_alone = (folder / f"{rule.id.replace('-', '_')}.py").exists()
        assert is_alone or any(rule.id in line for line in tables)


def test_rules_are_sorted_and_say_what_why_and_how() -> None:
    """The registry is sorted by ID, and each rule explains itself in whole sentences."""
    assert [rule.id for rule in RULES] == sorted(rule.id for rule in RULES)
    for rule in RULES:
        assert rule.title
        assert not rule.title.endswith(".")
        assert all(text.endswith(".") for text in (rule.what, rule.why, rule.mend))
