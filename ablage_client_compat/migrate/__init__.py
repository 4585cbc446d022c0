"""The command `ablage-migrate`: old code, stored data and settings become new."""
