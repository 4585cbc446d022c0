"""``client.request``: what paths of API v1 mean, said to the SDK.

Each row of `ROUTES` serves a path of v1 through the methods of the SDK, and therefore against any server, and
returns what v1 answered. Any other path goes to the server as it is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from ablage_client_compat import convert
from ablage_client_compat.administration import API_KEYS, USERS, WEBHOOKS, page_of
from ablage_client_compat.dialects import new_user, new_webhook, period, upload_arguments
from ablage_client_compat.documents import list_documents, search_documents
from ablage_client_compat.paging.documents import Query
from ablage_client_compat.paging.numbered import Span
from ablage_sdk import formats

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ablage_client_compat.connection import SyncConnection
    from ablage_client_compat.dialects import File, Period
    from ablage_client_compat.models import Document
    from ablage_client_compat.paging.numbered import Listed
    from ablage_client_compat.paging.response import PaginatedResponse

__all__ = ["Request", "Route", "find_route", "path_below_version"]


@dataclass
class Request:
    """A request of legacy code.

    Attributes:
        connection: The SDK behind the client, with the headers and time limit of this request.
        ids: What the path names, in order.
        params: Query parameters.
        body: The JSON object, or the fields of the form.
        file: The file of the form, and its name.
    """

    connection: SyncConnection
    ids: tuple[str, ...] = ()
    params: Mapping[str, object] = field(default_factory=dict)
    body: dict[str, Any] = field(default_factory=dict)
    file: tuple[File, str | None] | None = None

    @property
    def sdk(self) -> Any:
        """The SDK; its methods check what is passed on to them."""
        return self.connection.sdk

    def span(self) -> Span:
        """Return the page that the parameters ask for, in either of v1's two ways."""
        number = {name: int(cast("str", value)) for name, value in self.params.items() if name in _PAGING}
        if not number.keys().isdisjoint({"skip", "offset", "limit"}):
            return Span.part(number.get("skip", number.get("offset", 0)), number.get("limit", 20))
        return Span.page(number.get("page", 1), number.get("page_size", number.get("per_page", 20)))

    def given(self, *names: str) -> dict[str, str]:
        """Return those of the named parameters that were given."""
        return {name: cast("str", self.params[name]) for name in names if self.params.get(name) is not None}

    def period(self) -> Period:
        """Return the period of time that the parameters name."""
        return period(self.params.get("since"), self.params.get("until"))


_PAGING = frozenset({"page", "page_size", "per_page", "skip", "offset", "limit"})


@dataclass(frozen=True)
class Route:
    """A path of v1.

    Attributes:
        method: HTTP method.
        path: Pattern of the path below the version prefix; its groups are ids.
        status: Status of success.
        answer: Serves it: JSON, bytes, or None for no content.
    """

    method: str
    path: re.Pattern[str]
    status: int
    answer: Callable[[Request], object]


def _document(document: Document) -> dict[str, Any]:
    """Return exactly what v1 answered."""
    return {key: value for key, value in document.to_dict().items() if key in formats.V1_DOCUMENT_KEYS}


def _documents(page: PaginatedResponse[Document], *also: str) -> dict[str, Any]:
    keys = {*formats.V1_DOCUMENT_KEYS, *also}
    answer = page.to_dict()
    answer["items"] = [{key: item[key] for key in item if key in keys} for item in answer["items"]]
    return answer


def _upload(request: Request) -> object:
    if request.file is None:
        raise TypeError("an upload needs files={'file': …}")
    file, name = request.file
    arguments = upload_arguments(**request.body)
    return _document(convert.document(request.sdk.documents.upload(file, filename=name, **arguments)))


def _list(request: Request) -> object:
    query = Query(**request.given("status", "tag", "document_type", "sort_by", "sort_order"))
    return _documents(list_documents(request.connection, query, request.span()))


def _search(request: Request) -> object:
    found = search_documents(request.connection, str(request.params.get("q", "")), None, request.span())
    return _documents(found, "score", "highlight")


def _text(request: Request) -> object:
    (document_id,) = request.ids
    return {"id": document_id, "text": request.sdk.documents.get_extracted_text(document_id)}


def _reprocess(request: Request) -> object:
    backend = request.body.get("ocr_backend")
    return _document(convert.document(request.sdk.documents.reprocess(*request.ids, ocr_backend=backend)))


def _login(request: Request) -> object:
    name = request.body.get("username") or request.body.get("email") or ""
    return convert.token(request.sdk.auth.login(name, request.body.get("password", "")))


