"""A server that tests can hold in their hand: see `AblageServer`.

Names are imported when they are first used: the pytest plugin lives here, and costs nothing where no test
asks for one of its fixtures.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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

_NAMES = {
    "accounts": ("Account", "Role"),
    "faults": ("Fault", "Faults"),
    "journal": ("Journal", "ReceivedRequest"),
    "receiver": ("ReceivedWebhook", "WebhookReceiver"),
    "server": ("AblageServer",),
    "waiting": ("until",),
}
_MODULES = {name: module for module, names in _NAMES.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        msg = f"module 'server_stub.testing' has no attribute {name!r}"
        raise AttributeError(msg)
    try:
        module = importlib.import_module(f"server_stub.testing.{_MODULES[name]}")
    except ModuleNotFoundError as exc:
        if (exc.name or "").startswith("server_stub"):
            raise
        msg = f"a server for tests needs {exc.name}: pip install 'ablage-sdk[testing]'"
        raise ImportError(msg) from exc
    value: object = getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
