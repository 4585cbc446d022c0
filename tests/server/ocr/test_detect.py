from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from server_stub.ocr import sniff
from server_stub.ocr.detect import EXTENSIONS, HEAD_BYTES

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Maker

FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/tiff": "TIFF", "image/webp": "WEBP"}


@pytest.mark.parametrize(("mime_type", "format_"), FORMATS.items())
def test_images_are_told_by_content(make: Maker, mime_type: str, format_: str) -> None:
    path = make.folder / "named-wrongly.txt"
    make.picture("x").save(path, format_)
    assert sniff(path.read_bytes()[:HEAD_BYTES]) == mime_type


@pytest.mark.parametrize(
    ("head", "mime_type"),
    [
        (b"%PDF-1.4\n", "application/pdf"),
        (b"\xef\xbb\xbf%PDF-1.7", "application/pdf"),
        (b"x" * 1024 + b"%PDF-1.7", "application/pdf"),
        (b"x" * 1025 + b"%PDF-1.7", None),
        (b"II+\x00\x08\x00", "image/tiff"),
        (b"MM\x00*", "image/tiff"),
        (b"RIFF\x00\x00\x00\x00WAVE", None),
        (b"GIF89a", None),
        (b"PK\x03\x04", None),
        (b"<!doctype html>", None),
        (b"", None),
    ],
)
def test_a_head_tells_the_type(head: bytes, mime_type: str | None) -> None:
    assert sniff(head) == mime_type


def test_every_example_is_of_a_known_type(examples: Path) -> None:
    found = {path.suffix: sniff(path.read_bytes()[:HEAD_BYTES]) for path in examples.iterdir()}
    assert found == {
        ".pdf": "application/pdf",
        ".png": "image/png",
        ".tiff": "image/tiff",
        ".txt": None,
    }
    assert set(found.values()) - {None} <= set(EXTENSIONS)
