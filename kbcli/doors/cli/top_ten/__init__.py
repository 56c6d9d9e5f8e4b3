"""`kb top-ten …`: one file each."""

HELP = "What keeps coming, and what is done about it."
