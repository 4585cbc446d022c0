# Generated from ablage_client_compat/_async/__init__.py by scripts/generate_sync.py: do not edit.
"""What both clients of the old API do alike."""
