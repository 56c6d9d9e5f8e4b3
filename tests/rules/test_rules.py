"""Every rule by example: what lies in `<rule>/bad` is found by that rule alone, what lies in `good` by none.

An example is one Markdown file, or a folder that is a knowledge base of its own. `expect: 3, 5`
in a comment names the lines on which the findings must be; a file without it must have none
when its example is a folder, and may have them anywhere when it is a single file.
"""

import re
import shutil
from datetime import date
from pathlib import Path

import pytest

from kbcli.cards.library import load_library
from kbcli.config import load_config
from kbcli.trust.findings import Finding
from kbcli.trust.gate import run_check
from kbcli.trust.registry import RULES, find_rule

HERE = Path(__file__).parent
TODAY = date(2026, 11, 21)
EXPECTED = re.compile(r"expect: ([\d, ]+)")


def list_examples(kind: str) -> list[Path]:
    """The examples of every rule, sorted."""
    return sorted(path for path in HERE.glob(f"*/{kind}/*") if path.is_dir() or path.suffix == ".md")


def check_example(example: Path, folder: Path) -> tuple[Finding, ...]:
    """The findings in an example, copied out of the repository it lies in."""
    if example.is_dir():
        shutil.copytree(example, folder, dirs_exist_ok=True)
    else:
        shutil.copy(example, folder / example.name)
    return run_check(load_library(load_config(folder, environment={})), TODAY).findings


def read_expected(path: Path) -> list[int] | None:
    """The lines that a file names, None when it names none."""
    data = path.read_bytes()
    text = data.decode("utf-16") if data.startswith(b"\xff\xfe") else data.decode("utf-8", "replace")
    found = EXPECTED.search(text)
    return [int(number) for number in found[1].split(",")] if found else None


def name_example(path: Path) -> str:
    """`rule-name` for the report of the test."""
    return f"{path.parent.parent.name}-{path.stem}"


@pytest.mark.parametrize("example", list_examples("bad"), ids=name_example)
def test_a_bad_example_is_found_by_its_rule_alone_at_its_line(example: Path, tmp_path: Path) -> None:
    """A bad example gives findings of its rule and no other, on the lines it names, each with a message and a remedy."""
    findings = check_example(example, tmp_path)
    assert {finding.rule for finding in findings} == {example.parent.parent.name}
    assert all(finding.message and finding.hint for finding in findings)
    files = [path for path in sorted(example.rglob("*")) if path.is_file()] if example.is_dir() else [example]
    for path in files:
        relative = path.relative_to(example).as_posix() if example.is_dir() else path.name
        lines = [finding.line for finding in findings if finding.path == relative]
        expected = read_expected(path)
        if expected is not None:
            assert lines == expected
        elif example.is_dir():
            assert lines == []


@pytest.mark.parametrize("example", list_examples("good"), ids=name_example)
def test_a_good_example_gives_no_finding_of_its_rule(example: Path, tmp_path: Path) -> None:
    """What a rule must leave alone, it leaves alone."""
    rule = example.parent.parent.name
    assert [finding for finding in check_example(example, tmp_path) if finding.rule == rule] == []


def test_every_rule_has_examples_and_every_example_a_rule() -> None:
    """A rule that files alone can show has a good and a bad example; one that needs the web or history, tests of its own."""
    assert all(
        find_rule(path.name) for path in HERE.iterdir() if path.is_dir() and path.name != "__pycache__"
    )
    tests = "".join(
        path.read_text(encoding="utf-8") for path in sorted(HERE.parent.glob("unit/**/test_*.py"))
    )
    for rule in RULES:
        covered = {
            kind
            for kind in ("good", "bad")
            for path in list_examples(kind)
            if path.parent.parent.name == rule.id
        }
        tested_elsewhere = f'"{rule.id}"' in tests
        assert covered == {"good", "bad"} or (not covered and tested_elsewhere), rule.id


def test_a_rules_file_has_the_rules_name() -> None:
    """A rule is found in the file that is called like it, with `_` for `-`."""
    for rule in RULES:
        assert rule.find.__module__ == f"kbcli.trust.rules.{rule.id.replace('-', '_')}"


def test_rules_are_sorted_and_say_what_why_and_how() -> None:
    """The registry is sorted by ID, and each rule explains itself in whole sentences."""
    assert [rule.id for rule in RULES] == sorted(rule.id for rule in RULES)
    for rule in RULES:
        assert rule.title
        assert not rule.title.endswith(".")
        assert all(text.endswith(".") for text in (rule.what, rule.why, rule.mend))
