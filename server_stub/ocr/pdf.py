"""PDF documents, through pdfium."""

from __future__ import annotations

import ctypes
import re
from typing import TYPE_CHECKING, Final, Self

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from server_stub.ocr import text_layer
from server_stub.ocr.limits import MAX_PAGES, MAX_SIDE_PIXELS, RASTER_DPI
from server_stub.ocr.model import OcrError
from server_stub.ocr.pages import POINTS_PER_INCH, affordable_dpi

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType

    from server_stub.ocr.model import ErrorCode
    from server_stub.ocr.pages import Gray, Page, TextLayer
    from server_stub.ocr.text_layer import Transform

_NO_PAGE_WITHIN: Final = 1 << 20
_NO_PAGES: Final = re.compile(rb"/Count\s+0\b")
_A_PAGE: Final = re.compile(rb"/Type\s*/Page\b")
_OPEN_ERRORS: Final[dict[int, tuple[ErrorCode, str]]] = {
    pdfium_c.FPDF_ERR_PASSWORD: (
        "DOC_ENCRYPTED",
        "The PDF is protected by a password. Save it without one and upload it again.",
    ),
    pdfium_c.FPDF_ERR_SECURITY: (
        "DOC_ENCRYPTED",
        "The PDF is encrypted in a way that cannot be read. Save it without protection and upload it again.",
    ),
}
_EMPTY: Final = "The PDF has no page. Export it again and upload that copy."
_CORRUPT: Final = "The PDF is damaged and cannot be read. Export or download it again and upload that copy."


class PdfDocument:
    """An open PDF."""

    def __init__(self, path: Path) -> None:
        try:
            self._pdf = pdfium.PdfDocument(path)
        except pdfium.PdfiumError as error:
            # pypdfium2 keeps pdfium's number of the error only in this attribute
            number = getattr(error, "err_code", None)
            if number not in _OPEN_ERRORS and _says_it_has_no_page(path):
                raise OcrError("DOC_EMPTY", _EMPTY) from None
            code, message = _OPEN_ERRORS.get(number or 0, ("DOC_CORRUPT", _CORRUPT))
            raise OcrError(code, message) from None
        count = len(self._pdf)
        if count < 1:
            raise OcrError("DOC_EMPTY", _EMPTY)
        if count > MAX_PAGES:
            raise OcrError(
                "DOC_TOO_MANY_PAGES",
                f"The PDF has {count} pages; at most {MAX_PAGES} can be read. Split it and upload the parts.",
            )
        self._count = count

    def __len__(self) -> int:
        """Return the number of pages."""
        return self._count

    def pages(self) -> Iterator[Page]:
        """Yield the pages; each is closed when the next one is asked for."""
        for index in range(self._count):
            page = PdfPage(self._pdf, index)
            try:
                yield page
            finally:
                page.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pdf.close()


class PdfPage:
    """A page of a PDF."""

    def __init__(self, pdf: pdfium.PdfDocument, index: int) -> None:
        self._page = _load(pdf, index)
        if pdfium_c.FPDFPage_GetAnnotCount(self._page.raw) > 0:
            # Filled-in forms and notes are drawn beside the page; flattened, they are part of it.
            pdfium_c.FPDFPage_Flatten(self._page.raw, pdfium_c.FLAT_NORMALDISPLAY)
            self._page.close()
            self._page = _load(pdf, index)
        self.size: tuple[float, float] = self._page.get_size()
        side = max(self.size) / POINTS_PER_INCH * RASTER_DPI
        if side > MAX_SIDE_PIXELS:
            raise OcrError(
                "DOC_PAGE_TOO_LARGE",
                f"Page {index + 1} is {max(self.size) / POINTS_PER_INCH * 2.54:.0f} cm long, which is "
                f"{side:.0f} pixels at {RASTER_DPI:.0f} dpi; at most {MAX_SIDE_PIXELS} can be read. "
                "Scale the page down and upload the document again.",
            )

    def text_layer(self) -> TextLayer:
        """Return the text that the page carries."""
        text_page = pdfium_c.FPDFText_LoadPage(self._page.raw)
        if not text_page:
            raise OcrError("DOC_CORRUPT", _CORRUPT)
        try:
            return text_layer.read(self._page.raw, text_page, self._transform())
        finally:
            pdfium_c.FPDFText_ClosePage(text_page)

    def reading_dpi(self) -> float:
        """Return the resolution at which the page should be read."""
        return affordable_dpi(self.size)

    def render(self, dpi: float) -> Gray:
        """Draw the page in shades of grey."""
        bitmap = self._page.render(scale=dpi / POINTS_PER_INCH, grayscale=True, may_draw_forms=False)
        try:
            pixels = np.array(bitmap.to_numpy(), dtype=np.uint8)
        finally:
            bitmap.close()
        return pixels.reshape(pixels.shape[:2])

    def close(self) -> None:
        """Free the page."""
        self._page.close()

    def _transform(self) -> Transform:
        """Return the way from PDF user space (origin at the bottom left, not rotated) to the shown page."""
        rect = pdfium_c.FS_RECTF()
        if not pdfium_c.FPDF_GetPageBoundingBox(self._page.raw, ctypes.byref(rect)):
            height = self.size[1]
            return lambda x, y: (x, height - y)
        left, top, right, bottom = rect.left, rect.top, rect.right, rect.bottom
        quarter_turns: int = pdfium_c.FPDFPage_GetRotation(self._page.raw)
        ways: list[Transform] = [
            lambda x, y: (x - left, top - y),
            lambda x, y: (y - bottom, x - left),
            lambda x, y: (right - x, y - bottom),
            lambda x, y: (top - y, right - x),
        ]
        return ways[quarter_turns % 4]


def _says_it_has_no_page(path: Path) -> bool:
    """Tell whether a PDF that pdfium refuses is whole but for its pages: to pdfium that is damage too."""
    with path.open("rb") as file:
        head = file.read(_NO_PAGE_WITHIN)
    return bool(_NO_PAGES.search(head)) and not _A_PAGE.search(head)


def _load(pdf: pdfium.PdfDocument, index: int) -> pdfium.PdfPage:
    try:
        return pdf[index]
    except pdfium.PdfiumError:
        raise OcrError("DOC_CORRUPT", f"Page {index + 1} of the PDF is damaged and cannot be read.") from None
