"""Pages of lists as the old client numbered them, on lists that go by cursor."""
