"""What a word is, in every script."""
