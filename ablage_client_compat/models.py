"""The models of the old client: `ablage_client.models` is this module."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from ablage_client_compat.paging.response import PaginatedResponse
from ablage_client_compat.records import Record
from ablage_client_compat.warnings import deprecated, legacy_attribute

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

__all__ = ["ApiKey", "Document", "PaginatedResponse", "Record", "User", "WebhookSubscription"]


def _nothing() -> None:
    """Return what a missing key reads as."""


def _optional(*keys: str) -> dict[str, Callable[[], object]]:
    return dict.fromkeys(keys, _nothing)


class Document(Record):
    """A document as API v1 described it."""

    _shown: ClassVar[tuple[str, ...]] = ("id", "filename", "status")
    _times: ClassVar[frozenset[str]] = frozenset({"created_at", "updated_at", "completed_at"})
    _aliases: ClassVar[Mapping[str, str]] = {"extracted_text": "ocr_text", "document_id": "id"}
    _missing: ClassVar[Mapping[str, Callable[[], object]]] = {
        "tags": list,
        "metadata": dict,
        "ocr_text": str,
        "extracted_text": str,
    } | _optional(
        "id", "filename", "status", "user_id", "size", "mime_type", "document_type", "language",
        "ocr_backend", "confidence_score", "ocr_result", "error_message", "created_at", "updated_at",
        "completed_at",
    )  # fmt: skip

    id: str
    filename: str
    #: ``pending``, ``processing``, ``completed`` or ``failed``.
    status: str
    user_id: str
    #: Bytes.
    size: int
    mime_type: str
    document_type: str | None
    language: str | None
    ocr_backend: str
    #: The recognised text; empty before recognition.
    extracted_text: str
    #: 0.0 to 1.0; 0.0 before recognition.
    confidence_score: float
    metadata: dict[str, Any]
    tags: list[str]
    created_at: datetime
    updated_at: datetime
    completed_at: datetime | None
    #: Relevance, under both names, and the matching passage: only of what a search found.
    score: float
    relevance_score: float
    highlight: str

    @property
    @legacy_attribute
    @deprecated("Write `document.extracted_text`.", category=None)
    def ocr_text(self) -> str:
        """The recognised text; empty before recognition."""
        return self._read("ocr_text")  # type: ignore[no-any-return]  # JSON

    @property
    @legacy_attribute
    @deprecated(
        "Write `document.ocr_result` of `ablage_sdk`, where `content` is `.text`, `score` `.confidence`, "
        "`engine` `.backend`, `segments` `.blocks`, and `lang`, `page_count`, `duration` are "
        "`.metadata.language`, `.metadata.pages`, `.metadata.processing_time`.",
        category=None,
    )
    def ocr_result(self) -> dict[str, Any]:
        """The OCR result in the old format: ``content score engine lang page_count duration segments``."""
        return self._read("ocr_result")  # type: ignore[no-any-return]  # JSON

    @property
    @legacy_attribute
    @deprecated("Write `document.error.message` (`document.error` is None without an error).", category=None)
    def error_message(self) -> str | None:
        """Why processing failed, if it did."""
        return self._read("error_message")  # type: ignore[no-any-return]  # JSON


PaginatedResponse._default_item = Document  # noqa: SLF001 - a page is of documents unless told otherwise


class User(Record):
    """A user as API v1 described them: with one role."""

    _shown: ClassVar[tuple[str, ...]] = ("id", "email", "role")
    _times: ClassVar[frozenset[str]] = frozenset({"created_at", "updated_at"})
    _aliases: ClassVar[Mapping[str, str]] = {"user_id": "id", "name": "full_name"}
    _missing: ClassVar[Mapping[str, Callable[[], object]]] = _optional(
        "id", "email", "full_name", "role", "is_active", "created_at", "updated_at"
    )

    id: str
    email: str
    full_name: str | None
    is_active: bool
    created_at: datetime
    updated_at: datetime

    @property
    @legacy_attribute
    @deprecated("Write `user.roles`, a list.", category=None)
    def role(self) -> str | None:
        """``admin``, ``user`` or ``viewer``."""
        return self._read("role")  # type: ignore[no-any-return]  # JSON


class WebhookSubscription(Record):
    """A webhook; the old names ``events`` and ``active`` work beside the new ones."""

    _shown: ClassVar[tuple[str, ...]] = ("id", "url", "event_types")
    _times: ClassVar[frozenset[str]] = frozenset({"created_at", "updated_at"})
    _aliases: ClassVar[Mapping[str, str]] = {"events": "event_types", "active": "is_active"}
    _missing: ClassVar[Mapping[str, Callable[[], object]]] = {"event_types": list} | _optional(
        "id", "url", "description", "is_active", "secret", "created_at", "updated_at"
    )

    id: str
    url: str
    event_types: list[str]
    description: str | None
    is_active: bool
    #: Only in the answer to `create` and `rotate_secret`.
    secret: str | None
    created_at: datetime
    updated_at: datetime

    @property
    @legacy_attribute
    @deprecated("Write `webhook.event_types`.", category=None)
    def events(self) -> list[str]:
        """The event types."""
        return self.event_types

    @property
    @legacy_attribute
    @deprecated("Write `webhook.is_active`.", category=None)
    def active(self) -> bool:
        """Whether events are sent."""
        return self.is_active


class ApiKey(Record):
    """An API key; `key` is only in the answer to `create`."""

    _shown: ClassVar[tuple[str, ...]] = ("id", "name", "prefix")
    _times: ClassVar[frozenset[str]] = frozenset({"created_at", "expires_at", "last_used_at", "revoked_at"})
    _missing: ClassVar[Mapping[str, Callable[[], object]]] = _optional(
        "id", "name", "key", "prefix", "scopes", "created_at", "expires_at", "last_used_at", "revoked_at"
    )

    id: str
    name: str
    key: str
    prefix: str
    scopes: list[str] | None
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
