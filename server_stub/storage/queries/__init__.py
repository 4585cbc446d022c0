"""What is asked of the database: one module for each family of tables.

Functions take the connection first, belong to the caller's transaction and never commit.
"""
