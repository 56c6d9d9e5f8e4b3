"""The one table of check rules: of cards, and later of replies, shifts and ledgers.

The gate runs the rules it is given; validation of `[rules]`, help and documentation come from here. A new
rule is added by hand, so that none runs by accident.
"""

from kbcli.knowledge.gate.rule import Rule
from kbcli.knowledge.gate.rules import (
    bad_config,
    bad_field,
    broken_link,
    bulk_verified,
    dates,
    departed,
    dependencies,
    duplicate_id,
    duplicate_title,
    interval_extended,
    missing_fields,
    near_duplicate,
    not_owner,
    noted_while_reading,
    outside_path,
    self_verified,
    trust_states,
    unattested,
    unknown_history,
    unknown_owner,
    web_links,
)

_RULES = (
    bad_field.RULE,
    broken_link.RULE,
    bulk_verified.RULE,
    *dates.RULES,
    departed.RULE,
    *dependencies.RULES,
    duplicate_id.RULE,
    duplicate_title.RULE,
    interval_extended.RULE,
    *missing_fields.RULES,
    near_duplicate.RULE,
    not_owner.RULE,
    *noted_while_reading.RULES,
    outside_path.RULE,
    self_verified.RULE,
    *trust_states.RULES,
    unattested.RULE,
    unknown_history.RULE,
    unknown_owner.RULE,
    *web_links.RULES,
)

RULES: tuple[Rule, ...] = tuple(
    sorted((*_RULES, bad_config.make_rule(rule.id for rule in _RULES)), key=lambda rule: rule.id)
)
"""Every rule, sorted by ID."""


def find_rule(ident: str) -> Rule | None:
    """The rule with an ID, or None."""
    return next((rule for rule in RULES if rule.id == ident), None)
