"""Where a knowledge base stands, and how it came there."""
