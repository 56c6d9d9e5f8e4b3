"""Which card answered which ticket, and what was asked and not found."""
