"""A folder for ``PYTHONPATH``: Python processes that a legacy program starts find `ablage_client` here."""
