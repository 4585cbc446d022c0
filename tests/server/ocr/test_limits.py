"""Documents that are damaged, protected, or larger than anything a person scans."""

from __future__ import annotations

import struct
import time
import zlib
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from reportlab.lib import pdfencrypt

from server_stub.ocr import OcrError, recognize, run, sniff

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from server_stub.ocr import Recognition

    from .conftest import Maker

    Read = Callable[..., Recognition]

TIME_LIMIT = 120.0


async def code_of(
    path: Path, backend: str = "auto", mime_type: str | None = None, time_limit: float = TIME_LIMIT
) -> str:
    """Read a document as the server does; what becomes of it."""
    mime_type = mime_type or sniff(path.read_bytes()[:2048])
    assert mime_type is not None
    try:
        await run(path, mime_type=mime_type, backend=backend, language="de", timeout=time_limit)
    except OcrError as error:
        return f"{error.code} with a path" if "/" in error.message else error.code
    return "completed"


def page(media_box: str, extra: str = "") -> tuple[str, str, str]:
    return (
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [{media_box}] {extra} >>",
    )


def png(width: int, height: int, *, colour_type: int = 0, bits: int = 1) -> bytes:
    """Write a PNG that says it is large; its data stop after ten rows."""
    samples = {0: 1, 2: 3, 6: 4}[colour_type]
    row = b"\x00" + bytes((width * bits * samples + 7) // 8)
    pack = zlib.compressobj(9)
    data = b"".join(pack.compress(row) for _ in range(10)) + pack.flush()

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, bits, colour_type, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


@pytest.mark.parametrize("owner_only", [False, True])
async def test_a_password_is_needed_or_not(make: Maker, owner_only: bool) -> None:  # noqa: FBT001
    password = "" if owner_only else "geheim"
    protection = pdfencrypt.StandardEncryption(password, ownerPassword="chef", canPrint=0, strength=128)
    canvas, path = make.canvas("protected.pdf", encrypt=protection)
    canvas.drawString(72, 700, "vertraulich")
    canvas.showPage()
    canvas.save()
    assert await code_of(path) == ("completed" if owner_only else "DOC_ENCRYPTED")


async def test_the_broken_example_is_corrupt(examples: Path) -> None:
    assert await code_of(examples / "broken.pdf") == "DOC_CORRUPT"


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.3\nThis is not a valid PDF file\n%%EOF\n",
        b"%PDF-1.7\n",
        b"\x89PNG\r\n\x1a\n" + b"\x00" * 100,
        b"\xff\xd8\xff\xe0" + b"\x00" * 100,
        b"II*\x00\x08\x00\x00\x00",
        b"MM\x00*\xff\xff\xff\xff",
        b"RIFF\x10\x00\x00\x00WEBPVP8 \xff\xff\xff\xff",
    ],
)
async def test_a_head_without_a_document_is_corrupt(make: Maker, data: bytes) -> None:
    assert await code_of(make.file("head", data)) == "DOC_CORRUPT"


@pytest.mark.parametrize("suffix", ["png", "jpg", "tiff", "webp"])
async def test_an_image_cut_short_is_corrupt(make: Maker, suffix: str) -> None:
    path = make.folder / f"page.{suffix}"
    make.picture("Anfang", "Ende").save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert await code_of(path) == "DOC_CORRUPT"


