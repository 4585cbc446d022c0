"""What schemathesis cannot know of this API: checks of our own, which follow up on answers where needed."""

from __future__ import annotations

import re
import time
import uuid
from typing import TYPE_CHECKING, Any

import httpx
import schemathesis

from server_stub.api.problems import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from schemathesis import Case as AnyCase
    from schemathesis import CheckContext, Response

    from tests.contract.world import World

    Case = AnyCase[Any]

NOBODY = uuid.UUID(int=0)
LIMIT, PAGES = 2, 4
#: What some documents of the world say.
WORD = "Rechnung"
_SECRET = re.compile(rb"\$argon2|password_hash|key_hash")
_current: list[World] = []


def use(world: World) -> None:
    """Set whom the checks follow up with."""
    _current[:] = [world]


def world() -> World:
    """Return whom the checks follow up with."""
    return _current[0]


def fresh_key() -> str:
    """Return an idempotency key that was never used."""
    return uuid.uuid4().hex


def follows_up(check: Callable[[Case, Response], None]) -> Callable[[Case, Response], None]:
    """Register a check that asks the server more, a few times for each operation that succeeds."""

    def checked(ctx: CheckContext, response: Response, case: Case) -> None:
        del ctx
        succeeded = response.status_code < 300 and response.request.method == case.operation.method.upper()
        if succeeded and world().is_due(check.__name__, case.operation.label):
            check(case, response)

    checked.__name__ = check.__name__
    schemathesis.check(checked)
    return check


def again(response: Response, **headers: str) -> httpx.Response:
    """Send the same request once more, with some headers changed."""
    request = response.request
    replaced = {"content-length", *(name.lower() for name in headers)}
    kept = {name: str(value) for name, value in request.headers.items() if name.lower() not in replaced}
    body = request.body.encode() if isinstance(request.body, str) else request.body
    assert body is None or isinstance(body, bytes), "bodies of generated requests are sent in one piece"
    return httpx.request(
        request.method or "", request.url or "", headers={**kept, **headers}, content=body, timeout=60
    )


@schemathesis.check
def errors_explain_themselves(ctx: CheckContext, response: Response, case: Case) -> None:
    """Code, status and request id of an error agree with each other and with the request."""
    del ctx, case
    sent = response.request.headers.get("X-Request-ID")
    assert response.headers.get("x-request-id") == [sent], "the request's id is not echoed"
    if response.status_code < 400 or response.request.method == "HEAD":
        return
    body = response.json()
    kind = KINDS.get(body.get("code"))
    assert kind is not None, "the code of the error is none"
    assert kind.status == response.status_code, f"{body['code']} belongs to {kind.status}"
    assert body.get("request_id") == sent
    assert body.get("detail")
    assert (body.get("errors") is not None) == (response.status_code == 422)
    assert response.status_code != 401 or "www-authenticate" in response.headers


@schemathesis.check
def secrets_stay(ctx: CheckContext, response: Response, case: Case) -> None:
    """No answer holds what is stored about passwords and keys."""
    del ctx, case
    assert not _SECRET.search(response.content), "a stored secret is answered"


@schemathesis.check
def deprecated_operations_say_so(ctx: CheckContext, response: Response, case: Case) -> None:
    """RFC 9745 and RFC 8594, with the successor."""
    del ctx
    if case.operation.definition.raw.get("deprecated") and response.status_code < 300:
        missing = {"deprecation", "sunset", "link", "x-api-deprecation"} - response.headers.keys()
        assert not missing, missing


@follows_up
def strangers_see_nothing(case: Case, response: Response) -> None:
    """What belongs to somebody is neither there for another user nor in their lists."""
    if case.method.upper() != "GET" or not re.search("/(documents|webhooks)", case.operation.path):
        return
    url = response.request.url or ""
    answer = world().stranger.get(url, params={"q": WORD}) if "/search" in url else world().stranger.get(url)
    if case.path_parameters:
        assert answer.status_code == 404, f"another user gets {answer.status_code}"
    else:
        assert answer.json()["items"] == [], "another user's list has it"


@follows_up
def locations_lead_to_what_was_made(case: Case, response: Response) -> None:
    """A 201 names an address, and what was made is there."""
    if response.status_code != 201:
        return
    location = response.headers.get("location", [""])[0]
    made: dict[str, Any] = response.json()
    assert location.endswith(made["id"])
    if "/api-keys" in case.operation.path:
        return  # keys are listed, not read one by one
    found = world().admin.get(location)
    assert found.status_code == 200, f"{location}: {found.status_code}"
    assert found.json()["id"] == made["id"]


