"""The command `ablage-server`."""
