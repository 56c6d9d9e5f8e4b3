"""`kb shift …`: one file each."""

HELP = "Plan support shifts, and hand over."
