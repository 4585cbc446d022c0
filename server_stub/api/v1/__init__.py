"""API v1: v2 translated at the border."""
