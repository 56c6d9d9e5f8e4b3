"""What cards were, by git history."""

LIFE_EVENTS = (
    "created",
    "deleted",
    "moved",
    "edited",
    "merged",
    "fields",
    "verified",
    "unverified",
    "pinned",
    "flagged",
    "unflagged",
    "archived",
    "activated",
    "drafted",
    "interval",
    "expired",
    "hidden",
)
"""What can happen to a card."""
