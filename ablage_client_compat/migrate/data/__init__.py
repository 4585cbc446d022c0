"""Saved documents, users and webhooks from one version to the other."""
