"""The names under which legacy programs import the old client."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

from ablage_client_compat.errors import no_such_name

__all__ = ["CHILDREN", "install"]

#: To be put on the PYTHONPATH of child processes.
CHILDREN = Path(__file__).parent / "children"

_NAME = "ablage_client"
_SUBMODULES = {
    "client": "ablage_client_compat.client",
    "exceptions": "ablage_client_compat.errors",
    "models": "ablage_client_compat.models",
}


def install() -> None:
    """Let ``import ablage_client`` and its submodules find this package.

    Call it once, before the first ``import ablage_client``; calling it again changes nothing. The modules are
    ``ablage_client``, ``ablage_client.client``, ``ablage_client.exceptions`` and ``ablage_client.models``.

    Raises:
        ImportError: The real old package was imported already; part of the program would go on with it.
    """
    present = sys.modules.get(_NAME)
    shim = import_module("ablage_client_compat")
    if present is not None and getattr(present, "AblageClient", None) is shim.AblageClient:
        return  # installed before, or the transitional distribution
    if present is not None and Path(getattr(present, "__file__", None) or "").parent != CHILDREN:
        origin = getattr(present, "__file__", None) or "an unknown place"
        raise ImportError(
            f"ablage_client was imported from {origin} before ablage_client_compat.install() was called. "
            "Call install() before the first `import ablage_client`, or run the program unchanged with "
            "`python -m ablage_client_compat script.py`."
        )

    package = ModuleType(_NAME, shim.__doc__)
    package.__spec__ = ModuleSpec(_NAME, None, origin=shim.__file__, is_package=True)
    package.__path__ = []  # there are no submodules but those below
    package.__file__ = shim.__file__
    names: list[str] = shim.__all__
    for name in names:
        setattr(package, name, getattr(shim, name))
    vars(package).update(__all__=list(names), __version__=shim.__version__, __getattr__=_unknown(names))
    modules = {_NAME: package}
    for name, target in _SUBMODULES.items():
        modules[f"{_NAME}.{name}"] = import_module(target)
        setattr(package, name, modules[f"{_NAME}.{name}"])
    sys.modules.update(modules)


def _unknown(names: list[str]) -> object:
    def __getattr__(name: str) -> object:  # noqa: N807  # PEP 562
        if name.startswith("__"):
            raise AttributeError(f"module {_NAME!r} has no attribute {name!r}")
        raise no_such_name(_NAME, name, [*names, *_SUBMODULES])

    return __getattr__
