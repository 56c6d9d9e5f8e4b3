"""Which cards say the same."""

DUPLICATE_THRESHOLD = 0.65
"""How alike two cards are that say the same, 0 to 1."""
