"""Resumable, batched moves of data."""
