"""Random operations over both API versions: at every step v1 and v2 show the same archive.

A simple model in memory says what the archive must hold. The usual run always does the same steps;
`make soak` does 10 000 others each time.
"""

from __future__ import annotations

import random
import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule, run_state_machine_as_test

from ablage_sdk import formats
from ablage_sdk.formats import same
from tests.contract.archive import MAX_DOCUMENTS, Archive, sizes, types, versions, ways, which, words
from tests.contract.views import Json, ids, leaf, look, read, undisturbed, walk
from tests.soak import SOAKING, rounds

if TYPE_CHECKING:
    from collections.abc import Callable

    from server_stub.testing import AblageServer, Account, Role

event_lists = st.lists(
    st.sampled_from(["document.updated", "document.deleted"]), min_size=1, max_size=2, unique=True
)

STEPS = rounds(usual=200, soak=10_000)
STEPS_OF_ONE_ARCHIVE = rounds(usual=20, soak=50)
JSON = {"Content-Type": "application/json"}


class TwoViews(Archive):
    """An archive whose two views are compared after every step."""

    #: How many steps were taken in all archives.
    steps = 0

    # --- lists ---

    @rule(
        size=sizes, way=ways, status=st.none() | st.sampled_from(["pending", "completed", "failed"]),
        tag=st.none() | st.sampled_from(["eilig", "100%"]), kind=st.none() | types.filter(bool),
    )  # fmt: skip
    def filter_both(self, size: int, way: str, status: str | None, tag: str | None, kind: str | None) -> None:
        given = {"status": status, "tag": tag, "document_type": kind}
        filters = {name: value for name, value in given.items() if value is not None}
        before, (new, old) = undisturbed(
            self.me,
            lambda: (
                walk(self.me, "/documents", limit=size, **filters),
                leaf(self.me, "/documents", size=size, way=way, **filters),
            ),
        )
        assert ids(new) == ids(old)
        wanted = [
            one for one, kept in self.kept.items()
            if (status is None or before[one]["status"] == status)
            and (tag is None or tag in kept.tags) and (kind is None or kind == kept.document_type)
        ]  # fmt: skip
        assert ids(new) == wanted[::-1]

    @precondition(lambda self: self.kept)
    @rule(
        size=sizes,
        order=st.sampled_from(["asc", "desc"]),
        number=which,
        language=st.sampled_from(["de", "en"]),
    )
    def filter_new(self, size: int, order: str, number: int, language: str) -> None:
        one = self.pick(number)
        made = look(self.me, one).new["created_at"]
        place = list(self.kept).index(one)
        for filters, wanted in (
            ({"created_after": made}, list(self.kept)[place + 1 :]),
            ({"created_before": made}, list(self.kept)[:place]),
            ({"language": language}, [one for one, kept in self.kept.items() if kept.language == language]),
            ({"ocr_backend": "auto"}, [one for one, kept in self.kept.items() if kept.backend == "auto"]),
        ):
            found = walk(self.me, "/documents", limit=size, order=order, **filters)
            assert ids(found) == (wanted if order == "asc" else wanted[::-1])
            assert all("blocks" not in (item["ocr_result"] or {}) for item in found)

    @rule(
        size=sizes, way=ways,
        key=st.sampled_from(
            ["created_at", "updated_at", "completed_at", "size", "status", "confidence_score", "filename"]
        ),
    )  # fmt: skip
    def sort_old(self, size: int, way: str, key: str) -> None:
        before, (up, down) = undisturbed(
            self.me,
            lambda: (
                leaf(self.me, "/documents", size=size, way=way, sort_by=key, sort_order="asc"),
                leaf(self.me, "/documents", size=size, way=way, sort_by=key, sort_order="desc"),
            ),
        )
        rows = list(before.values())
        empty = [row["id"] for row in rows if row[key] is None]
        full = [row for row in rows if row[key] is not None]
        assert ids(up)[len(full) :] == sorted(empty)
        assert ids(down) == ids(up)[: len(full)][::-1] + sorted(empty, reverse=True)
        if key != "filename":  # its order is the database's: letters before case and accents
            assert ids(up)[: len(full)] == ids(sorted(full, key=lambda row: (_sortable(row[key]), row["id"])))
        else:
            assert sorted(ids(up)) == sorted(self.kept)

    @rule(size=sizes, way=ways, word=words)
    def search(self, size: int, way: str, word: str) -> None:
        before, (new, old) = undisturbed(
            self.me,
            lambda: (
                walk(self.me, "/documents/search", limit=size, q=word),
                leaf(self.me, "/documents/search", size=size, way=way, q=word),
            ),
        )
        assert ids(new) == ids(old)
        for key in ("score", "highlight"):
            assert [row[key] for row in new] == [row[key] for row in old]
        assert [row["score"] for row in new] == sorted((row["score"] for row in new), reverse=True)
        assert set(ids(new)) == {
            one for one, kept in self.kept.items()
            if kept.word == word and before[one]["status"] == "completed"
        }  # fmt: skip

    # --- what else there is ---

    @rule(version=versions, number=which, name=st.sampled_from(["CI", "Müller"]))
    def make_or_revoke_a_key(self, version: str, number: int, name: str) -> None:
        if self.keys and number % 3 == 0:
            one = list(self.keys)[number % len(self.keys)]
            self.send("DELETE", f"{version}/api-keys/{one}", 204)
            self.keys[one] = False
        elif len(self.keys) < MAX_DOCUMENTS:
            self.keys[self.send("POST", f"{version}/api-keys", 201, json={"name": name}).json()["id"]] = True
        new = walk(self.me, "/api-keys", limit=1 + number % 4)
        assert same(new, leaf(self.me, "/api-keys", size=1 + number % 4, way="page page_size"))
        valid = {row["id"]: row["revoked_at"] is None for row in new if row["name"] != "testing"}
        assert valid == self.keys

    @rule(version=versions, number=which, active=st.booleans(), kinds=event_lists)
    def make_change_or_delete_a_webhook(
        self, version: str, number: int, kinds: list[str], *, active: bool
    ) -> None:
        names = ("events", "active") if version == "v1" else ("event_types", "is_active")
        body = {names[0]: kinds, names[1]: active}
        if self.hooks and number % 3 == 0:
            one = list(self.hooks)[number % len(self.hooks)]
            self.send("DELETE", f"{version}/webhooks/{one}", 204)
            del self.hooks[one]
        elif self.hooks and number % 3 == 1:
            one = list(self.hooks)[number % len(self.hooks)]
            self.send("PATCH", f"{version}/webhooks/{one}", 200, json=body)
            self.hooks[one] = {"event_types": kinds, "is_active": active}
        elif len(self.hooks) < 3:
            made = self.send("POST", f"{version}/webhooks", 201, json=body | {"url": "http://127.0.0.1:9/"})
            self.hooks[made.json()["id"]] = {"event_types": kinds, "is_active": active}
        new = walk(self.me, "/webhooks", limit=1 + number % 2)
        old = leaf(self.me, "/webhooks", size=1 + number % 2, way="offset limit")
        assert same([formats.webhooks.down(hook) for hook in new], old)
        assert {h["id"]: {k: h[k] for k in ("event_types", "is_active")} for h in new} == self.hooks

    @rule(version=versions, role=st.sampled_from(["admin", "user", "viewer"]), size=st.integers(20, 100))
    def make_change_and_delete_a_user(self, version: str, role: str, size: int) -> None:
        named = {"role": role} if version == "v1" else {"roles": [role]}
        new = {"email": f"{uuid.uuid4().hex}@example.org", "password": "lang genug", **named}
        made = self.admin.post(f"/api/{version}/users", json=new)
        assert made.status_code == 201, made.text
        path = f"users/{made.json()['id']}"
        changed = self.admin.patch(f"/api/{version}/{path}", json={"full_name": "Ada"})
        assert changed.status_code == 200, changed.text
        everybody = walk(self.admin, "/users", limit=size)
        old = leaf(self.admin, "/users", size=size, way="page per_page")
        assert [_as_old(user) for user in everybody] == old
        assert everybody[0]["roles"] == [role]
        assert _as_old(read(self.admin, f"/api/v2/{path}")) == read(self.admin, f"/api/v1/{path}")
        assert self.admin.delete(f"/api/{version}/{path}").status_code == 204
        assert {self.admin.get(f"/api/{v}/{path}").status_code for v in ("v1", "v2")} == {404}

    @precondition(lambda self: self.kept)
    @rule(version=versions, number=which)
    def ask_wrongly(self, version: str, number: int) -> None:
        one = self.pick(number)
        wrong: list[tuple[str, str, int, Json]] = [
            ("GET", "/documents/none", 404, {}),
            ("GET", f"/documents/{uuid.uuid4()}", 404, {}),
            ("DELETE", f"/documents/{uuid.uuid4()}", 404, {}),
            ("PATCH", f"/documents/{one}", 422, {"json": {"tags": ["x" * 101]}}),
            ("PATCH", f"/documents/{one}", 422, {"json": {"metadata": {"a": "\0"}}}),
            ("PATCH", f"/documents/{one}", 422, {"content": b"{", "headers": JSON}),
            ("POST", f"/documents/{one}/reprocess", 422, {"json": {"ocr_backend": "abacus"}}),
            ("POST", "/documents", 415, {"files": {"file": b""}}),
            ("POST", "/documents", 415, {"files": {"file": b"hello"}}),
            ("POST", "/documents", 422, {"files": {"file": b"%PDF-1.4"}, "data": {"metadata": "["}}),
            ("POST", "/documents", 422, {"data": {"language": "de"}}),
            ("GET", "/documents", 422, {"params": {"limit": 0}}),
            ("GET", "/documents", 422, {"params": {"status": "lost"}}),
            ("GET", "/documents/search", 422, {}),
            ("PUT", "/documents", 405, {"json": {}}),
        ]  # fmt: skip
        method, path, status, options = wrong[number % len(wrong)]
        self.send(method, version + path, status, **options)

    # --- what always holds ---

    @invariant()
    def both_versions_show_the_same(self) -> None:
        TwoViews.steps += 1
        draw = random.Random(self.steps)
        everything = list(self.kept)
        limit, size = draw.randint(1, 8), draw.randint(1, 8)
        _, (seen, new, old) = undisturbed(
            self.me,
            lambda: (
                {one: look(self.me, one) for one in everything},
                walk(self.me, "/documents", limit=limit, include="ocr_result"),
                leaf(self.me, "/documents", size=size, way="page page_size"),
            ),
        )
        assert ids(new) == ids(old) == everything[::-1]
        for in_new, in_old in zip(new, old, strict=True):
            views, kept = seen[in_new["id"]], self.kept[in_new["id"]]
            views.check()
            assert same(views.new, in_new)
            assert same(views.old, in_old)
            kept.check(views.new)
        if everything:
            one = draw.choice(everything)
            downloads = [self.send("GET", f"{v}/documents/{one}/download", 200).content for v in ("v1", "v2")]
            assert downloads == [self.kept[one].content] * 2