@follows_up
def deleted_things_are_gone(case: Case, response: Response) -> None:
    """After a 204, nothing is at the address any more; a revoked key is listed as revoked."""
    if case.method.upper() != "DELETE":
        return
    url = response.request.url or ""
    if "/api-keys/" in url:
        rows = world().admin.get(url.rpartition("/")[0]).json()["items"]
        assert all(row["revoked_at"] for row in rows if row["id"] == url.rpartition("/")[2]), "not revoked"
    else:
        assert world().admin.get(url).status_code == 404, "it is still there"


@follows_up
def new_keys_work_until_revoked(case: Case, response: Response) -> None:
    """An API key lets its owner in, and no longer when it is revoked."""
    if response.status_code != 201 or not case.operation.path.endswith("/api-keys"):
        return
    made = response.json()
    me = f"{world().url}/api/v2/auth/me"
    assert httpx.get(me, headers={"X-API-Key": made["key"]}).status_code == 200, "the key does not work"
    world().admin.delete(f"/api/v2/api-keys/{made['id']}")
    end = time.monotonic() + 2  # it is promised within one second
    while httpx.get(me, headers={"X-API-Key": made["key"]}).status_code != 401:
        assert time.monotonic() < end, "the key still works"


@follows_up
def repeated_keys_have_one_effect(case: Case, response: Response) -> None:
    """The same idempotency key brings the same answer, marked as a repetition."""
    if "idempotency-key" not in response.request.headers or "/auth/" in case.operation.path:
        return
    second = again(response)
    assert second.status_code == response.status_code
    assert second.headers.get("Idempotent-Replayed") == "true", "the request was made twice"
    assert second.content == response.content


@follows_up
def changes_make_older_etags_stale(case: Case, response: Response) -> None:
    """Each change gives a document another ETag, and the one from before no longer matches."""
    if case.operation.label != "PATCH /api/v2/documents/{document_id}":
        return
    first = response.headers["etag"][0]
    second = again(response, **{"If-Match": first})
    assert second.status_code == 200
    assert second.headers["ETag"] != first, "a change keeps the ETag"
    assert again(response, **{"If-Match": first}).status_code == 412, "a stale ETag is accepted"


@follows_up
def ranges_are_parts(case: Case, response: Response) -> None:
    """One byte can be asked for, and none behind the end."""
    if not case.operation.path.endswith("/download"):
        return
    whole = response.content
    part = again(response, Range="bytes=1-1")
    assert (part.status_code, part.content) == (206, whole[1:2]), "Range is ignored"
    assert part.headers["Content-Range"] == f"bytes 1-1/{len(whole)}"
    assert again(response, Range=f"bytes={len(whole)}-").status_code == 416


@follows_up
def pages_show_everything_once(case: Case, response: Response) -> None:
    """Small pages one after the other show what one large page shows, in its order and nothing twice."""
    path = case.operation.path
    if case.method.upper() != "GET" or case.path_parameters or b'"items":' not in response.content:
        return
    query = {"q": WORD} if path.endswith("/search") else {}
    if "/roles" in path:
        return
    walk = cursors(path, query) if path.startswith("/api/v2") else numbers(path, query)
    small = [item["id"] for page in walk for item in page]
    size = {"limit": 100} if path.startswith("/api/v2") else {"page_size": 100}
    large = [item["id"] for item in world().admin.get(path, params={**query, **size}).json()["items"]]
    assert small == large[: len(small)], "pages repeat, skip or reorder rows"
    assert len(small) == min(len(large), LIMIT * PAGES)


def cursors(path: str, query: dict[str, str]) -> Iterable[list[dict[str, Any]]]:
    """Give the first pages of a v2 list."""
    cursor: dict[str, str] = {}
    for _ in range(PAGES):
        page = world().admin.get(path, params={**query, **cursor, "limit": LIMIT}).json()
        assert page["has_more"] is (page["next_cursor"] is not None)
        yield page["items"]
        if not page["has_more"]:
            return
        cursor = {"cursor": page["next_cursor"]}


def numbers(path: str, query: dict[str, str]) -> Iterable[list[dict[str, Any]]]:
    """Give the first pages of a v1 list, whose counts must add up."""
    for number in range(1, PAGES + 1):
        page = world().admin.get(path, params={**query, "page": number, "page_size": LIMIT}).json()
        assert (page["page"], page["page_size"]) == (number, LIMIT)
        assert page["total_pages"] == -(-page["total"] // LIMIT), "the counts do not add up"
        yield page["items"]
        if number >= page["total_pages"]:
            return
