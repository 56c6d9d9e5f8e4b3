"""The gate: which findings there are, and when the check fails."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

from kbcli.foundation.git.log import History
from kbcli.knowledge.cards.library import Library
from kbcli.knowledge.gate.baseline import Baseline, apply_baseline, make_entry
from kbcli.knowledge.gate.rule import CheckContext, Findings, Rule, report_card, report_file
from kbcli.knowledge.gate.run import choose_rules, run_check
from kbcli.operations.rules import RULES
from tests.unit.conftest import write_card

TODAY = date(2026, 11, 21)
Make = Callable[..., Library]
EXPIRED = write_card(title="Old", verified="2026-08-02")
UNVERIFIED = write_card(title="New", verified=None)
DUE = write_card(title="Soon", verified="2026-08-25")


def test_the_check_fails_exactly_when_there_is_an_error(make_library: Make) -> None:
    """An expired card fails the gate, an unverified one does not."""
    good = run_check(make_library({"a.md": write_card(), "b.md": UNVERIFIED}), TODAY, RULES)
    assert (good.failed, good.by_severity) == (False, {"error": 0, "warning": 1})
    bad = run_check(make_library({"c.md": EXPIRED}), TODAY, RULES)
    assert (bad.failed, bad.by_severity) == (True, {"error": 1, "warning": 1})


def test_strict_counts_warnings_but_not_cards_that_are_only_due(make_library: Make) -> None:
    """A strict gate fails on any warning, except that a card will fall due."""
    due = make_library({"a.md": DUE})
    assert run_check(due, TODAY, RULES).by_rule == {"due": 1}
    assert not run_check(due, TODAY, RULES, strict=True).failed
    warned = make_library({"b.md": UNVERIFIED})
    assert not run_check(warned, TODAY, RULES).failed
    assert run_check(warned, TODAY, RULES, strict=True).failed


def test_findings_are_sorted_by_path_line_and_rule(make_library: Make) -> None:
    """The same knowledge base gives the same report, in an order one can follow in the files."""
    library = make_library({
        "b.md": write_card("[x](nowhere.md)\n\n[y](none.md)\n", owner=None, verified=None),
        "a/z.md": EXPIRED, "a.md": UNVERIFIED,
    })  # fmt: skip
    places = [(found.path, found.line, found.rule) for found in run_check(library, TODAY, RULES).findings]
    assert places == sorted(places)
    assert len(places) == 6


def test_paths_restrict_the_findings_but_not_what_is_compared(make_library: Make) -> None:
    """One card can be checked alone, and is still told that another one has its title."""
    library = make_library(
        {"a.md": write_card(), "b/c.md": write_card(), "b/d.md": EXPIRED, "bb.md": EXPIRED}
    )
    one = run_check(library, TODAY, RULES, paths=["b/c.md"])
    assert [(found.path, found.rule) for found in one.findings] == [("b/c.md", "duplicate-title")]
    assert one.cards == 1
    folder = run_check(library, TODAY, RULES, paths=["b/"])
    assert {found.path for found in folder.findings} == {"b/c.md", "b/d.md"}
    assert run_check(library, TODAY, RULES, paths=["."]).cards == 4
    assert not run_check(library, TODAY, RULES, paths=["a.md"]).failed


def test_an_archived_card_is_out_of_the_gate_unless_it_is_damaged(make_library: Make) -> None:
    """An archived card may be as old and broken in its links as it likes; a merge conflict in it is still told."""
    quiet = write_card("[x](nowhere.md)\n", status="archived", verified="2001-01-01", owner=None, type="page")
    torn = write_card("a\n<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> x\n", status="archived")
    result = run_check(make_library({"quiet.md": quiet, "torn.md": torn}), TODAY, RULES)
    assert [(found.path, found.rule) for found in result.findings] == [("torn.md", "merge-conflict")]


def test_one_cause_is_one_finding(make_library: Make) -> None:
    """A card whose front matter cannot be read is not also told that it lacks owner, title and verification."""
    result = run_check(make_library({"a.md": "---\ntitle: a: b\nowner: x\n---\nText.\n"}), TODAY, RULES)
    assert result.by_rule == {"bad-front-matter": 1}
    result = run_check(make_library({"a.md": write_card(verified="2026-02-30")}), TODAY, RULES)
    assert result.by_rule == {"bad-date": 1}


def test_what_is_expired_is_said_in_days_and_by_what_reckoning(make_library: Make) -> None:
    """The message holds how long ago, the date of the verification and the interval."""
    (found,) = run_check(make_library({"a.md": EXPIRED}), TODAY, RULES).findings
    assert found.message == "expired 21 days ago (verified 2026-08-02, every 90d)"
    assert found.hint.endswith("`kb verify a`.")
    assert (found.line, found.card, found.age) == (6, "a", 21)


def test_the_prefix_leads_from_the_git_root_to_the_cards(make_library: Make, tmp_path: Path) -> None:
    """Annotations need paths from the top of the repository, which need not be the knowledge base."""
    (tmp_path / "base" / ".git").mkdir(parents=True)
    assert (
        run_check(make_library({"content/a.md": EXPIRED}, folder="content/"), TODAY, RULES).prefix
        == "content/"
    )
    assert run_check(make_library({"b.md": EXPIRED}), TODAY, RULES).prefix == ""


def test_a_rule_that_is_off_is_not_run(make_library: Make) -> None:
    """Switching a rule off everywhere saves its time, and its findings."""
    library = make_library({"a.md": EXPIRED}, config='[rules]\nexpired = "off"\n')
    assert run_check(library, TODAY, RULES).findings == ()


def test_no_rule_fails_on_an_empty_knowledge_base(make_library: Make) -> None:
    """Each rule copes with no card at all."""
    context = CheckContext(make_library({}), TODAY, History())
    assert [rule.id for rule in RULES if list(rule.find(context))] == []


def find_shouting(context: CheckContext) -> Findings:
    """Text files beside the cards that shout."""
    for path in sorted(context.config.root.glob("*.txt")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if line.isupper():
                yield report_file("shouting", path.name, "it shouts", "Say it.", line=number, subject=line)


SHOUTING = Rule(
    "shouting",
    "error",
    "Shouting",
    "It shouts.",
    "Nobody listens.",
    "Say it.",
    find_shouting,
    reads=("*.txt",),
)


def test_a_rule_of_ones_own_may_concern_any_text_file(make_library: Make) -> None:
    """The gate runs what it is given: severity by kb.toml, paths and baseline hold for a file that is no card."""
    library = make_library({"a.md": write_card()}, config='[rules]\nshouting = "warning"\n')
    (library.config.root / "notes.txt").write_text("Hear.\nHEAR\n", encoding="utf-8")
    result = run_check(library, TODAY, [SHOUTING], strict=True)
    assert [(found.path, found.line, found.severity) for found in result.findings] == [
        ("notes.txt", 2, "warning")
    ]
    assert result.failed
    assert run_check(library, TODAY, [SHOUTING], paths=["a.md"]).findings == ()
    accepted = Baseline({make_entry(found): 1 for found in result.findings})
    left, number = apply_baseline(result, accepted, [SHOUTING], whole=True)
    assert (left.findings, left.failed, number) == ((), False, 1)


def test_the_default_of_a_rule_may_be_another_in_a_change(make_library: Make) -> None:
    """A rule that is silent in a plain check can speak where a change is judged."""
    quiet = replace(SHOUTING, severity="off", severity_in_change="warning")
    config = make_library({}).config
    assert [rule.severity for rule in choose_rules(config, [quiet])] == ["off"]
    assert [rule.severity for rule in choose_rules(config, [quiet], in_change=True)] == ["warning"]


def test_a_closing_rule_hears_what_the_others_could_not_judge(make_library: Make) -> None:
    """It runs last, whatever its ID, and a rule that joins its findings makes one of them."""
    heard: list[str] = []

    def listen(rule: str, context: CheckContext) -> Findings:
        heard.append(rule)
        yield from (report_card(rule, card, "unknown", "Ask.") for card in context.cards)

    first = replace(SHOUTING, id="a", closing=True, join=lambda found: found[0], find=partial(listen, "a"))
    last = replace(SHOUTING, id="z", find=partial(listen, "z"))
    result = run_check(make_library({"a.md": write_card(), "b.md": write_card()}), TODAY, [first, last])
    assert heard == ["z", "a"]
    assert result.by_rule == {"a": 1, "z": 2}
