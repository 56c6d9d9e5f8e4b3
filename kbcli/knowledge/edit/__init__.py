"""Every change to a card."""
