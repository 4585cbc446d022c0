"""As whom the embedded PostgreSQL runs: never as root, and never without a name."""

from __future__ import annotations

import logging
import os
import pwd
import stat
from pathlib import Path

from server_stub.errors import OperatorError

logger = logging.getLogger(__name__)


class EmbeddedDatabaseError(OperatorError):
    """The embedded PostgreSQL could not be set up or started; the message says why and what to do."""


def unprivileged_user(cluster: Path) -> pwd.struct_passwd | None:
    """Return the user to run PostgreSQL as, which refuses to run as root; ``None`` when we are not root."""
    if os.geteuid() != 0:
        return None
    if (cluster / "PG_VERSION").exists():
        return pwd.getpwuid(cluster.stat().st_uid)
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise EmbeddedDatabaseError(
        "PostgreSQL refuses to run as root, and there is neither a user 'postgres' nor 'nobody' to run it "
        "as. Start the server as another user, or set DATABASE_URL."
    )


def let_through(path: Path, user: pwd.struct_passwd) -> None:
    """Let a user pass (not list) the directories above a path; needed only when we run as root."""
    for parent in path.resolve().parents:
        found = parent.stat()
        mine = found.st_uid == user.pw_uid and found.st_mode & stat.S_IXUSR
        if mine or found.st_mode & stat.S_IXOTH:
            continue
        try:
            parent.chmod(found.st_mode | stat.S_IXOTH)
        except OSError as error:
            raise EmbeddedDatabaseError(
                f"PostgreSQL runs as the user {user.pw_name!r} and cannot pass {parent} ({error.strerror}). "
                f"Run: chmod o+x {parent}, or choose another data directory."
            ) from None
        logger.warning("Let others pass (o+x) %s, for PostgreSQL runs as %r", parent, user.pw_name)


def name_of_user(directory: Path) -> dict[str, str]:
    """Return the environment that gives our user id a name, where the system has none.

    Args:
        directory: Where the lists of users and groups for it may be written.

    Raises:
        EmbeddedDatabaseError: The library that does it is not there.
    """
    number = os.geteuid()
    try:
        pwd.getpwuid(number)
    except KeyError:
        pass
    else:
        return {}
    wrapper = _nss_wrapper()
    if wrapper is None:
        raise EmbeddedDatabaseError(
            f"The user id {number} has no name, and PostgreSQL needs one. Install the library "
            "nss_wrapper (apt-get install libnss-wrapper), start the server as a user that /etc/passwd "
            "knows, or set DATABASE_URL."
        )
    users, groups = directory / "passwd", directory / "group"
    users.write_text(f"postgres:x:{number}:{os.getegid()}::/:/bin/false\n")
    groups.write_text(f"postgres:x:{os.getegid()}:\n")
    return {
        "LD_PRELOAD": " ".join(filter(None, [wrapper, os.environ.get("LD_PRELOAD")])),
        "NSS_WRAPPER_PASSWD": str(users),
        "NSS_WRAPPER_GROUP": str(groups),
    }


def _nss_wrapper() -> str | None:
    """Return where the library is that gives names to user ids."""
    folders = ("/usr/lib", "/usr/lib64", "/usr/local/lib")
    found = (path for folder in folders for path in sorted(Path(folder).glob("**/libnss_wrapper.so*")))
    return next((str(path) for path in found), None)
