"""Files with settings from the old names to the new ones."""