def _page_of(listed: Listed[Any, Any], name: str) -> Callable[[Request], object]:
    return lambda r: page_of(r.connection, listed, getattr(r.sdk, name), r.span()).to_dict()


def _route(method: str, path: str, status: int, answer: Callable[[Request], object]) -> Route:
    return Route(method, re.compile(path.replace("{}", "([^/]+)") + "/?"), status, answer)


ROUTES = [
    _route("POST", "/documents(?:/upload)?", 201, _upload),
    _route("GET", "/documents", 200, _list),
    _route("GET", "/documents/search", 200, _search),
    _route("GET", "/documents/{}", 200, lambda r: _document(convert.document(r.sdk.documents.get(*r.ids)))),
    _route(
        "PATCH",
        "/documents/{}",
        200,
        lambda r: _document(convert.document(r.sdk.documents.update(*r.ids, **r.body))),
    ),
    _route("DELETE", "/documents/{}", 204, lambda r: r.sdk.documents.delete(*r.ids)),
    _route("GET", "/documents/{}/download", 200, lambda r: r.sdk.documents.download(*r.ids, verify=False)),
    _route("GET", "/documents/{}/(?:ocr|extracted)-text", 200, _text),
    _route("POST", "/documents/{}/(?:reprocess|ocr)", 202, _reprocess),
    _route("GET", "/users", 200, _page_of(USERS, "users")),
    _route("POST", "/users", 201, lambda r: convert.user(r.sdk.users.create(**new_user(**r.body)))),
    _route("GET", "/users/{}", 200, lambda r: convert.user(r.sdk.users.get(*r.ids))),
    _route(
        "PATCH",
        "/users/{}",
        200,
        lambda r: convert.user(r.sdk.users.update(*r.ids, **new_user(**r.body))),
    ),
    _route("DELETE", "/users/{}", 204, lambda r: r.sdk.users.delete(*r.ids)),
    _route("GET", "/webhooks", 200, _page_of(WEBHOOKS, "webhooks")),
    _route(
        "POST",
        "/webhooks",
        201,
        lambda r: convert.webhook(r.sdk.webhooks.create(**new_webhook(**r.body))),
    ),
    _route("GET", "/webhooks/{}", 200, lambda r: convert.webhook(r.sdk.webhooks.get(*r.ids))),
    _route(
        "PATCH",
        "/webhooks/{}",
        200,
        lambda r: convert.webhook(r.sdk.webhooks.update(*r.ids, **new_webhook(**r.body))),
    ),
    _route("DELETE", "/webhooks/{}", 204, lambda r: r.sdk.webhooks.delete(*r.ids)),
    _route(
        "POST",
        "/webhooks/{}/rotate-secret",
        200,
        lambda r: convert.webhook(r.sdk.webhooks.rotate_secret(*r.ids)),
    ),
    _route("GET", "/analytics/usage", 200, lambda r: convert.record(r.sdk.analytics.usage(**r.period()))),
    _route("GET", "/analytics/metrics", 200, lambda r: convert.record(r.sdk.analytics.metrics(**r.period()))),
    _route("GET", "/api-keys", 200, _page_of(API_KEYS, "api_keys")),
    _route("POST", "/api-keys", 201, lambda r: convert.api_key(r.sdk.api_keys.create(**r.body))),
    _route("DELETE", "/api-keys/{}", 204, lambda r: r.sdk.api_keys.revoke(*r.ids)),
    _route("POST", "/auth/login", 200, _login),
    _route("GET", "/auth/me", 200, lambda r: convert.user(r.sdk.auth.me())),
    _route("POST", "/auth/logout", 204, lambda r: r.sdk.auth.logout()),
    _route("GET", "/health", 200, lambda r: convert.record(r.sdk.health.check())),
]  # fmt: skip


def path_below_version(path: str) -> str | None:
    """Return a path of v1 without its prefix; None for one that names another version.

    ``/api/v1/documents``, ``/api/documents``, ``/documents`` and ``documents`` are the same.
    """
    path = "/" + path.lstrip("/")
    if re.match(r"/api/v[^1/]", path):
        return None
    return re.sub(r"^/api(/v1(?=/|$))?(?=/)", "", path)


def find_route(method: str, path: str) -> tuple[Route, tuple[str, ...]] | None:
    """Return the row for a path below the version prefix, and the ids in it."""
    for route in ROUTES:
        match = route.path.fullmatch(path) if route.method == method else None
        if match:
            return route, match.groups()
    return None
