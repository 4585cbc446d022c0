"""One small revision for each change of the schema."""
