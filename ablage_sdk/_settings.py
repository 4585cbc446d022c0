"""How a client is made: arguments, with the environment as the fallback."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ablage_sdk._exceptions import ConfigurationError
from ablage_sdk._library import TransportConfig
from ablage_sdk._options import DEFAULT_BASE_URL, Options, Timeout
from ablage_sdk._policies import redact_url

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ablage_sdk._library import Library, Verify
    from ablage_sdk._options import NotGiven

__all__ = ["Settings"]


@dataclass(frozen=True, slots=True)
class Settings:
    """The checked arguments of a client. ``repr`` shows no secret."""

    base_url: str
    options: Options
    transport: TransportConfig
    api_key: str | None = field(default=None, repr=False)
    access_token: str | None = field(default=None, repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    retry_budget: float | None = 0.1
    pickle_secrets: bool = False
    middleware: tuple[object, ...] = ()

    @classmethod
    def of(
        cls,
        *,
        api_key: str | None,
        base_url: str | None,
        access_token: str | None,
        refresh_token: str | None,
        timeout: Timeout | float | NotGiven | None,
        max_retries: int,
        deadline: float | None,
        retry_budget: float | None,
        headers: Mapping[str, str] | None,
        verify: Verify,
        proxy: str | None,
        max_connections: int,
        trust_env: bool,
        http_library: Library | None,
        pickle_secrets: bool,
        middleware: Sequence[object],
    ) -> Settings:
        url = _base_url(base_url or os.environ.get("ABLAGE_BASE_URL") or DEFAULT_BASE_URL)
        key = api_key or (None if access_token else os.environ.get("ABLAGE_API_KEY"))
        for name, secret in (("api_key", key), ("access_token", access_token)):
            if secret is not None and (re.search(r"[^\x21-\x7e]", secret)):
                msg = f"{name} contains a space, a line break or a special character; copy it again"
                raise ConfigurationError(msg)
        return cls(
            base_url=url,
            options=Options(max_retries=max_retries, deadline=deadline).changed(
                timeout=timeout, headers=headers or {}
            ),
            transport=TransportConfig(url, verify, proxy, max_connections, trust_env, http_library),
            api_key=key or None,
            access_token=access_token,
            refresh_token=refresh_token,
            retry_budget=retry_budget,
            pickle_secrets=pickle_secrets,
            middleware=tuple(middleware),
        )

    def arguments(self, options: Options | None = None) -> dict[str, Any]:
        """Return the arguments that make an equal client."""
        transport, options = self.transport, options or self.options
        return {
            "api_key": self.api_key,
            "base_url": self.base_url,
            "access_token": self.access_token,
            "refresh_token": self.refresh_token,
            "timeout": options.timeout,
            "max_retries": options.max_retries,
            "deadline": options.deadline,
            "retry_budget": self.retry_budget,
            "headers": dict(options.headers),
            "verify": transport.verify,
            "proxy": transport.proxy,
            "max_connections": transport.max_connections,
            "trust_env": transport.trust_env,
            "http_library": transport.library,
            "pickle_secrets": self.pickle_secrets,
            "middleware": self.middleware,
        }

    def for_pickle(self, options: Options) -> dict[str, Any]:
        """Return the arguments for a pickle: without secrets unless the client was told to keep them."""
        arguments = self.arguments(options)
        if not self.pickle_secrets:
            for name in ("api_key", "access_token", "refresh_token"):
                del arguments[name]
        return arguments


def _base_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        msg = f"base_url must look like https://archive.example.com; got {redact_url(text)!r}"
        raise ConfigurationError(msg)
    if parts.username or parts.password:
        msg = f"base_url must not contain a password ({redact_url(text)}); use api_key"
        raise ConfigurationError(msg)
    if parts.query or parts.fragment:
        msg = f"base_url must not contain '?' or '#'; got {redact_url(text)!r}"
        raise ConfigurationError(msg)
    # People paste the address of the API rather than that of the server.
    return re.sub(r"(/api(/v\d+)?)?/*$", "", text.rstrip("/"))
