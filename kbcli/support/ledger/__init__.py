"""What support and product decided about what keeps coming: the top ten of each month, and the counts of each week."""

TRACKER_NAMES = ("github", "gitlab", "jira", "linear")
"""What a row can be handed over to."""
