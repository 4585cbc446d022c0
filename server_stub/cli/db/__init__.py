"""`ablage-server db …`: migrate a database, look at it, save it."""
