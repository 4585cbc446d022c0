"""Fixtures for users of the reference server."""
