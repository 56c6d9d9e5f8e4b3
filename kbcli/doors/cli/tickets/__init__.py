"""`kb tickets …`: one file each."""

HELP = "What customers asked before, and our answers."
