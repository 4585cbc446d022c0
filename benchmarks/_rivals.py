"""Other typed clients, set up to do what ``documents.get`` and ``documents.upload`` do."""

from __future__ import annotations

import importlib.util
import json
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AsyncExitStack, ExitStack
    from pathlib import Path

__all__ = ["Rival", "installed"]

KEY = "sk_test_0123456789"


class Rival(Protocol):
    """A client of somebody else.

    Attributes:
        name: What to import.
        title: Name and HTTP library, synchronous.
        async_title: Name and HTTP library, asynchronous.
    """

    name: str
    title: str
    async_title: str

    def calls(self, stack: ExitStack, url: str) -> tuple[Callable[[], object], Callable[[], object]]:
        """Return the bare and the typed call."""

    async def async_calls(
        self, stack: AsyncExitStack, url: str
    ) -> tuple[Callable[[], Awaitable[object]], Callable[[], Awaitable[object]]]:
        """Return the bare and the typed call."""

    def upload(self, url: str, path: Path) -> None:
        """Upload a file."""

    async def upload_async(self, url: str, path: Path) -> None:
        """Upload a file."""


def installed() -> list[Rival]:
    """Return those that can be measured here."""
    rivals: tuple[Rival, ...] = (OpenAI(), Stripe())
    return [rival for rival in rivals if importlib.util.find_spec(rival.name) is not None]


class OpenAI:
    """``openai``, reading the document into a model of its own kind."""

    name = "openai"
    title = async_title = "openai (httpx2)"

    @staticmethod
    def _model() -> Any:
        import openai  # noqa: PLC0415
        from pydantic import create_model  # noqa: PLC0415

        from ablage_sdk import Document  # noqa: PLC0415

        fields: dict[str, Any] = {
            name: (info.annotation, None) for name, info in Document.model_fields.items()
        }
        return create_model("OpenAIDocument", __base__=openai.BaseModel, **fields)

    def calls(self, stack: ExitStack, url: str) -> tuple[Callable[[], object], Callable[[], object]]:
        """Return the bare and the typed call."""
        import httpx2  # noqa: PLC0415
        import openai  # noqa: PLC0415

        model = self._model()
        bare = stack.enter_context(httpx2.Client(headers={"Authorization": f"Bearer {KEY}"}))
        client = stack.enter_context(openai.OpenAI(api_key=KEY, base_url=f"{url}/v1"))
        return (
            lambda: json.loads(bare.get(f"{url}/v1/documents/x").raise_for_status().content),
            lambda: client.get("/documents/x", cast_to=model),
        )

    async def async_calls(
        self, stack: AsyncExitStack, url: str
    ) -> tuple[Callable[[], Awaitable[object]], Callable[[], Awaitable[object]]]:
        """Return the bare and the typed call."""
        import httpx2  # noqa: PLC0415
        import openai  # noqa: PLC0415

        model = self._model()
        limits = httpx2.Limits(max_connections=100, max_keepalive_connections=100)
        bare = await stack.enter_async_context(
            httpx2.AsyncClient(headers={"Authorization": f"Bearer {KEY}"}, limits=limits)
        )
        client = await stack.enter_async_context(openai.AsyncOpenAI(api_key=KEY, base_url=f"{url}/v1"))

        async def bare_call() -> object:
            return json.loads((await bare.get(f"{url}/v1/documents/x")).raise_for_status().content)

        return bare_call, lambda: client.get("/documents/x", cast_to=model)

    def upload(self, url: str, path: Path) -> None:
        """Upload a file."""
        import openai  # noqa: PLC0415

        with openai.OpenAI(api_key=KEY, base_url=f"{url}/v1") as client:
            client.files.create(file=path, purpose="assistants")

    async def upload_async(self, url: str, path: Path) -> None:
        """Upload a file."""
        import openai  # noqa: PLC0415

        async with openai.AsyncOpenAI(api_key=KEY, base_url=f"{url}/v1") as client:
            await client.files.create(file=path, purpose="assistants")


class Stripe:
    """``stripe``, reading the document into one of its objects."""

    name = "stripe"
    title, async_title = "stripe (requests)", "stripe (httpx)"

    @staticmethod
    def _client(url: str) -> Any:
        import stripe  # noqa: PLC0415

        return stripe.StripeClient(KEY, base_addresses={"api": url, "files": url})

    def calls(self, stack: ExitStack, url: str) -> tuple[Callable[[], object], Callable[[], object]]:
        """Return the bare and the typed call."""
        import requests  # noqa: PLC0415

        bare = stack.enter_context(requests.Session())
        bare.headers["Authorization"] = f"Bearer {KEY}"
        client = self._client(url)

        def bare_call() -> object:
            answer = bare.get(f"{url}/v1/customers/x")
            answer.raise_for_status()
            return json.loads(answer.content)

        return bare_call, lambda: client.v1.customers.retrieve("x")

    async def async_calls(
        self, stack: AsyncExitStack, url: str
    ) -> tuple[Callable[[], Awaitable[object]], Callable[[], Awaitable[object]]]:
        """Return the bare and the typed call."""
        import httpx  # noqa: PLC0415

        limits = httpx.Limits(max_connections=100, max_keepalive_connections=100)
        bare = await stack.enter_async_context(
            httpx.AsyncClient(headers={"Authorization": f"Bearer {KEY}"}, limits=limits)
        )
        client = self._client(url)

        async def bare_call() -> object:
            return json.loads((await bare.get(f"{url}/v1/customers/x")).raise_for_status().content)

        return bare_call, lambda: client.v1.customers.retrieve_async("x")

    def upload(self, url: str, path: Path) -> None:
        """Upload a file."""
        with path.open("rb") as file:
            self._client(url).v1.files.create({"file": file, "purpose": "dispute_evidence"})

    async def upload_async(self, url: str, path: Path) -> None:
        """Upload a file."""
        with path.open("rb") as file:
            await self._client(url).v1.files.create_async({"file": file, "purpose": "dispute_evidence"})
