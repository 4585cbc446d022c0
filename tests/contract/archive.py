"""One user's archive in random use: what may happen to its documents, and a model of what must be there."""

from __future__ import annotations

import hashlib
import io
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from reportlab.pdfgen.canvas import Canvas

from ablage_sdk.formats import same
from tests.contract.views import Json, look
from tests.patience import patient

if TYPE_CHECKING:
    from server_stub.testing import AblageServer, Account

#: More documents than these would only make each comparison slower.
MAX_DOCUMENTS = 5
FINAL = {"completed", "failed"}

versions = st.sampled_from(["v1", "v2"])
which = st.integers(min_value=0, max_value=99)
sizes = st.integers(min_value=1, max_value=5)
ways = st.sampled_from(["page page_size", "page per_page", "skip limit", "offset limit"])
words = st.sampled_from(["rechnung", "vertrag", "mahnung"])
types = st.sampled_from(["invoice", "letter", None])
tag_lists = st.lists(st.sampled_from(["eilig", "2026", "Müller & Söhne", "a b", "100%"]), max_size=3)
filenames = st.sampled_from(["a.pdf", "Übersicht März.pdf", "b_%.pdf", "zeta.tar.pdf", "ß"])
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(-1e15, 1e15) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
metadatas = st.dictionaries(texts, values, max_size=3)


@dataclass
class Kept:
    """What the archive must say about a document."""

    content: bytes
    word: str | None
    filename: str
    tags: list[str]
    metadata: Json
    document_type: str | None
    language: str
    backend: str

    def check(self, document: Json) -> None:
        """Compare a v2 document with what is expected."""
        assert document["filename"] == self.filename
        assert document["tags"] == self.tags
        assert same(document["metadata"], self.metadata)
        assert document["document_type"] == self.document_type
        assert document["language"] == self.language
        assert document["ocr_backend"] == self.backend
        assert document["size"] == len(self.content)
        assert document["sha256"] == hashlib.sha256(self.content).hexdigest()
        if document["status"] == "completed":
            assert self.word is not None
            assert self.word in document["extracted_text"]
        if document["status"] == "failed":
            assert self.word is None
            assert document["error"]["code"] == "DOC_CORRUPT"
        assert (document["completed_at"] is not None) is (document["status"] in FINAL)


def pdf(word: str) -> bytes:
    file = io.BytesIO()
    canvas = Canvas(file)
    canvas.drawString(100, 700, f"{word} {uuid.uuid4().hex}")
    canvas.save()
    return file.getvalue()


