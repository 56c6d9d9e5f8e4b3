"""What a word is: text → index terms, one file per concern."""
