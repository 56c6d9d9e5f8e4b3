"""What knows nothing of cards: disk, git, text, Markdown, the web."""
