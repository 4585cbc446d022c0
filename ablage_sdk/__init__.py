"""The Ablage SDK."""
