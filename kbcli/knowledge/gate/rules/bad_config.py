"""bad-config: a setting of kb.toml that kb does not know."""

import difflib
from collections.abc import Iterable, Mapping
from functools import partial

from kbcli.config import CONFIG_NAME, RuleSetting
from kbcli.knowledge.gate.rule import CheckContext, Finding, Findings, Rule, identify_by_message, report_file

ID = "bad-config"


def find_bad_settings(rules: frozenset[str], context: CheckContext) -> Findings:
    """Unknown settings, and rules by a name that is none of `rules`."""
    config = context.config
    for warning in config.warnings:
        setting = warning.partition("“")[2].rstrip("”")
        message = warning.removeprefix(f"{CONFIG_NAME}: ")
        yield _report(config.source, setting.rpartition(".")[2], message, "Mend its name, or delete it.")
    tables: list[Mapping[str, RuleSetting]] = [config.rules, *config.owner_rules.values()]
    tables += [entry.rules for entry in config.defaults]
    for name in sorted({name for table in tables for name in table} - rules):
        near = difflib.get_close_matches(name, sorted(rules), n=1)
        hint = f"Did you mean {near[0]}?" if near else "`kb manual rules` lists them."
        yield _report(config.source, name, f"no rule is called “{name}”", hint)


def _report(source: str, word: str, message: str, hint: str) -> Finding:
    lines = source.splitlines()
    line = next(
        (number for number, text in enumerate(lines, 1) if word and word in text.partition("#")[0]), 1
    )
    return report_file(ID, CONFIG_NAME, message, hint, line=line, subject=word)


def make_rule(others: Iterable[str]) -> Rule:
    """The rule, where the others have these IDs."""
    return Rule(
        id=ID,
        severity="warning",
        title="A setting kb does not know",
        what="kb.toml holds a setting, or the name of a rule, that this version of kb does not know.",
        why="A misspelt setting does nothing, and nobody notices.",
        mend="Mend its name, or delete it.",
        find=partial(find_bad_settings, frozenset((ID, *others))),
        settings=True,
        identify=identify_by_message,
    )
