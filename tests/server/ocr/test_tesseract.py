"""Pages that are pictures, in every form in which they come."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from server_stub.ocr import OcrError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from server_stub.ocr import Recognition

    from .conftest import Maker

    Read = Callable[..., Recognition]

LINES = ("Rechnung Nummer 4711", "zahlbar sind 89,50 Euro", "bis zum dritten Oktober")
TEXT = " ".join(LINES)


def plain(result: Recognition) -> str:
    return " ".join(result.text.split())


def as_palette(picture: Image.Image) -> Image.Image:
    return picture.convert("RGB").quantize(8)


def as_transparent(picture: Image.Image) -> Image.Image:
    """Black on nothing: the colour below full transparency is black too."""
    ink = Image.eval(picture, lambda value: 255 - value)
    empty = Image.new("L", picture.size, 0)
    return Image.merge("RGBA", (empty, empty, empty, ink))


def as_gray_with_alpha(picture: Image.Image) -> Image.Image:
    empty = Image.new("L", picture.size, 0)
    return Image.merge("LA", (empty, Image.eval(picture, lambda value: 255 - value)))


def as_palette_with_transparency(picture: Image.Image) -> Image.Image:
    """Paper is the transparent colour of a palette, and that colour is black."""
    picture = picture.point(lambda value: 0 if value > 128 else 1).convert("P")
    picture.putpalette([0, 0, 0, 20, 20, 20])
    picture.info["transparency"] = 0
    return picture


def as_sixteen_bits(picture: Image.Image) -> Image.Image:
    """A scanner that uses 12 of 16 bits."""
    return Image.fromarray(np.asarray(picture).astype(np.uint16) * 16)


MODES: dict[str, tuple[str, Callable[[Image.Image], Image.Image]]] = {
    "gray": ("png", lambda picture: picture),
    "black-and-white": ("tiff", lambda picture: picture.convert("1")),
    "palette": ("png", as_palette),
    "palette-transparent": ("png", as_palette_with_transparency),
    "transparent": ("png", as_transparent),
    "transparent-webp": ("webp", as_transparent),
    "gray-transparent": ("png", as_gray_with_alpha),
    "cmyk": ("jpg", lambda picture: picture.convert("RGB").convert("CMYK")),
    "colour-webp": ("webp", lambda picture: picture.convert("RGB")),
    "sixteen-bits": ("png", as_sixteen_bits),
    "sixteen-bits-tiff": ("tiff", as_sixteen_bits),
    "float": ("tiff", lambda picture: picture.convert("F")),
    "inverted-tiff": ("tiff", lambda picture: picture.convert("RGB")),
}


@pytest.mark.parametrize("mode", MODES)
def test_a_picture_of_any_mode_is_read(make: Maker, read: Read, mode: str) -> None:
    suffix, convert = MODES[mode]
    path = make.folder / f"page.{suffix}"
    convert(make.picture(*LINES)).save(path)
    result = read(path)
    assert plain(result) == TEXT
    assert result.engines == ["tesseract"]
    assert result.coverage > 0.9


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_orientation_that_a_camera_noted_is_followed(make: Maker, read: Read, orientation: int) -> None:
    stored = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    picture = make.picture(*LINES)
    if stored is not None:
        picture = picture.transpose(stored)
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = make.folder / "photo.jpg"
    picture.save(path, exif=exif, quality=90)
    assert plain(read(path)) == TEXT


@pytest.mark.parametrize("degrees", [0, -7.5, 2, 6, 90, 180, 270, 92, 177])
def test_a_turned_page_is_read_and_its_boxes_lie_on_the_words(
    make: Maker, read: Read, degrees: float
) -> None:
    upright = make.picture(*LINES, "Mit freundlichen Grüßen", "Ihre Buchhaltung", height=5)
    picture = upright.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=255)
    path = make.folder / "turned.png"
    picture.save(path, dpi=(200, 200))
    result = read(path)
    assert TEXT in plain(result)
    assert result.coverage > 0.9  # the ink lies inside the boxes
    width, height = (side * 72 / 200 for side in picture.size)
    assert all(
        0 <= x0 < x1 <= width + 1 and 0 <= y0 < y1 <= height + 1
        for x0, y0, x1, y1 in (block.bbox for block in result.blocks)
    )


def test_a_box_is_in_points_by_the_resolution_of_the_image(make: Maker, read: Read) -> None:
    path = make.folder / "page.png"
    make.picture(*LINES, dpi=250).save(path, dpi=(250, 250))
    first = read(path).blocks[0]
    assert first.bbox[0] == pytest.approx(36, abs=3)
    assert first.bbox[1] < 72 < first.bbox[3] + 3
    assert first.bbox[3] - first.bbox[1] == pytest.approx(13, abs=4)


def test_an_image_without_a_resolution_is_taken_for_a_page_of_a4(make: Maker, read: Read) -> None:
    path = make.folder / "page.png"
    picture = Image.new("L", (1654, 2339), 255)
    picture.paste(make.picture(*LINES), (0, 0))
    picture.save(path, dpi=(72, 72))  # what programs write when they know none
    assert read(path).blocks[0].bbox[1] == pytest.approx(60, abs=6)


def test_a_shadow_over_the_page_does_not_hide_text(make: Maker, read: Read) -> None:
    page = np.asarray(make.picture(*LINES, "und weiter unten noch ein Satz", height=4)).astype(float)
    height, width = page.shape
    down, right = np.mgrid[0:height, 0:width]
    light = (1 - 0.65 * right / width) * (1 - 0.5 / (1 + np.exp((1.6 * right - down) / 12)))
    path = make.folder / "shadow.png"
    Image.fromarray((page * light).astype(np.uint8)).save(path)
    assert plain(read(path)) == f"{TEXT} und weiter unten noch ein Satz"


def test_each_page_of_a_tiff_is_read(make: Maker, read: Read) -> None:
    pages = [make.picture(f"Das ist Seite {number}") for number in ("eins", "zwei", "drei")]
    path = make.folder / "pages.tiff"
    pages[0].save(path, save_all=True, append_images=[pages[1].convert("1"), pages[2].convert("RGB")])
    result = read(path)
    assert result.text.split("\f") == ["Das ist Seite eins", "Das ist Seite zwei", "Das ist Seite drei"]
    assert [block.page for block in result.blocks] == [1, 2, 3]


def test_an_animation_is_one_page(make: Maker, read: Read) -> None:
    path = make.folder / "animation.webp"
    first, second = make.picture("Erstes Bild"), make.picture("Zweites Bild")
    first.save(path, save_all=True, append_images=[second], duration=100)
    assert read(path).page_count == 1


def test_coverage_tells_what_confidence_hides(make: Maker, read: Read) -> None:
    """A page of which most cannot be read is confident about the rest."""
    page = make.picture("Sehr geehrte Damen und Herren", height=5, dpi=300)
    rng = np.random.default_rng(1)
    for line in range(5):  # scrawl, as dense as print
        ys = 600 + 160 * line + np.cumsum(rng.normal(0, 6, 1400)).clip(-50, 50)
        for x, y in enumerate(ys.astype(int)):
            page.paste(0, (200 + x, y, 206 + x, y + 6))
    path = make.folder / "scrawl.png"
    page.save(path)
    result = read(path)
    assert "Sehr geehrte Damen und Herren" in result.text
    assert result.confidence is not None
    assert result.confidence > 0.5
    assert result.coverage < 0.5


@pytest.mark.parametrize("language", ["de", "en", "de-DE", "deu+eng", "auto", ""])
def test_a_language_is_named_as_people_do(make: Maker, read: Read, language: str) -> None:
    path = make.folder / "page.png"
    make.picture("Hotel am Park").save(path)
    assert plain(read(path, "tesseract", language)) == "Hotel am Park"


@pytest.mark.parametrize(
    ("language", "code", "message"),
    [
        ("de; rm -rf /", "OCR_FAILED", "not the name of a language"),
        ("../../etc/passwd", "OCR_FAILED", "not the name of a language"),
        ("tlh", "OCR_BACKEND_UNAVAILABLE", "apt-get install tesseract-ocr-tlh"),
        ("deu+chi_sim", "OCR_BACKEND_UNAVAILABLE", "apt-get install tesseract-ocr-chi-sim"),
    ],
)
def test_a_language_that_cannot_be_read_is_refused(
    make: Maker, read: Read, language: str, code: str, message: str
) -> None:
    path = make.folder / "page.png"
    make.picture("x").save(path)
    with pytest.raises(OcrError, match=re.escape(message)) as caught:
        read(path, "tesseract", language)
    assert caught.value.code == code


EXAMPLES = {
    "invoice.pdf": 0.0,
    "letter.pdf": 0.012,
    "minutes.tiff": 0.012,
    "mixed.pdf": 0.012,
    "notice.png": 0.015,
}


@pytest.mark.parametrize(("name", "limit"), EXAMPLES.items())
def test_an_example_is_read_as_it_was_written(
    examples: Path,
    read: Read,
    error_rate: Callable[[str, str], float],
    name: str,
    limit: float,
) -> None:
    truth = (examples / name).with_suffix(".txt").read_text(encoding="utf-8")
    result = read(examples / name)
    assert error_rate(truth, result.text) <= limit
    assert result.coverage > 0.95
