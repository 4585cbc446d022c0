"""Text recognition: engines behind one protocol."""
