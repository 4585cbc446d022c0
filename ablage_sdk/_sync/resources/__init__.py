# Generated from ablage_sdk/_async/resources/__init__.py by scripts/generate_sync.py: do not edit.
"""One module for each resource of the API."""
