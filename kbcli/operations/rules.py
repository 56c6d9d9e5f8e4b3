"""The one table of check rules: of cards, and later of replies, shifts and ledgers.

The gate runs the rules it is given; validation of `[rules]`, help and documentation come from here. A new
rule is added by hand, so that none runs by accident.
"""

from kbcli.knowledge.gate.rule import Rule
from kbcli.knowledge.gate.rules import (
    bad_config,
    bad_date,
    bad_field,
    broken_link,
    bulk_verified,
    changed,
    claim_expired,
    departed,
    due,
    duplicate_id,
    duplicate_title,
    expired,
    flagged,
    future_date,
    interval_extended,
    missing_dependency,
    missing_interval,
    missing_owner,
    missing_title,
    near_duplicate,
    not_owner,
    noted_while_reading,
    outside_path,
    self_verified,
    suspect,
    unattested,
    unknown_history,
    unknown_owner,
    unverified,
    web_links,
)

_RULES = (
    bad_date.RULE,
    bad_field.RULE,
    broken_link.RULE,
    bulk_verified.RULE,
    changed.RULE,
    claim_expired.RULE,
    departed.RULE,
    due.RULE,
    duplicate_id.RULE,
    duplicate_title.RULE,
    expired.RULE,
    flagged.RULE,
    future_date.RULE,
    interval_extended.RULE,
    missing_dependency.RULE,
    missing_interval.RULE,
    missing_owner.RULE,
    missing_title.RULE,
    near_duplicate.RULE,
    not_owner.RULE,
    *noted_while_reading.RULES,
    outside_path.RULE,
    self_verified.RULE,
    suspect.RULE,
    unattested.RULE,
    unknown_history.RULE,
    unknown_owner.RULE,
    unverified.RULE,
    *web_links.RULES,
)

RULES: tuple[Rule, ...] = tuple(
    sorted((*_RULES, bad_config.make_rule(rule.id for rule in _RULES)), key=lambda rule: rule.id)
)
"""Every rule, sorted by ID."""


def find_rule(ident: str) -> Rule | None:
    """The rule with an ID, or None."""
    return next((rule for rule in RULES if rule.id == ident), None)
