"""Rewrites Python source: what is known about each value decides; what is not known is marked."""
