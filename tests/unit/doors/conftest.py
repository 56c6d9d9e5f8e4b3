"""Fixtures for the tests of doors."""

from doorserver import serve

__all__ = ["serve"]
