"""Tables, queries, files and the embedded PostgreSQL; no rules."""
