"""Lists: cursors in v2, page numbers in v1, filters in both."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from server_stub.testing import Account

Json = dict[str, Any]


@pytest.fixture(scope="module")
def owner(
    new_account: Callable[[str], Account], client_of: Callable[[Account], httpx.Client]
) -> httpx.Client:
    """A user with documents of their own, so that others do not disturb the count."""
    return client_of(new_account("user"))


@pytest.fixture(scope="module")
def made(owner: httpx.Client, upload: Any) -> list[Json]:
    """Seven documents, the oldest first."""
    documents = [
        upload(
            f"Seite {n}", client=owner, tags="even" if n % 2 == 0 else "odd", document_type=f"type-{n % 3}"
        )
        for n in range(6)
    ]
    return [*documents, upload("English", client=owner, language="en")]


def walk(client: httpx.Client, **params: str | int) -> list[str]:
    """Follow the cursors to the end and return the ids."""
    found: list[str] = []
    cursor = None
    while True:
        answer = client.get("/api/v2/documents", params={**params, **({"cursor": cursor} if cursor else {})})
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        assert page["has_more"] is (cursor is not None)
        if cursor is None:
            return found


@pytest.mark.parametrize("limit", [1, 3, 7, 200])
def test_cursors_lead_through_everything_once(owner: httpx.Client, made: list[Json], limit: int) -> None:
    ids = [document["id"] for document in made]
    assert walk(owner, limit=limit) == ids[::-1]
    assert walk(owner, limit=limit, order="asc") == ids


def test_rows_that_come_while_paging_neither_repeat_nor_hide_others(
    owner: httpx.Client, made: list[Json], upload: Any
) -> None:
    first = owner.get("/api/v2/documents", params={"limit": 3}).json()
    late = upload("später", client=owner, wait=False)
    second = owner.get("/api/v2/documents", params={"limit": 200, "cursor": first["next_cursor"]}).json()
    ids = [item["id"] for item in first["items"] + second["items"]]
    assert ids == [document["id"] for document in made][::-1]
    owner.delete(f"/api/v2/documents/{late['id']}")


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"tag": "even"}, [0, 2, 4]),
        ({"tag": "nobody"}, []),
        ({"document_type": "type-1"}, [1, 4]),
        ({"language": "en"}, [6]),
        ({"status": "failed"}, []),
        ({"status": "completed"}, [0, 1, 2, 3, 4, 5, 6]),
        ({"ocr_backend": "auto", "tag": "odd"}, [1, 3, 5]),
    ],
)
def test_filters_choose(
    owner: httpx.Client, made: list[Json], params: dict[str, str], expected: list[int]
) -> None:
    assert walk(owner, order="asc", **params) == [made[n]["id"] for n in expected]


def test_times_of_creation_choose(owner: httpx.Client, made: list[Json]) -> None:
    after = walk(owner, order="asc", created_after=made[2]["created_at"])
    assert after == [document["id"] for document in made[3:]]
    before = walk(owner, order="asc", created_before=made[2]["created_at"])
    assert before == [document["id"] for document in made[:2]]


def test_lists_leave_the_blocks_out_unless_asked(owner: httpx.Client, made: list[Json]) -> None:
    plain = owner.get("/api/v2/documents", params={"limit": 1}).json()["items"][0]
    assert "blocks" not in plain["ocr_result"]
    assert plain["ocr_result"]["text"] == made[-1]["ocr_result"]["text"]
    full = owner.get("/api/v2/documents", params={"limit": 1, "include": "ocr_result"}).json()["items"][0]
    assert full == made[-1]


@pytest.mark.parametrize("cursor", ["x", "AAAA", "ä", "MXxkb2N1bWVudHMuZGVzY3x0MHww", "=" * 50])
def test_a_cursor_that_is_none_is_refused(owner: httpx.Client, cursor: str) -> None:
    answer = owner.get("/api/v2/documents", params={"cursor": cursor})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "cursor"


def test_a_cursor_of_the_other_order_is_refused(owner: httpx.Client, made: list[Json]) -> None:
    assert made
    cursor = owner.get("/api/v2/documents", params={"limit": 1}).json()["next_cursor"]
    answer = owner.get("/api/v2/documents", params={"cursor": cursor, "order": "asc"})
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("params", "page", "size", "ids"),
    [
        ({}, 1, 20, [6, 5, 4, 3, 2, 1, 0]),
        ({"page": 2, "page_size": 3}, 2, 3, [3, 2, 1]),
        ({"page": 2, "per_page": 3}, 2, 3, [3, 2, 1]),
        ({"skip": 3, "limit": 3}, 2, 3, [3, 2, 1]),
        ({"offset": 6, "limit": 3}, 3, 3, [0]),
        ({"page": 99}, 99, 20, []),
        ({"sort_order": "asc", "page_size": 2}, 1, 2, [0, 1]),
        ({"sort_by": "created_at", "tag": "odd"}, 1, 20, [5, 3, 1]),
    ],
)
def test_v1_pages_by_number(
    owner: httpx.Client, made: list[Json], params: dict[str, Any], page: int, size: int, ids: list[int]
) -> None:
    answer = owner.get("/api/v1/documents", params=params).json()
    assert [item["id"] for item in answer["items"]] == [made[n]["id"] for n in ids]
    assert (answer["page"], answer["page_size"]) == (page, size)
    total = 3 if "tag" in params else 7
    assert (answer["total"], answer["total_pages"]) == (total, -(-total // size))


@pytest.mark.parametrize("key", ["created_at", "updated_at", "completed_at", "filename", "size", "status"])
def test_v1_sorts_by_each_key(owner: httpx.Client, made: list[Json], key: str) -> None:
    assert made
    up = owner.get("/api/v1/documents", params={"sort_by": key, "sort_order": "asc"}).json()["items"]
    values = [item[key] for item in up]
    assert values == sorted(values)


@pytest.mark.parametrize(
    "params",
    [{"page": 0}, {"page_size": 101}, {"page": 1, "skip": 2}, {"page_size": 2, "per_page": 3},
     {"sort_by": "password"}, {"status": "gone"}, {"limit": 0}, {"skip": 10**30, "limit": 1}],
)  # fmt: skip
def test_v1_refuses_contradictions(owner: httpx.Client, params: dict[str, Any]) -> None:
    answer = owner.get("/api/v1/documents", params=params)
    assert answer.status_code == 422
    assert answer.json()["errors"]


def test_an_unknown_filter_value_never_reaches_sql(owner: httpx.Client) -> None:
    answer = owner.get("/api/v2/documents", params={"tag": "'; DROP TABLE documents; --"})
    assert answer.json()["items"] == []
    assert owner.get(f"/api/v2/documents?tag=%00{uuid.uuid4()}").status_code == 422
