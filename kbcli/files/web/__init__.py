"""Asking the web whether an address still leads somewhere: politely, and never into a private network."""
