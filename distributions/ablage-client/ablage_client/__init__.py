"""The old client under its old name: all of it is `ablage_client_compat`, on top of `ablage_sdk`."""

from ablage_client_compat import *  # noqa: F403  # everything public
from ablage_client_compat import __all__ as __all__
from ablage_client_compat import __version__ as __version__
