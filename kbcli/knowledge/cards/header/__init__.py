"""Front matter: reading it, and changing one field of it."""
