"""A server that tests can hold in their hand: see `AblageServer`."""

from __future__ import annotations

from server_stub.testing.accounts import Account, Role
from server_stub.testing.faults import Fault, Faults
from server_stub.testing.journal import Journal, ReceivedRequest
from server_stub.testing.receiver import ReceivedWebhook, WebhookReceiver
from server_stub.testing.server import AblageServer
from server_stub.testing.waiting import until

__all__ = [
    "AblageServer",
    "Account",
    "Fault",
    "Faults",
    "Journal",
    "ReceivedRequest",
    "ReceivedWebhook",
    "Role",
    "WebhookReceiver",
    "until",
]
