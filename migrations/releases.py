"""Releases by name, and the revision that each one's database is at."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Release → revision, oldest first. The same names are branch labels of the revisions, so that plain
#: ``alembic upgrade v1.0`` works too; a test compares both.
RELEASES: Mapping[str, str] = MappingProxyType(
    {
        "v0.9": "f6e5d4c3b2a1",
        "v1.0": "c5d6e7f8a9b0",
        "v2.0-expand": "f0a1b2c3d4e5",
        "v2.0": "6f7a8b9c0d1e",
    }
)


def resolve(target: str) -> str:
    """Turn a release name (``v1.0``, ``1.0``) into its revision; anything else stays as it is."""
    return RELEASES.get(target) or RELEASES.get(f"v{target}") or target


def release_of(revision: str) -> str | None:
    """Return the release whose database is exactly at ``revision``, if there is one."""
    return next((name for name, at in RELEASES.items() if at == revision), None)
