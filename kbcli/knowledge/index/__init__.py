"""The index as search asks for it."""
