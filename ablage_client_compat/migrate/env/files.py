"""Files with settings: which ones, and what becomes of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ablage_client_compat.atomic import backup_of, replace_file

if TYPE_CHECKING:
    from pathlib import Path

    from ablage_client_compat.migrate.env.plan import Plan

__all__ = ["ConfigFile", "find_config", "migrate_config", "write_config"]

_NAMES = (".env", "docker-compose.yml", "docker-compose.yaml", "compose.yml", "compose.yaml")
_YAML = frozenset({".yml", ".yaml"})
_ASSIGNMENT = re.compile(r"^\s*(?:export\s+)?[A-Za-z_]\w*\s*=", re.MULTILINE)


@dataclass(slots=True)
class ConfigFile:
    """What becomes of one file."""

    path: Path
    old: str = ""
    new: str = ""
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    backup: Path | None = None
    error: str = ""

    @property
    def changed(self) -> bool:
        """Whether something changes."""
        return self.old != self.new


def find_config(folder: Path) -> list[Path]:
    """Return the files with settings in a folder."""
    found = [folder / name for name in _NAMES]
    found += sorted(path for path in folder.glob(".env.*") if ".bak" not in path.name)
    return [path for path in found if path.is_file()]


def migrate_config(path: Path) -> ConfigFile:
    """Return what becomes of a file; nothing is written."""
    result = ConfigFile(path)
    try:
        result.old = result.new = path.read_bytes().decode()
        result.new, made = _migrate(path, result.old)
    except OSError as error:
        result.error = error.strerror or str(error)
    except UnicodeDecodeError:
        result.error = "not a text file in UTF-8"
    except ValueError as error:
        result.error = str(error)
    else:
        result.notes, result.problems = made.notes, made.problems
        result.notes += [f"{name}={value} added (the default)" for name, value in made.additions.items()]
    return result


def _migrate(path: Path, source: str) -> tuple[str, Plan]:
    if path.suffix in _YAML:
        from ablage_client_compat.migrate.env.yaml import migrate_yaml

        return migrate_yaml(source)
    if source.strip() and ".env" not in path.name and not _ASSIGNMENT.search(source):
        raise ValueError("neither NAME=value lines nor YAML")
    from ablage_client_compat.migrate.env.dotenv import migrate_env

    return migrate_env(source)


def write_config(config: ConfigFile) -> None:
    """Write a changed file, keeping a backup beside it."""
    config.backup = backup_of(config.path)
    replace_file(config.path, config.new.encode())
