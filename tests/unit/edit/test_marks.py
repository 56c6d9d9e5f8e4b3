"""Reporting a card as wrong, and another interval without a verification."""

from datetime import date

import pytest

from kbcli.config import Config, load_config
from kbcli.errors import RefusedError, UsageError
from kbcli.foundation.calendar import NEVER, Interval
from kbcli.knowledge.edit.fields import flag_card, set_interval, unflag_card
from kbcli.knowledge.index.references import load_card

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


def test_only_the_interval_is_written(kb_root):
    """Date and digest stay; never needs a reason, and loses it when it ends."""
    config = load_config(kb_root, kb_root, {})
    set_interval(config, load_card(config, "quotas"), Interval(6, "m"))
    card = load_card(config, "quotas")
    assert (str(card.verify_every), str(card.verified)) == ("6m", "2026-09-01")
    with pytest.raises(UsageError):
        set_interval(config, card, NEVER)
    set_interval(config, card, NEVER, "it is history")
    assert load_card(config, "quotas").verify_never_reason == "it is history"
    set_interval(config, load_card(config, "quotas"), Interval(30, "d"))
    assert load_card(config, "quotas").verify_never_reason == ""


def test_another_schema_keeps_its_style(tmp_path):
    """`6 months` stays in words; a card that names its due date only is refused."""
    (tmp_path / "x.md").write_text("---\ntitle: x\nreview_in: 6 months\n---\nText\n")
    config = Config(root=tmp_path, fields={"verify_every": "review_in"})
    set_interval(config, load_card(config, "x"), Interval(1, "y"))
    assert "review_in: 1 year\n" in (tmp_path / "x.md").read_text()
    with pytest.raises(RefusedError, match="due date only"):
        set_interval(
            Config(root=tmp_path, fields={"due": "expires"}), load_card(config, "x"), Interval(1, "y")
        )
