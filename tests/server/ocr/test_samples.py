"""Documents that others made; their folder is named by ``ABLAGE_SAMPLES``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pypdfium2 as pdfium
import pytest

from server_stub.ocr import OcrError, run

if TYPE_CHECKING:
    from collections.abc import Callable

    from server_stub.ocr import Recognition

SAMPLES = Path(os.environ.get("ABLAGE_SAMPLES", "not-set"))
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="ABLAGE_SAMPLES names no folder of documents")

INVOICES = [
    f"EN16931_{name}.pdf"
    for name in ("Einfach", "Gutschrift", "Miete", "OEPNV", "Physiotherapeut", "Rabatte")
]


@pytest.mark.parametrize("name", INVOICES)
def test_an_invoice_says_what_its_embedded_xml_says(
    read: Callable[[Path], Recognition], invoice_facts: Callable[[Path], list[str]], name: str
) -> None:
    path = SAMPLES / "invoices" / name
    facts = invoice_facts(path)
    assert len(facts) >= 4
    result = read(path)
    text = " ".join(result.text.split())
    assert [fact for fact in facts if fact not in text] == []
    assert set(result.engines) == {"text-layer"}
    assert result.coverage > 0.95


@pytest.mark.parametrize("name", ["linn.png", "ccitt.pdf", "skew.pdf", "rotated_skew.pdf"])
def test_a_scan_is_read(
    read: Callable[[Path], Recognition], error_rate: Callable[[str, str], float], name: str
) -> None:
    folder = SAMPLES / "scans"
    truth = (folder / "linn.txt").read_text(encoding="utf-8")
    assert error_rate(truth, read(folder / name).text) <= 0.012


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("c02-22.pdf", "tip-toeing along a path"),
        ("francais.pdf", "vieux whisky au juge"),
        ("masks.pdf", "Wikipedia, der freien Enzyklopädie"),
        ("typewriter.png", "De linzen wassen"),
    ],
)
def test_a_picture_of_any_kind_gives_its_words(
    read: Callable[[Path], Recognition], name: str, words: str
) -> None:
    assert words in " ".join(read(SAMPLES / "scans" / name).text.split())


def test_a_document_of_many_kinds_of_pages_is_read(read: Callable[[Path], Recognition]) -> None:
    path = SAMPLES / "scans" / "multipage.pdf"
    result = read(path)
    assert result.page_count == len(pdfium.PdfDocument(path)) == len(result.engines)
    assert 0 < result.coverage < 1


@pytest.mark.parametrize(
    ("name", "ending"),
    [
        ("invalid.pdf", "DOC_CORRUPT"),
        ("no_contents.pdf", ""),
        ("trivial.pdf", ""),
        ("truetype_font_nomapping.pdf", "Phone"),
    ],
)
async def test_a_broken_document_ends_with_a_code_or_what_can_be_seen(name: str, ending: str) -> None:
    path = SAMPLES / "broken" / name
    try:
        result = await run(path, mime_type="application/pdf", backend="auto", language="de", timeout=120)
    except OcrError as error:
        assert error.code == ending  # noqa: PT017 - some of these end with a result
    else:
        assert result.text == ending
