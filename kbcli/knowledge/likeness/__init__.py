"""Which cards say the same."""
