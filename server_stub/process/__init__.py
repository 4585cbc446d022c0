"""Processes that answer: one, or several at one address."""
