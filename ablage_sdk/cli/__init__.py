"""The command `ablage`."""
