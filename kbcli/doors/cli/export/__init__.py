"""`kb export …`: one file each."""

HELP = "Write the knowledge base for somewhere else."
