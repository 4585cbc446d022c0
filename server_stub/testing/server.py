"""A real server in a thread."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Self, cast

from pydantic import SecretStr
from starlette.middleware import Middleware

from server_stub.api.gateway import Gateway
from server_stub.process import serving
from server_stub.settings import Settings
from server_stub.testing.accounts import Account, Role, fetch, make_account
from server_stub.testing.databases import databases, empty
from server_stub.testing.faults import Faults
from server_stub.testing.interception import Interceptor, Refuser
from server_stub.testing.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

    from fastapi import FastAPI
    from starlette.types import Scope

    from ablage_sdk import AblageSDK, AsyncAblageSDK
    from server_stub.releases import ReleaseName
    from server_stub.runtime import Runtime

START_TIMEOUT = 120
STOP_TIMEOUT = 60


class AblageServer:
    """A server on a free port, with a database and a folder of its own.

    It is the real thing: PostgreSQL, migrations, jobs and text recognition. The environment and ``.env``
    have no say in it. ::

        with AblageServer() as server:
            document = server.sdk().documents.upload("invoice.pdf")

    Args:
        data_dir: Where it keeps files; by default a temporary folder.
        database_url: A database to use instead of a new one. It is migrated, and left alone at the end.
        release: The release it runs as: ``"1.0"`` or ``"2.0"``.
        schema: The release of its new database, such as ``"v2.0-expand"``; by default its own.
        **settings: Settings, named like the attributes of `server_stub.settings.Settings`.

    Attributes:
        url: Its address, such as ``http://127.0.0.1:40123``.
        api_key: An API key of its admin.
        database_url: The address of its database.
        data_dir: Its folder.
        faults: What goes wrong on purpose: errors, cut connections, slow and damaged answers.
        requests: What it was asked.
    """

    __test__ = False

    def __init__(
        self,
        *,
        data_dir: Path | None = None,
        database_url: str | None = None,
        release: ReleaseName = "2.0",
        schema: str | None = None,
        **settings: object,
    ) -> None:
        self.url = ""
        self.api_key = "ak_test_" + secrets.token_urlsafe(32)
        self.database_url = database_url or ""
        self.data_dir = data_dir or Path()
        self.faults = Faults()
        self.requests = Journal()
        self._keep_data = data_dir is not None
        self._keep_database = database_url is not None
        self._schema = schema or f"v{release}"
        self._given: Mapping[str, object] = {"release": release, **settings}
        self._runtime: Runtime | None = None
        self._server: serving.Server | None = None
        self._thread: threading.Thread | None = None
        self._failure: BaseException | None = None
        self._ready = threading.Event()

    @property
    def runtime(self) -> Runtime:
        """The parts of the running server. They belong to the event loop of its thread."""
        if self._runtime is None:
            raise RuntimeError("The server does not run. Use it as a context manager.")
        return self._runtime

    def sdk(self, **options: object) -> AblageSDK:
        """Return a client with the admin's API key; options go to `ablage_sdk.AblageSDK`."""
        from ablage_sdk import AblageSDK  # noqa: PLC0415 - servers can be tested without the client

        return AblageSDK(**{"api_key": self.api_key, "base_url": self.url, **options})  # type: ignore[arg-type]  # checked there

    def async_sdk(self, **options: object) -> AsyncAblageSDK:
        """Return an async client with the admin's API key; options go to `ablage_sdk.AsyncAblageSDK`."""
        from ablage_sdk import AsyncAblageSDK  # noqa: PLC0415 - see above

        return AsyncAblageSDK(**{"api_key": self.api_key, "base_url": self.url, **options})  # type: ignore[arg-type]  # checked there

    def new_account(self, role: Role) -> Account:
        """Make a user of a role, with an API key."""
        return make_account(self.database_url, role)

    def fetch(self, statement: str, *values: object) -> list[dict[str, object]]:
        """Run SQL in the server's database, for what its API does not show.

        Args:
            statement: With ``$1``, ``$2``, … for values.
            *values: The values.

        Returns:
            The rows.
        """
        return fetch(self.database_url, statement, *values)

    def reset(self) -> None:
        """Make the server as new for the next test: no documents, users, keys, webhooks, faults, requests.

        The admin, `api_key` and settings stay. It takes milliseconds.

        Raises:
            RuntimeError: The database was given to this server; what is in it is not the server's to delete.
        """
        if self._keep_database:
            raise RuntimeError(
                "reset() would delete what is in the database that was given. Empty it yourself."
            )
        self.faults.clear()
        empty(self.database_url, keep_key=self.api_key)
        self.runtime.services.unknown_addresses.clear()
        self.requests.clear()

    def start(self) -> None:
        """Start the server and wait until it answers."""
        if not self._keep_data:
            self.data_dir = Path(tempfile.mkdtemp(prefix="ablage-server-"))
        if not self._keep_database:
            self.database_url = databases.create(schema=self._schema)
        self._thread = threading.Thread(target=self._serve, name="ablage-server", daemon=True)
        self._thread.start()
        if not self._ready.wait(START_TIMEOUT):
            raise TimeoutError(f"The server did not start within {START_TIMEOUT} s.")
        if self._failure is not None:
            failure, self._failure = self._failure, None
            self.stop()
            raise failure

    def stop(self) -> None:
        """Stop the server as Ctrl-C would, and delete what it made."""
        thread, self._thread = self._thread, None
        if thread is not None:
            if self._server is not None:
                self._server.stop()
            thread.join(STOP_TIMEOUT)
        if not self._keep_database and self.database_url:
            databases.drop(self.database_url)
        if not self._keep_data:
            shutil.rmtree(self.data_dir, ignore_errors=True)
        self._ready.clear()
        if thread is not None and thread.is_alive():
            raise TimeoutError(f"The server did not stop within {STOP_TIMEOUT} s.")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self.start)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await asyncio.to_thread(self.stop)

    def _settings(self) -> Settings:
        values: dict[str, object] = {
            "log_level": "WARNING",
            "rate_limit": "",
            "webhook_allow_private": True,
            "worker_concurrency": 2,
            "shutdown_grace_seconds": 5,
            "auto_migrate": self._keep_database,
            **self._given,
        }
        return Settings.isolated(
            **values,
            host="127.0.0.1",
            port=0,
            data_dir=self.data_dir,
            database_url=SecretStr(self.database_url),
            bootstrap_api_key=SecretStr(self.api_key),
        )

    def _serve(self) -> None:
        try:
            serving.run(self._settings(), on_app=self._intercept, on_ready=self._started)
        except BaseException as error:  # noqa: BLE001 - whoever waits for the start gets to see it
            self._failure = error
        finally:
            self._runtime = self._server = None
            self._ready.set()

    def _intercept(self, app: FastAPI) -> None:
        app.add_middleware(Interceptor, faults=self.faults, journal=self.requests, abort=self._abort)
        [gateway] = [n for n, layer in enumerate(app.user_middleware) if cast("object", layer.cls) is Gateway]
        app.user_middleware.insert(gateway + 1, Middleware(Refuser))  # the next one inside of it

    def _abort(self, scope: Scope) -> None:
        if self._server is not None:
            self._server.abort(scope["client"])

    def _started(self, server: serving.Server, runtime: Runtime) -> None:
        self._server, self._runtime = server, runtime
        self.url = server.url
        self._ready.set()
