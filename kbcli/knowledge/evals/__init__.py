"""How well the search finds, measured."""

HALVES = ("even", "odd")
"""Of the questions of an evaluation."""
TOLERANCE = 0.01
"""How much a mean may fall before it counts as a regression."""
