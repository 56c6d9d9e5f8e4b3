"""What a Markdown text is made of."""
