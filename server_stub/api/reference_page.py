"""``/docs``: all endpoints and error codes on one page that needs neither scripts nor the Internet."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from server_stub.api import problems, versions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from server_stub.api.versions import Version

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin: 1rem 0; }
td, th { border-bottom: 1px solid #ccc; padding: .4rem; text-align: left; vertical-align: top; }
code { font-size: 90%; } del { color: #777; }
"""


def reference_page(documents: Mapping[Version, Mapping[str, Any]]) -> str:
    """Return the page.

    Args:
        documents: The OpenAPI documents of the versions that are switched on.
    """
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Ablage API</title>',
        '<meta name="viewport" content="width=device-width">',
        f"<style>{_STYLE}</style></head><body><h1>Ablage API</h1>",
        "<p>Send an API key: <code>Authorization: Bearer ak_live_…</code>",
        " or <code>X-API-Key: ak_live_…</code>.</p>",
    ]
    for version in sorted(documents, reverse=True):
        parts += _version(version, documents[version])
    parts += _deprecation()
    parts += _codes()
    parts.append("</body></html>")
    return "".join(parts)


def _version(version: Version, document: Mapping[str, Any]) -> Iterator[str]:
    address = f"{versions.PREFIXES[version]}/openapi.json"
    yield f'<h2>Version {version}</h2><p>OpenAPI: <a href="{address}">{address}</a></p><table>'
    yield "<tr><th>Request</th><th>What it does</th><th>Parameters</th></tr>"
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            name = f"<code>{method.upper()} {escape(path)}</code>"
            if operation.get("deprecated"):
                name = f"<del>{name}</del>"
            yield f"<tr><td>{name}</td><td>{escape(operation.get('description', ''))}</td>"
            names = [parameter["name"] for parameter in operation.get("parameters", ())]
            yield f"<td>{', '.join(f'<code>{escape(one)}</code>' for one in names)}</td></tr>"
    yield "</table>"


def _deprecation() -> Iterator[str]:
    yield '<h2 id="deprecation-of-v1">Deprecation of version 1.0</h2>'
    yield f"<p>Version 1.0 is deprecated since {versions.V1_DEPRECATED_AT:%Y-%m-%d} and will be switched off "
    yield f"on {versions.V1_SUNSET_AT:%Y-%m-%d}. Programs written for the old client run unmodified through "
    yield "<code>python -m ablage_client_compat</code>; <code>ablage-migrate</code> rewrites them.</p>"


def _codes() -> Iterator[str]:
    yield "<h2>Errors</h2><table><tr><th>Code</th><th>Status</th><th>Title</th></tr>"
    for code, kind in problems.KINDS.items():
        yield f"<tr><td><code>{code}</code></td><td>{kind.status}</td><td>{escape(kind.title)}</td></tr>"
    yield "</table>"
