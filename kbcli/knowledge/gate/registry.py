"""Every check rule, sorted by ID. A new rule is added here by hand, so that none runs by accident."""

from dataclasses import replace

from kbcli.knowledge.gate.rule import Rule
from kbcli.knowledge.gate.rules import (
    bad_config,
    bad_date,
    bad_encoding,
    bad_field,
    bad_front_matter,
    broken_link,
    broken_web_link,
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
    merge_conflict,
    missing_dependency,
    missing_interval,
    missing_owner,
    missing_title,
    moved_web_link,
    near_duplicate,
    not_owner,
    outside_path,
    self_verified,
    suspect,
    unattested,
    unchecked_web_link,
    unknown_history,
    unknown_owner,
    unreadable,
    unverified,
)

RULES: tuple[Rule, ...] = tuple(
    sorted(
        (
            bad_config.RULE,
            bad_date.RULE,
            bad_encoding.RULE,
            bad_field.RULE,
            bad_front_matter.RULE,
            broken_link.RULE,
            broken_web_link.RULE,
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
            merge_conflict.RULE,
            missing_dependency.RULE,
            missing_interval.RULE,
            missing_owner.RULE,
            missing_title.RULE,
            moved_web_link.RULE,
            near_duplicate.RULE,
            not_owner.RULE,
            outside_path.RULE,
            self_verified.RULE,
            suspect.RULE,
            unattested.RULE,
            unchecked_web_link.RULE,
            unknown_history.RULE,
            unknown_owner.RULE,
            unreadable.RULE,
            unverified.RULE,
        ),
        key=lambda rule: rule.id,
    )
)
DIFFERENTIAL_RULES: tuple[Rule, ...] = tuple(
    replace(rule, severity="warning") if rule.id == near_duplicate.ID else rule for rule in RULES
)
"""The rules for what a change caused: it is also asked for near-duplicates, which are off in a plain check."""

SUMMARISED = frozenset(rule.id for rule in RULES if rule.summarised)
_BY_ID = {rule.id: rule for rule in RULES}


def find_rule(ident: str) -> Rule | None:
    """The rule with an ID, or None."""
    return _BY_ID.get(ident)
