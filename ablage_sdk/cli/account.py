"""``ablage login``, ``logout``, ``whoami``, ``config``, ``health``."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from ablage_sdk import AblageSDK
from ablage_sdk._options import DEFAULT_BASE_URL
from ablage_sdk.cli._context import ask_secret, of
from ablage_sdk.cli._output import fields, print_json, say
from ablage_sdk.cli._settings import Saved, config_path

__all__ = ["add_to"]


def login(
    context: typer.Context,
    email: Annotated[
        str | None, typer.Option(help="Log in with address and password; asked for when left out")
    ] = None,
    with_key: Annotated[
        bool, typer.Option("--with-key", help="Keep an API key instead; it is asked for")
    ] = False,
) -> None:
    """Log in, and keep the login for the next commands.

    Example: ablage --base-url https://archive.example.com login
    """
    chosen = of(context)
    saved = Saved.load()
    url = chosen.base_url or os.environ.get("ABLAGE_BASE_URL") or saved.base_url or DEFAULT_BASE_URL
    if with_key:
        key = chosen.api_key or ask_secret("API key")
        with AblageSDK(key, url) as sdk:
            user = sdk.auth.me()
        Saved(base_url=url, api_key=key).save()
    else:
        address = email or typer.prompt("E-mail address", err=True)
        password = ask_secret("Password")
        with AblageSDK(base_url=url) as sdk:
            token = sdk.auth.login(address, password)
            user = sdk.auth.me()
        Saved(base_url=url, access_token=token.access_token, refresh_token=token.refresh_token).save()
    say(f"Logged in at {url} as {user.email}.")


def logout(context: typer.Context) -> None:
    """End the login.

    Example: ablage logout
    """
    saved = Saved.load()
    if saved.access_token is not None:
        with of(context).sdk() as sdk:
            sdk.auth.logout()
    Saved(base_url=saved.base_url).save()
    say("Logged out.")


def whoami(context: typer.Context) -> None:
    """Show who is calling.

    Example: ablage whoami
    """
    chosen = of(context)
    with chosen.sdk() as sdk:
        fields(sdk.auth.me(), as_json=chosen.as_json)


def config(
    context: typer.Context,
    base_url: Annotated[
        str | None, typer.Option("--set-base-url", help="Keep this address for the next commands")
    ] = None,
) -> None:
    """Show what the commands use, without secrets, or keep a server's address.

    Example: ablage config --set-base-url https://archive.example.com
    """
    saved = Saved.load()
    if base_url is not None:
        with AblageSDK("unused", base_url) as sdk:
            changed = sdk.base_url
        if changed != saved.base_url:
            saved = Saved(base_url=changed)  # a login belongs to the server it was made at
        saved.save()
    chosen = of(context)
    url = chosen.base_url or os.environ.get("ABLAGE_BASE_URL") or saved.base_url or DEFAULT_BASE_URL
    if chosen.api_key or os.environ.get("ABLAGE_API_KEY"):
        credentials = "API key from " + ("--api-key" if chosen.api_key else "ABLAGE_API_KEY")
    elif saved.api_key and url == saved.base_url:
        credentials = "API key from the file"
    else:
        credentials = "login from the file" if saved.access_token and url == saved.base_url else "none"
    values = {"base_url": url, "credentials": credentials, "file": str(config_path())}
    if chosen.as_json:
        print_json(values)
    else:
        for name, value in values.items():
            print(f"{name:<12}  {value}")


def health(context: typer.Context) -> int:
    """Show whether the server can serve.

    Example: ablage health
    """
    chosen = of(context)
    with chosen.sdk() as sdk:
        readiness = sdk.health.ready()
    fields(readiness, as_json=chosen.as_json)
    return 0 if readiness.is_ready else 1


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (login, logout, whoami, config, health):
        app.command()(command)
