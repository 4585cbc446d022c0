"""What only the asynchronous client has."""

__all__ = ["AsyncBridge"]


class AsyncBridge:
    """Nothing: where the synchronous client opens this one, this one is complete."""
