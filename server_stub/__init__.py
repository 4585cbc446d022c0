"""The reference server for API v1 and v2."""
