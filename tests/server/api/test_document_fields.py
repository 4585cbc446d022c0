"""One table says what a document consists of; both versions' schemas publish exactly that."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ablage_sdk.formats import DOCUMENT_FIELDS
from server_stub.api.v1 import schemas as v1
from server_stub.api.v2 import schemas as v2
from server_stub.storage.queries.document_fields import FIELDS

if TYPE_CHECKING:
    from pydantic import BaseModel

NAMES = [field.name for field in DOCUMENT_FIELDS]


@pytest.mark.parametrize("model", [v2.Document, v2.ListedDocument])
def test_version_2_publishes_every_field(model: type[BaseModel]) -> None:
    assert sorted(model.model_fields) == sorted(NAMES)


def test_version_1_publishes_the_fields_that_it_knows() -> None:
    assert list(v1.Document.model_fields) == [field.v1 for field in DOCUMENT_FIELDS if field.v1 is not None]


def test_the_database_is_asked_for_every_field() -> None:
    assert [field.name for field in FIELDS] == NAMES


def test_events_leave_out_what_is_large() -> None:
    told = {field.name for field in FIELDS if field.in_events}
    assert set(NAMES) - told == {"extracted_text", "ocr_result"}
