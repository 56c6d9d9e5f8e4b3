"""Results as text, JSON, pages."""
