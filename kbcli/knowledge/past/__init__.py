"""What cards were, by git history."""
