"""Files: reading, atomic writing, containment, caches."""
