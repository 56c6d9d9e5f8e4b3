"""One check rule per file; the file's name is the rule's ID with `_` for `-`."""
