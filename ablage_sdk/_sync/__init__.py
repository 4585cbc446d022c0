# Generated from ablage_sdk/_async/__init__.py by scripts/generate_sync.py: do not edit.
"""The asynchronous client: the source from which `_sync` is generated."""
