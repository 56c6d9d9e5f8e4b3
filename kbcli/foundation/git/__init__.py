"""All that git says, and the only place that runs it."""
