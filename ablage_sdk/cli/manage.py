"""``ablage users``, ``keys``, ``webhooks``."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from ablage_sdk.cli._context import ask_secret, of
from ablage_sdk.cli._output import fields, print_json, rows, say

__all__ = ["add_to"]

users: typer.Typer = typer.Typer(
    no_args_is_help=True, help="Users. Example: ablage users create ada@example.com"
)
keys: typer.Typer = typer.Typer(
    no_args_is_help=True, help="API keys. Example: ablage keys create scanner --days 90"
)
webhooks: typer.Typer = typer.Typer(
    no_args_is_help=True,
    help="Webhooks. Example: ablage webhooks create https://example.com/hook --event document.processed",
)


@users.command("list")
def list_users(context: typer.Context) -> None:
    """List users. Example: ablage users list."""
    chosen = of(context)
    with chosen.sdk() as sdk:
        rows(
            ("id", "email", "roles", "active"),
            (
                (each, (each.id, each.email, ",".join(each.roles), each.is_active))
                for each in sdk.users.iterate()
            ),
            as_json=chosen.as_json,
        )


@users.command("create")
def create_user(
    context: typer.Context,
    email: str,
    role: Annotated[list[str] | None, typer.Option(help="A role; may be repeated")] = None,
    name: Annotated[str | None, typer.Option(help="Full name")] = None,
) -> None:
    """Create a user; the password is asked for. Example: ablage users create ada@example.com."""
    chosen = of(context)
    password = ask_secret("Password", twice=True)
    with chosen.sdk() as sdk:
        fields(sdk.users.create(email, password, full_name=name, roles=role), as_json=chosen.as_json)


@users.command("delete")
def delete_user(context: typer.Context, user_id: str) -> None:
    """Delete a user. Example: ablage users delete ID."""
    with of(context).sdk() as sdk:
        sdk.users.delete(user_id)
    say("Deleted.")


@keys.command("list")
def list_keys(context: typer.Context) -> None:
    """List API keys. Example: ablage keys list."""
    chosen = of(context)
    with chosen.sdk() as sdk:
        rows(
            ("id", "prefix", "name", "scopes", "expires", "revoked"),
            (
                (
                    each,
                    (
                        each.id,
                        each.prefix,
                        each.name,
                        ",".join(each.scopes or ["all"]),
                        each.expires_at,
                        each.revoked_at,
                    ),
                )
                for each in sdk.api_keys.iterate()
            ),
            as_json=chosen.as_json,
        )


@keys.command("create")
def create_key(
    context: typer.Context,
    name: str,
    scope: Annotated[list[str] | None, typer.Option(help="Such as documents:read; may be repeated")] = None,
    days: Annotated[int | None, typer.Option(min=1, help="End of validity in this many days")] = None,
) -> None:
    """Create an API key and print it, this once. Example: ablage keys create scanner --days 90."""
    chosen = of(context)
    expires_at = None if days is None else datetime.now(UTC) + timedelta(days=days)
    with chosen.sdk() as sdk:
        key = sdk.api_keys.create(name, scopes=scope, expires_at=expires_at)
    if chosen.as_json:
        print_json(key.to_dict())
    else:
        print(key.key)
        say("Keep it safe: it is not shown again.")


@keys.command("revoke")
def revoke_key(context: typer.Context, key_id: str) -> None:
    """Revoke an API key. Example: ablage keys revoke ID."""
    with of(context).sdk() as sdk:
        sdk.api_keys.revoke(key_id)
    say("Revoked.")


@webhooks.command("list")
def list_webhooks(context: typer.Context) -> None:
    """List webhooks. Example: ablage webhooks list."""
    chosen = of(context)
    with chosen.sdk() as sdk:
        rows(
            ("id", "url", "events", "active"),
            (
                (each, (each.id, each.url, ",".join(each.event_types), each.is_active))
                for each in sdk.webhooks.iterate()
            ),
            as_json=chosen.as_json,
        )


@webhooks.command("create")
def create_webhook(
    context: typer.Context,
    url: str,
    event: Annotated[list[str], typer.Option(help="Such as document.processed; may be repeated")],
    description: Annotated[str | None, typer.Option(help="For people")] = None,
) -> None:
    """Create a webhook and print its secret, this once.

    Example: ablage webhooks create https://example.com/hook --event document.failed
    """
    chosen = of(context)
    with chosen.sdk() as sdk:
        created = sdk.webhooks.create(url, event, description=description)
    if chosen.as_json:
        print_json(created.to_dict())
    else:
        print(f"{created.id}\t{created.secret}")
        say("Keep the secret safe: it is not shown again.")


@webhooks.command("test")
def test_webhook(context: typer.Context, webhook_id: str) -> None:
    """Send a test event. Example: ablage webhooks test ID."""
    chosen = of(context)
    with chosen.sdk() as sdk:
        fields(sdk.webhooks.test(webhook_id), as_json=chosen.as_json)


@webhooks.command("deliveries")
def list_deliveries(context: typer.Context, webhook_id: str) -> None:
    """List what was sent to a webhook. Example: ablage webhooks deliveries ID."""
    chosen = of(context)
    with chosen.sdk() as sdk:
        rows(
            ("id", "event", "status", "attempts", "answer", "error"),
            (
                (
                    each,
                    (
                        each.id,
                        each.event_type,
                        each.status,
                        each.attempts,
                        each.response_status,
                        each.last_error,
                    ),
                )
                for each in sdk.webhooks.deliveries(webhook_id)
            ),
            as_json=chosen.as_json,
        )


@webhooks.command("rotate-secret")
def rotate_secret(context: typer.Context, webhook_id: str) -> None:
    """Give a webhook a new secret. Example: ablage webhooks rotate-secret ID."""
    with of(context).sdk() as sdk:
        print(sdk.webhooks.rotate_secret(webhook_id).secret)
    say("The old secret stays valid for 24 hours.")


@webhooks.command("delete")
def delete_webhook(context: typer.Context, webhook_id: str) -> None:
    """Delete a webhook. Example: ablage webhooks delete ID."""
    with of(context).sdk() as sdk:
        sdk.webhooks.delete(webhook_id)
    say("Deleted.")


def add_to(app: typer.Typer) -> None:
    """Add the groups of commands."""
    app.add_typer(users, name="users")
    app.add_typer(keys, name="keys")
    app.add_typer(webhooks, name="webhooks")
