"""Limits that a process lays upon itself before it opens a document from a stranger."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
from typing import Final

from server_stub.ocr.limits import MAX_MEMORY_BYTES

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_NO_NEW_PRIVS: Final = 38
_CLONE_NEWUSER: Final = 0x10000000
_CLONE_NEWNET: Final = 0x40000000
_OPEN_FILES: Final = 64

_LIBC: Final = ctypes.CDLL(None)


def enter(*, cpu_seconds: int, parent: int) -> None:
    """Limit this process and all that it starts.

    Args:
        cpu_seconds: Processor time of each process, in seconds.
        parent: Process id of the parent; this process ends when that one does.

    The network is cut off where the kernel permits that to an ordinary process; everything else always
    holds.
    """
    die_with_parent()
    if os.getppid() != parent:  # it died before the line above
        os._exit(1)
    _LIBC.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    # Root may have a network of its own as it is; others need a user namespace around it. Either may be
    # forbidden, in a container for instance, and the document is read all the same.
    if _LIBC.unshare(_CLONE_NEWNET) != 0 and os.geteuid() != 0:
        _LIBC.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)
    for kind, limit in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_CPU, cpu_seconds),
        (resource.RLIMIT_AS, MAX_MEMORY_BYTES),
    ):
        hard = resource.getrlimit(kind)[1]
        limit = limit if hard == resource.RLIM_INFINITY else min(limit, hard)  # noqa: PLW2901 - an administrator's lower limit stays
        # At the hard limit of processor time comes SIGKILL, which tells nobody why; SIGXCPU comes before.
        later = kind == resource.RLIMIT_CPU and (hard == resource.RLIM_INFINITY or limit < hard)
        resource.setrlimit(kind, (limit, limit + 1 if later else limit))


def die_with_parent() -> None:
    """Ask the kernel to kill this process when its parent ends, however that happens."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
