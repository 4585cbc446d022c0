"""Backups of the database, and the way back from one.

A restore is one transaction. It builds the tables of the backup beside the live ones, compares them with
what the backup's manifest says, and exchanges both in its last moment; whatever happens before that, a
kill and a full disk included, PostgreSQL rolls everything back.
"""
