"""Reporting a card as wrong."""

from datetime import date

import pytest

from kbcli.config import load_config
from kbcli.errors import RefusedError, UsageError
from kbcli.knowledge.cards.library import load_card
from kbcli.knowledge.edit.flagging import flag_card, unflag_card

DAY = date(2026, 11, 21)


def test_a_flag_is_written_and_taken_back(kb_root):
    """Who, when and why stand in the card; taking it back restores the file byte for byte."""
    config = load_config(kb_root, kb_root, {})
    path = kb_root / "billing/refund.md"
    before = path.read_bytes()
    flag_card(config, load_card(config, "billing/refund"), DAY, "me@example.org", 'the menu: is "gone" # now')
    flag = load_card(config, "billing/refund").flagged
    assert (flag.by, flag.on, flag.reason) == ("me@example.org", DAY, 'the menu: is "gone" # now')
    with pytest.raises(RefusedError, match="already"):
        flag_card(config, load_card(config, "billing/refund"), DAY, "x", "y")
    unflag_card(config, load_card(config, "billing/refund"))
    assert path.read_bytes() == before
    with pytest.raises(RefusedError, match="not flagged"):
        unflag_card(config, load_card(config, "billing/refund"))


def test_a_flag_needs_a_reason(kb_root):
    """A flag that says nothing helps nobody, and is not written."""
    config = load_config(kb_root, kb_root, {})
    with pytest.raises(UsageError):
        flag_card(config, load_card(config, "billing/refund"), DAY, "me", "  ")
    assert load_card(config, "billing/refund").flagged is None