def _as_old(user: Json) -> Json:
    old = formats.users.down(user)
    return {key: old[key] for key in user if key not in {"roles", "permissions"}} | {"role": old["role"]}


def _sortable(value: object) -> Any:
    """Return times as such: ``02Z`` comes before ``02.5Z``, as a text it does not."""
    return datetime.fromisoformat(value) if isinstance(value, str) and value.endswith("Z") else value


@pytest.mark.timeout(14_400 if SOAKING else 300)
def test_both_versions_show_the_same_after_any_sequence_of_requests(
    server: AblageServer, new_account: Callable[[Role], Account]
) -> None:
    class OfOneUser(TwoViews):
        def __init__(self) -> None:
            super().__init__(server, new_account("user"))

    TwoViews.steps = 0
    while TwoViews.steps < STEPS:
        run_state_machine_as_test(
            OfOneUser,
            settings=settings(
                derandomize=not SOAKING,
                database=None,
                deadline=None,
                phases=[Phase.generate],  # shrinking would ask the server for hours
                max_examples=STEPS // STEPS_OF_ONE_ARCHIVE,
                stateful_step_count=STEPS_OF_ONE_ARCHIVE,
                suppress_health_check=list(HealthCheck),
            ),
        )
    print(f"{TwoViews.steps} steps, no divergence")