class Archive(RuleBasedStateMachine):
    """One user's documents, put in, changed and taken out over either version."""

    def __init__(self, server: AblageServer, account: Account) -> None:
        super().__init__()
        self.account = account
        self.me = httpx.Client(base_url=server.url, headers=account.headers, timeout=patient(120))
        self.admin = httpx.Client(base_url=server.url, headers={"X-API-Key": server.api_key}, timeout=120)
        self.kept: dict[str, Kept] = {}
        self.gone: list[str] = []
        self.keys: dict[str, bool] = {}
        self.hooks: dict[str, Json] = {}

    def teardown(self) -> None:
        answer = self.admin.delete(f"/api/v2/users/{self.account.user_id}")
        assert answer.status_code == 204, answer.text
        self.me.close()
        self.admin.close()

    def pick(self, number: int) -> str:
        return list(self.kept)[number % len(self.kept)]

    def send(self, method: str, path: str, expected: int, **options: Any) -> httpx.Response:
        answer = self.me.request(method, f"/api/{path}", **options)
        assert answer.status_code == expected, (method, path, answer.status_code, answer.text)
        return answer

    # --- documents ---

    @initialize(words=st.lists(st.none() | words, min_size=2, max_size=4))
    def begin(self, words: list[str | None]) -> None:
        """Begin with a few documents: an archive without any has little to show."""
        for word in words:
            self.upload("v2", word, "a.pdf", ["eilig"], {}, "invoice", "de", twice=False)

    @precondition(lambda self: len(self.kept) < MAX_DOCUMENTS)
    @rule(
        version=versions, word=st.none() | words, name=filenames, tags=tag_lists, metadata=metadatas,
        kind=types, language=st.sampled_from(["de", "en", "de+en"]), twice=st.booleans(),
    )  # fmt: skip
    def upload(
        self, version: str, word: str | None, name: str, tags: list[str], metadata: Json, kind: str | None,
        language: str, *, twice: bool,
    ) -> None:  # fmt: skip
        content = pdf(word) if word else b"%PDF-1.4\nzerrissen " + uuid.uuid4().bytes
        fields = {"tags": tags, "metadata": httpx.Request("POST", "http://x", json=metadata).read().decode()}
        fields |= {"language": language} | ({"document_type": kind} if kind else {})
        key = {"Idempotency-Key": uuid.uuid4().hex}
        request: Json = {"files": {"file": (name, content)}, "data": fields, "headers": key}
        answer = self.send("POST", f"{version}/documents", 201, **request)
        if twice:
            again = self.send("POST", f"{version}/documents", 201, **request)
            assert again.content == answer.content
            assert again.headers["Idempotent-Replayed"] == "true"
        made = answer.json()
        assert answer.headers["Location"] == f"/api/{version}/documents/{made['id']}"
        unique = list(dict.fromkeys(tags))
        self.kept[made["id"]] = Kept(content, word, name, unique, metadata, kind, language, "auto")

    @precondition(lambda self: self.kept)
    @rule(number=which, backend=st.sampled_from(["text-layer", None]), version=versions)
    def reprocess(self, number: int, backend: str | None, version: str) -> None:
        one = self.pick(number)
        before = look(self.me, one).new["status"]
        answer = self.me.post(f"/api/{version}/documents/{one}/reprocess", json={"ocr_backend": backend})
        if answer.status_code == 409:
            assert answer.json()["code"] == "DOC_PROCESSING"
            assert before not in FINAL
            return
        assert answer.status_code == 202, answer.text
        self.kept[one].backend = backend or "auto"

    @precondition(lambda self: self.kept)
    @rule(number=which)
    def wait_for_the_text(self, number: int) -> None:
        one = self.pick(number)
        document = self.send("GET", f"v2/documents/{one}", 200, headers={"Prefer": "wait=60"}).json()
        assert document["status"] == ("completed" if self.kept[one].word else "failed"), document

    @precondition(lambda self: self.kept)
    @rule(
        number=which, version=versions, tags=st.none() | tag_lists, metadata=st.none() | metadatas,
        name=st.none() | filenames, careful=st.booleans(),
    )  # fmt: skip
    def change(
        self, number: int, version: str, tags: list[str] | None, metadata: Json | None, name: str | None,
        *, careful: bool,
    ) -> None:  # fmt: skip
        one = self.pick(number)
        body = {"tags": tags, "metadata": metadata, "filename": name}
        sent = {key: value for key, value in body.items() if value is not None}
        etag = look(self.me, one).etag
        headers = {"If-Match": etag} if careful and version == "v2" else {}
        answer = self.me.patch(f"/api/{version}/documents/{one}", json=sent, headers=headers)
        if answer.status_code == 412:  # recognition was faster
            assert answer.headers["ETag"] != etag
            return
        assert answer.status_code == 200, answer.text
        kept = self.kept[one]
        kept.tags = kept.tags if tags is None else list(dict.fromkeys(tags))
        kept.metadata = kept.metadata if metadata is None else metadata
        kept.filename = kept.filename if name is None else name
        assert look(self.me, one).etag != etag
        stale = self.send("PATCH", f"v2/documents/{one}", 412, json=sent, headers={"If-Match": etag})
        assert stale.json()["code"] == "PRECONDITION_FAILED"

    @precondition(lambda self: self.kept)
    @rule(number=which, version=versions)
    def delete(self, number: int, version: str) -> None:
        one = self.pick(number)
        self.send("DELETE", f"{version}/documents/{one}", 204)
        self.remove(one)

    @precondition(lambda self: len(self.kept) > 2)
    @rule(numbers=st.lists(which, min_size=1, max_size=3))
    def delete_several(self, numbers: list[int]) -> None:
        wanted = [self.pick(number) for number in numbers] + self.gone[-1:]
        answer = self.send("POST", "v2/documents/batch/delete", 200, json={"document_ids": wanted}).json()
        deleted = [one for one in dict.fromkeys(wanted) if one in self.kept]
        assert answer["deleted"] == len(deleted)
        assert [row["id"] for row in answer["results"]] == wanted
        assert [row["id"] for row in answer["results"] if row["status"] == "deleted"] == deleted
        for one in deleted:
            self.remove(one)

    def remove(self, one: str) -> None:
        del self.kept[one]
        self.gone.append(one)
        for path in (f"v1/documents/{one}", f"v2/documents/{one}", f"v1/documents/{one}/ocr-text",
                     f"v2/documents/{one}/extracted-text", f"v2/documents/{one}/download"):  # fmt: skip
            assert self.send("GET", path, 404).json()["code"] == "DOC_NOT_FOUND"
