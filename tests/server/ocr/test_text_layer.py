"""PDFs that carry their text: every character right, every box in its place, no Tesseract needed."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from reportlab.pdfbase.pdfmetrics import stringWidth

from server_stub.ocr import OcrError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from server_stub.ocr import Recognition

    from .conftest import Maker

    Read = Callable[..., Recognition]

LINE = "Größe ß – 12,50 € „Übermaß“ Ärger"


def test_the_text_is_exact(make: Maker, read: Read) -> None:
    result = read(make.text_pdf(LINE, "zweite Zeile"))
    assert result.text == f"{LINE}\nzweite Zeile"
    assert result.confidence == Decimal("1.0000")
    assert result.engines == ["text-layer"]
    assert result.coverage > Decimal("0.97")


def test_a_box_is_in_points_from_the_top_left(make: Maker, read: Read) -> None:
    (block,) = read(make.text_pdf(LINE)).blocks
    x0, y0, x1, y1 = block.bbox
    assert (x0, x1) == pytest.approx((72, 72 + stringWidth(LINE, "Vera", 12)), abs=1)
    assert y0 < 100 < y1  # the baseline
    assert 10 < y1 - y0 < 20
    assert (block.text, block.page, block.type) == (LINE, 1, "line")


@pytest.mark.parametrize(
    ("turn", "where"),
    [(0, (72, 100)), (90, (700, 72)), (180, (728, 700)), (270, (100, 728))],
)
def test_boxes_follow_the_rotation_of_the_page(
    make: Maker, read: Read, turn: int, where: tuple[float, float]
) -> None:
    canvas, path = make.canvas("turned.pdf", pagesize=(800, 800))
    canvas.setPageRotation(turn)
    canvas.drawString(72, 700, "gedreht")
    canvas.showPage()
    canvas.save()
    (block,) = read(path, "text-layer").blocks
    x0, y0, x1, y1 = block.bbox
    assert block.text == "gedreht"
    assert x0 - 5 <= where[0] <= x1 + 5
    assert y0 - 5 <= where[1] <= y1 + 5


def test_boxes_are_counted_from_the_crop_box(make: Maker, read: Read) -> None:
    canvas, path = make.canvas("cropped.pdf")
    canvas.setCropBox((50, 400, 550, 800))
    canvas.drawString(72, 700, "beschnitten")
    canvas.showPage()
    canvas.save()
    (block,) = read(path, "text-layer").blocks
    assert block.bbox[0] == pytest.approx(22, abs=1)
    assert block.bbox[1] < 100 < block.bbox[3]


def test_cells_of_a_row_are_one_line_and_a_gap_starts_a_paragraph(make: Maker, read: Read) -> None:
    canvas, path = make.canvas("table.pdf")
    for x, y, text in [(72, 700, "Pos."), (300, 700, "Betrag"), (72, 685, "1"), (300, 685, "9,50 €"),
                       (72, 600, "Absatz")]:  # fmt: skip
        canvas.drawString(x, y, text)
    canvas.showPage()
    canvas.save()
    assert read(path).text == "Pos. Betrag\n1 9,50 €\n\nAbsatz"


TYPE_3_FONT = (
    "<< /Type /Font /Subtype /Type3 /FontBBox [0 0 10 10] /FontMatrix [0.1 0 0 0.1 0 0] /FirstChar 97 "
    "/LastChar 98 /Widths [10 10] /Encoding << /Differences [97 /a /b] >> /ToUnicode 7 0 R "
    "/CharProcs << /a 6 0 R /b 6 0 R >> >>"
)


def stream(content: str) -> str:
    return f"<< /Length {len(content)} >>\nstream\n{content}\nendstream"


def test_characters_beyond_the_basic_plane_keep_the_boxes_right(
    make: Maker, read: Read, pdf_of: Callable[..., bytes]
) -> None:
    # the letter a stands for an emoji, of two UTF-16 units; b for itself
    data = pdf_of(
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 300] /Contents 4 0 R "
        "/Resources << /Font << /F 5 0 R >> >> >>",
        stream("BT /F 20 Tf 20 200 Td (a) Tj 100 0 Td (b) Tj ET"),
        TYPE_3_FONT,
        stream("10 0 d0 1 1 8 8 re f"),
        stream("1 beginbfchar <61> <D83DDE00> endbfchar 1 beginbfchar <62> <0062> endbfchar"),
    )
    (block,) = read(make.file("emoji.pdf", data), "text-layer").blocks
    assert block.text == "\N{GRINNING FACE} b"
    assert (block.bbox[0], block.bbox[2]) == pytest.approx((20, 140), abs=1)


def test_filled_in_forms_are_read(make: Maker, read: Read) -> None:
    canvas, path = make.canvas("form.pdf")
    canvas.drawString(72, 700, "Name:")
    canvas.acroForm.textfield(value="Jutta Beispiel", x=150, y=690, width=200, height=24, fontSize=12)
    canvas.showPage()
    canvas.save()
    assert "Jutta Beispiel" in read(path, "text-layer").text


def test_a_blank_page_has_no_text_and_misses_nothing(make: Maker, read: Read) -> None:
    result = read(make.text_pdf())
    assert (result.text, result.confidence, result.blocks) == ("", None, [])
    assert (result.coverage, result.page_count) == (Decimal(1), 1)


def test_an_image_has_no_text_layer(make: Maker, read: Read) -> None:
    path = make.folder / "x.png"
    make.picture("x").save(path)
    with pytest.raises(OcrError, match="auto or tesseract") as caught:
        read(path, "text-layer")
    assert caught.value.code == "OCR_FAILED"


def test_a_scanned_page_has_no_text_and_a_coverage_that_says_so(make: Maker, read: Read) -> None:
    result = read(make.picture_pdf(make.picture("nur ein Bild")), "text-layer")
    assert (result.text, result.coverage) == ("", Decimal(0))


def test_pages_of_a_mixed_document_are_read_each_in_its_way(
    examples: Path, read: Read, error_rate: Callable[[str, str], float]
) -> None:
    result = read(examples / "mixed.pdf")
    assert result.engines == ["text-layer", "tesseract"]
    assert {block.page for block in result.blocks} == {1, 2}
    assert result.text.count("\f") == 1
    assert error_rate((examples / "mixed.txt").read_text(), result.text) < 0.01


def test_text_in_a_picture_joins_the_text_around_it(make: Maker, read: Read) -> None:
    canvas, path = make.canvas("stamped.pdf")
    canvas.drawString(72, 800, "Anlage zum Schreiben")
    picture = make.picture("Eingegangen am 4. Mai", "Stadtverwaltung Ulm", "Zimmer 114", dpi=300)
    picture.save(make.folder / "stamp.png")
    canvas.drawImage(str(make.folder / "stamp.png"), 72, 400, 432, 216)
    canvas.showPage()
    canvas.save()
    result = read(path)
    assert result.engines == ["text-layer+tesseract"]
    assert result.text.splitlines()[0] == "Anlage zum Schreiben"
    assert "Stadtverwaltung Ulm" in result.text
    assert result.text.count("Anlage") == 1


def test_a_layer_that_means_nothing_is_not_believed(make: Maker, read: Read) -> None:
    # ToUnicode shifted by 29, as fonts without a map to Unicode come out: P becomes 3, h becomes K
    canvas, path = make.canvas("shifted.pdf")
    text = canvas.beginText(72, 700)
    line = "Die Rechnung ist innerhalb von vierzehn Tagen ohne Abzug zu bezahlen"
    text.textLine(line)
    text.setTextRenderMode(3)
    canvas.drawText(text)
    canvas.showPage()
    canvas.save()
    shown = read(path)
    assert shown.text == line

    canvas, path = make.canvas("layer.pdf", pagesize=(432, 216))
    make.picture("Rechnung", "vierzehn Tage", dpi=300).save(make.folder / "scan.png")
    canvas.drawImage(str(make.folder / "scan.png"), 0, 0, 432, 216)
    text = canvas.beginText(36, 144)
    text.setTextRenderMode(3)
    text.textLine("5HFKQXQJ")
    text.textLine("YLHU]HKQ 7DJH")
    canvas.drawText(text)
    canvas.showPage()
    canvas.save()
    result = read(path)
    assert result.engines == ["tesseract"]
    assert "vierzehn Tage" in result.text
    assert "5HFKQXQJ" not in result.text
