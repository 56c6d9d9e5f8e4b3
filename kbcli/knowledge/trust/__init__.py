"""Trust states of cards, derived."""
