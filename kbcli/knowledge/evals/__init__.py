"""How well the search finds, measured."""
