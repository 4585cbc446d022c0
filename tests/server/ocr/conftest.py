"""Documents made on the spot."""

from __future__ import annotations

import importlib
import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import reportlab
from PIL import Image, ImageDraw, ImageFont
from rapidfuzz.distance import Levenshtein
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from server_stub.ocr import Recognition, recognize, sniff

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[3]
VERA = Path(reportlab.__file__).parent / "fonts" / "Vera.ttf"


@dataclass(frozen=True)
class Maker:
    """Makes documents in a folder of the test."""

    folder: Path

    def file(self, name: str, data: bytes) -> Path:
        path = self.folder / name
        path.write_bytes(data)
        return path

    def canvas(self, name: str, **options: object) -> tuple[Canvas, Path]:
        path = self.folder / name
        canvas = Canvas(str(path), invariant=True, **{"pagesize": A4, **options})
        canvas.setFont("Vera", 12)
        return canvas, path

    def text_pdf(self, *lines: str, name: str = "text.pdf") -> Path:
        """Make a PDF with a line every 20 points, the first 100 points from the top, 72 from the left."""
        canvas, path = self.canvas(name)
        for index, line in enumerate(lines):
            canvas.drawString(72, A4[1] - 100 - 20 * index, line)
        canvas.showPage()
        canvas.save()
        return path

    def picture(self, *lines: str, dpi: int = 200, height: float = 3.0) -> Image.Image:
        """Draw lines of 14 points on paper of 6 × ``height`` inches; the first 1 inch from the top."""
        picture = Image.new("L", (6 * dpi, round(height * dpi)), 255)
        font = ImageFont.truetype(str(VERA), 14 * dpi / 72)
        draw = ImageDraw.Draw(picture)
        for index, line in enumerate(lines):
            draw.text((0.5 * dpi, (1 + 0.4 * index) * dpi), line, fill=20, font=font, anchor="ls")
        return picture

    def picture_pdf(self, picture: Image.Image, *, name: str = "scan.pdf", dpi: int = 200) -> Path:
        size = (picture.width / dpi * 72, picture.height / dpi * 72)
        canvas, path = self.canvas(name, pagesize=size)
        data = io.BytesIO()
        picture.save(data, "PNG")
        data.seek(0)
        canvas.drawImage(ImageReader(data), 0, 0, *size)
        canvas.showPage()
        canvas.save()
        return path


def raw_pdf(*objects: str, root: int = 1) -> bytes:
    """Write a PDF from the bodies of its objects, numbered from 1."""
    data = b"%PDF-1.7\n"
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body.encode("latin-1"))
    start = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    data += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    data += b"trailer\n<< /Size %d /Root %d 0 R >>\n" % (len(objects) + 1, root)
    return data + b"startxref\n%d\n%%%%EOF\n" % start


@pytest.fixture
def pdf_of() -> Callable[..., bytes]:
    return raw_pdf


@pytest.fixture(scope="session", autouse=True)
def _font() -> None:
    pdfmetrics.registerFont(TTFont("Vera", str(VERA)))


@pytest.fixture
def make(tmp_path: Path) -> Maker:
    return Maker(tmp_path)


@pytest.fixture
def read() -> Callable[..., Recognition]:
    """Recognise a document in this process."""

    def read(path: Path, backend: str = "auto", language: str = "de") -> Recognition:
        mime_type = sniff(path.read_bytes()[:2048])
        assert mime_type is not None
        return recognize(path, mime_type=mime_type, backend=backend, language=language)

    return read


@pytest.fixture
def invoice_facts(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], list[str]]:
    """What must stand on an invoice, by the measurement that compares it too."""
    monkeypatch.syspath_prepend(str(ROOT))
    facts: Callable[[Path], list[str]] = importlib.import_module("benchmarks.ocr").invoice_facts
    return facts


@pytest.fixture(scope="session")
def examples() -> Path:
    return ROOT / "examples" / "documents"


@pytest.fixture(scope="session")
def error_rate() -> Callable[[str, str], float]:
    """Character error rate, white space aside: edits per character of the true text."""

    def error_rate(truth: str, text: str) -> float:
        truth, text = " ".join(truth.split()), " ".join(text.split())
        return Levenshtein.distance(truth, text) / len(truth)

    return error_rate
