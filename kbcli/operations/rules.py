"""The one table of check rules: of cards, replies, shifts and the ledger.

The gate runs the rules it is given; validation of `[rules]`, help and documentation come from here. A new
rule is added by hand, so that none runs by accident.
"""

from kbcli.knowledge.gate.change import LEFT_GATE
from kbcli.knowledge.gate.rule import Rule
from kbcli.knowledge.gate.rules import (
    bad_config,
    date_went_back,
    dependencies,
    duplicates,
    fields,
    interval_extended,
    left_gate,
    links,
    personal_data,
    states,
    vouching,
)
from kbcli.support.ledger import rules as ledger
from kbcli.support.replies import rules as replies
from kbcli.support.shifts import rules as shifts

_TABLES = (dependencies, duplicates, fields, ledger, links, replies, shifts, states, vouching)
_RULES = (
    date_went_back.RULE,
    interval_extended.RULE,
    personal_data.RULE,
    *(rule for table in _TABLES for rule in table.RULES),
)

RULES: tuple[Rule, ...] = tuple(
    sorted(
        (
            *_RULES,
            left_gate.make_rule(_RULES),
            bad_config.make_rule((*(rule.id for rule in _RULES), LEFT_GATE)),
        ),
        key=lambda rule: rule.id,
    )
)
"""Every rule, sorted by ID."""
