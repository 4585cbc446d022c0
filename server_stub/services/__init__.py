"""Rules, permissions and transactions; no HTTP."""
