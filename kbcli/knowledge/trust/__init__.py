"""Trust states of cards, derived."""

GROUPINGS = ("owner", "tag", "product", "type", "lang")
"""What a report can be grouped by."""
TRANSLATION_STATES = ("missing", "outdated", "unpinned", "current")
"""How a translation stands to its source."""
