"""The result of the gate in each format."""
