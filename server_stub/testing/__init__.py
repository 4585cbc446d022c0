"""A server that tests can hold in their hand."""
