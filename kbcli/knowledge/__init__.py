"""What kb knows of cards, each room importing only what stands left of it in pyproject.toml."""
