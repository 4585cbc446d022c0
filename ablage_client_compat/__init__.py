"""The old `AblageClient` on top of `ablage_sdk`."""
