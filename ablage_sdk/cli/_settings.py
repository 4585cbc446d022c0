"""Which server and credentials: options, then the environment, then the file that ``ablage login`` writes."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

from ablage_sdk import AblageSDK, ConfigurationError

__all__ = ["Saved", "client", "config_path"]


@dataclass(slots=True)
class Saved:
    """What the configuration file holds."""

    base_url: str | None = None
    api_key: str | None = field(default=None, repr=False)
    access_token: str | None = field(default=None, repr=False)
    refresh_token: str | None = field(default=None, repr=False)

    @classmethod
    def load(cls) -> Saved:
        """Read the file; it may be missing."""
        path = config_path()
        try:
            content = json.loads(path.read_bytes())
        except FileNotFoundError:
            return cls()
        except (OSError, ValueError) as exc:
            msg = f"cannot read {path}: {exc}; correct or delete it"
            raise ConfigurationError(msg) from exc
        known = {each.name for each in fields(cls)}
        return cls(**{name: value for name, value in content.items() if name in known})

    def save(self) -> None:
        """Write the file, readable by its owner only."""
        path = config_path()
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.touch(0o600)
        part.write_text(json.dumps({k: v for k, v in asdict(self).items() if v is not None}, indent=2) + "\n")
        part.replace(path)


def config_path() -> Path:
    """Return where the configuration is."""
    named = os.environ.get("ABLAGE_CONFIG")
    if named:
        return Path(named)
    base = os.environ.get("XDG_CONFIG_HOME")
    return (Path(base) if base else Path.home() / ".config") / "ablage" / "config.json"


def client(base_url: str | None, api_key: str | None) -> AblageSDK:
    """Return a client; a login counts only for the server it was made at."""
    url, key = base_url or os.environ.get("ABLAGE_BASE_URL"), api_key or os.environ.get("ABLAGE_API_KEY")
    if url and key:
        return AblageSDK(key, url)  # whatever is in the file
    saved = Saved.load()
    url = url or saved.base_url
    if not key and url == saved.base_url:
        return AblageSDK(
            saved.api_key, url, access_token=saved.access_token, refresh_token=saved.refresh_token
        )
    return AblageSDK(key, url)
