"""Asking the web whether a link still leads somewhere."""