async def test_a_pdf_cut_short_is_read_or_corrupt(examples: Path, make: Maker) -> None:
    whole = (examples / "letter.pdf").read_bytes()
    assert await code_of(make.file("cut.pdf", whole[: len(whole) // 2])) == "DOC_CORRUPT"


async def test_an_empty_file_is_empty(make: Maker) -> None:
    assert await code_of(make.file("empty.pdf", b""), mime_type="application/pdf") == "DOC_EMPTY"


async def test_a_pdf_without_a_page_is_empty(make: Maker, pdf_of: Callable[..., bytes]) -> None:
    data = pdf_of("<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [] /Count 0 >>")
    assert await code_of(make.file("none.pdf", data)) == "DOC_EMPTY"


async def test_a_document_of_another_type_than_said_is_corrupt(make: Maker, examples: Path) -> None:
    path = make.folder / "page.png"
    make.picture("x").save(path)
    assert await code_of(path, mime_type="image/tiff") == "DOC_CORRUPT"
    assert await code_of(path, mime_type="application/pdf") == "DOC_CORRUPT"
    assert await code_of(examples / "invoice.pdf", mime_type="text/plain") == "DOC_CORRUPT"


async def test_a_file_that_is_gone_says_so(make: Maker) -> None:
    assert await code_of(make.folder / "gone.pdf", mime_type="application/pdf") == "OCR_FAILED"


@pytest.mark.parametrize(("pages", "code"), [(500, "completed"), (501, "DOC_TOO_MANY_PAGES")])
async def test_a_pdf_has_at_most_500_pages(
    make: Maker, pdf_of: Callable[..., bytes], pages: int, code: str
) -> None:
    data = pdf_of(
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{' '.join(['3 0 R'] * pages)}] /Count {pages} >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] >>",
    )
    assert await code_of(make.file("many.pdf", data), "text-layer") == code


async def test_a_tiff_has_at_most_500_pages(make: Maker) -> None:
    path = make.folder / "many.tiff"
    leaf = Image.new("1", (8, 8), 1)
    leaf.save(path, save_all=True, append_images=[leaf] * 500)
    assert await code_of(path) == "DOC_TOO_MANY_PAGES"


async def test_a_page_count_that_lies_is_corrupt(make: Maker, pdf_of: Callable[..., bytes]) -> None:
    catalog, _, leaf = page("0 0 100 100")
    data = pdf_of(catalog, "<< /Type /Pages /Kids [3 0 R] /Count 400 >>", leaf)
    assert await code_of(make.file("lies.pdf", data)) == "DOC_CORRUPT"


@pytest.mark.parametrize("backend", ["auto", "text-layer", "tesseract"])
async def test_a_pdf_page_has_at_most_20_000_pixels_a_side(
    make: Maker, pdf_of: Callable[..., bytes], backend: str
) -> None:
    at_300_dpi = 20_000 / 300 * 72
    large = make.file("large.pdf", pdf_of(*page(f"0 0 {at_300_dpi + 1} 50")))
    assert await code_of(large, backend) == "DOC_PAGE_TOO_LARGE"
    fits = make.file("fits.pdf", pdf_of(*page(f"0 0 {at_300_dpi - 1} 50")))
    assert await code_of(fits, "text-layer") == "completed"


@pytest.mark.parametrize(
    ("width", "height", "colour_type", "bits"),
    [(20_001, 10, 0, 1), (10, 20_001, 0, 8), (15_000, 15_000, 2, 8), (12_000, 12_000, 6, 16)],
)
async def test_an_image_is_refused_before_it_is_unpacked(
    make: Maker, width: int, height: int, colour_type: int, bits: int
) -> None:
    path = make.file("bomb.png", png(width, height, colour_type=colour_type, bits=bits))
    before = time.process_time()
    with pytest.raises(OcrError) as caught:
        recognize(path, mime_type="image/png", backend="auto", language="de")
    assert caught.value.code == "DOC_PAGE_TOO_LARGE"
    assert time.process_time() - before < 5


async def test_the_largest_black_and_white_page_is_read(make: Maker) -> None:
    path = make.folder / "plan.tiff"
    plan = Image.new("1", (19_900, 6_000), 1)
    plan.paste(make.picture("Lageplan Blatt 12", dpi=600).convert("1"), (0, 0))
    plan.save(path, compression="group4", dpi=(600, 600))
    result = await run(path, mime_type="image/tiff", backend="auto", language="de", timeout=TIME_LIMIT)
    assert "Lageplan" in result.text


@pytest.mark.parametrize(
    "image",
    [
        "/Width 60000 /Height 60000 /BitsPerComponent 8 /ColorSpace /DeviceRGB /Filter /FlateDecode",
        "/Width 2147483647 /Height 2147483647 /BitsPerComponent 16 /ColorSpace /DeviceCMYK",
        "/Width 60000 /Height 60000 /BitsPerComponent 1 /ColorSpace /DeviceGray /Filter /FlateDecode",
    ],
)
async def test_a_picture_bomb_in_a_pdf_ends_within_the_limits(
    make: Maker, pdf_of: Callable[..., bytes], image: str
) -> None:
    data = zlib.compress(bytes(5_000_000), 9).decode("latin-1")
    pdf = pdf_of(
        *page("0 0 600 600", "/Contents 4 0 R /Resources << /XObject << /I 5 0 R >> >>"),
        "<< /Length 26 >>\nstream\nq 600 0 0 600 0 0 cm /I Do\nendstream",
        f"<< /Type /XObject /Subtype /Image {image} /Length {len(data)} >>\nstream\n{data}\nendstream",
    )
    # The picture is left out as PDF viewers do; what else stands on the page is read.
    assert await code_of(make.file("bomb.pdf", pdf), "tesseract") == "completed"


async def test_forms_that_draw_each_other_end_within_the_limits(
    make: Maker, pdf_of: Callable[..., bytes]
) -> None:
    resources = "/Resources << /XObject << /A 5 0 R /B 6 0 R >> >>"
    form = f"<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] {resources}"
    content = " ".join(["/A Do /B Do"] * 20)
    body = f"{form} /Length {len(content)} >>\nstream\n{content}\nendstream"
    data = pdf_of(
        *page("0 0 600 600", "/Contents 4 0 R /Resources << /XObject << /A 5 0 R >> >>"),
        "<< /Length 5 >>\nstream\n/A Do\nendstream",
        body,
        body,
    )
    # In much more time than this, or on a much faster machine, it reaches the limit of memory first.
    assert await code_of(make.file("loop.pdf", data), time_limit=3.0) in {"OCR_TIMEOUT", "OCR_FAILED"}


async def test_a_page_tree_that_contains_itself_ends(make: Maker, pdf_of: Callable[..., bytes]) -> None:
    data = pdf_of("<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [2 0 R] /Count 9 >>")
    assert await code_of(make.file("loop.pdf", data)) == "DOC_CORRUPT"
