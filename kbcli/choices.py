"""What people may choose among, and defaults, without the code behind it: `kb --help` must not load that."""

GROUPINGS = ("owner", "tag", "product", "type", "lang")
"""What a report can be grouped by."""

LIFE_EVENTS = (
    "created", "deleted", "moved", "edited", "merged", "fields", "verified", "unverified", "pinned", "flagged", "unflagged",
    "archived", "activated", "drafted", "interval", "expired", "hidden",
)  # fmt: skip
"""What can happen to a card."""

TRANSLATION_STATES = ("missing", "outdated", "unpinned", "current")

DUPLICATE_THRESHOLD = 0.65
"""How alike two cards are that say the same, 0 to 1."""

HALVES = ("even", "odd")
"""Of the questions of an evaluation."""

TOLERANCE = 0.01
"""How much a mean of an evaluation may fall before it counts as a regression."""
