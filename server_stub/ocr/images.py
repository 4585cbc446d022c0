"""Image files: PNG, JPEG, TIFF with any number of pages, WebP."""

from __future__ import annotations

import struct
import warnings
from typing import TYPE_CHECKING, Final, Self

import numpy as np
from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

from server_stub.ocr.limits import MAX_IMAGE_BYTES, MAX_PAGES, MAX_RASTER_PIXELS, MAX_SIDE_PIXELS, RASTER_DPI
from server_stub.ocr.model import OcrError
from server_stub.ocr.pages import POINTS_PER_INCH

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType

    from server_stub.ocr.pages import Gray, Page

_FORMATS: Final = {
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "image/tiff": "TIFF",
    "image/webp": "WEBP",
}
_CORRUPT: Final = "The image is damaged and cannot be read. Scan or export it again and upload that copy."
# What Pillow raises for damaged files, beside its own errors.
_DAMAGE: Final = (
    UnidentifiedImageError,
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    TypeError,
    KeyError,
    IndexError,
    OverflowError,
    struct.error,
)
# Resolutions that programs write when they know none, and the range in which others are believed.
_DEFAULT_DPI: Final = (72, 96)
_CREDIBLE_DPI: Final = (100, 1300)
_A4_LONG_SIDE_INCHES: Final = 11.69
_A4_DPI_RANGE: Final = (72.0, 600.0)
_SIXTEEN_BIT_MODES: Final = ("I;16", "I;16L", "I;16B", "I;16N")
_ORIENTATION_TAG: Final = 0x0112

# Our own limits, on sides and bytes, take the place of Pillow's limit on pixels.
Image.MAX_IMAGE_PIXELS = None


class ImageDocument:
    """An open image file."""

    def __init__(self, path: Path, mime_type: str) -> None:
        try:
            self._image: ImageFile.ImageFile = Image.open(path, formats=[_FORMATS[mime_type]])
            # only TIFF has pages; the frames of an animation are one picture
            self._count = int(getattr(self._image, "n_frames", 1)) if mime_type == "image/tiff" else 1
        except _DAMAGE:
            raise OcrError("DOC_CORRUPT", _CORRUPT) from None
        if self._count < 1:
            raise OcrError("DOC_EMPTY", "The image file has no page. Scan it again and upload that copy.")
        if self._count > MAX_PAGES:
            raise OcrError(
                "DOC_TOO_MANY_PAGES",
                f"The TIFF has {self._count} pages; at most {MAX_PAGES} can be read. "
                "Split it and upload the parts.",
            )

    def __len__(self) -> int:
        """Return the number of pages."""
        return self._count

    def pages(self) -> Iterator[Page]:
        """Yield the pages; a page is decoded when it is asked for."""
        for index in range(self._count):
            yield ImagePage(self._image, index)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._image.close()


class ImagePage:
    """A page of an image file."""

    def __init__(self, image: ImageFile.ImageFile, index: int) -> None:
        try:
            if index:
                image.seek(index)
            _check_size(image, index)
            dpi = _dpi_of(image)
            image.draft("L", (_draft_side(image.width), _draft_side(image.height)))
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about odd metadata, of no use here
                orientation = image.getexif().get(_ORIENTATION_TAG, 1)
                gray = _oriented(to_gray(image), orientation)
        except _DAMAGE:
            raise OcrError("DOC_CORRUPT", _CORRUPT) from None
        height, width = gray.shape
        self._gray = gray
        self._dpi = dpi or _dpi_as_a4(width, height)
        self.size: tuple[float, float] = (
            width / self._dpi * POINTS_PER_INCH,
            height / self._dpi * POINTS_PER_INCH,
        )

    def text_layer(self) -> None:
        """Return nothing: an image has no text layer."""
        return

    def reading_dpi(self) -> float:
        """Return the resolution of the image: scaling it up adds nothing, down only costs."""
        height, width = self._gray.shape
        shrink = min(1.0, (MAX_RASTER_PIXELS / max(width * height, 1)) ** 0.5, RASTER_DPI * 1.4 / self._dpi)
        return float(self._dpi * shrink)

    def render(self, dpi: float) -> Gray:
        """Return the page, scaled to about ``dpi``."""
        scale = dpi / self._dpi
        height, width = self._gray.shape
        size = max(round(width * scale), 1), max(round(height * scale), 1)
        if size == (width, height):
            return self._gray
        how = Image.Resampling.BOX if scale < 1 else Image.Resampling.BICUBIC
        return np.asarray(
            Image.fromarray(self._gray).resize(size, how, reducing_gap=2.0 if scale < 1 else None)
        )


def to_gray(image: Image.Image) -> Gray:
    """Convert a picture of any mode to shades of grey, transparent parts to white paper."""
    if image.mode in _SIXTEEN_BIT_MODES or image.mode in {"I", "F"}:
        return _scaled_to_bytes(np.asarray(image))
    if image.mode == "P" and "transparency" not in image.info:
        image = image.convert("RGB")
    elif image.mode in {"LA", "La", "PA", "RGBa", "RGBA"} or "transparency" in image.info:
        image = image.convert("RGBA")
        paper = Image.new("RGBA", image.size, (255, 255, 255, 255))
        image = Image.alpha_composite(paper, image)
    return np.asarray(image.convert("L"))


def _scaled_to_bytes(values: np.ndarray[tuple[int, ...], np.dtype[np.generic]]) -> Gray:
    """Scale deep samples to 0–255 by their own range: scanners often use 12 of 16 bits."""
    deep = values.astype(np.float32)
    deep[~np.isfinite(deep)] = 0
    low, high = float(deep.min()), float(deep.max())
    if high <= low:
        return np.full(deep.shape, 255, dtype=np.uint8)
    return ((deep - low) * (255.0 / (high - low))).astype(np.uint8)


def _oriented(gray: Gray, orientation: object) -> Gray:
    """Turn a picture as its EXIF orientation (1–8) says."""
    if orientation in (None, 1):
        return gray
    image = Image.fromarray(gray)
    exif = image.getexif()
    exif[_ORIENTATION_TAG] = orientation
    return np.asarray(ImageOps.exif_transpose(image))


def _check_size(image: Image.Image, index: int) -> None:
    width, height = image.size
    decoded = width * height * (4 if image.mode not in {"1", "L", "P"} else 1)
    if max(width, height) > MAX_SIDE_PIXELS or decoded > MAX_IMAGE_BYTES:
        raise OcrError(
            "DOC_PAGE_TOO_LARGE",
            f"Page {index + 1} has {width} × {height} pixels; at most {MAX_SIDE_PIXELS} on a side and "
            f"{MAX_IMAGE_BYTES // 4_000_000} million in colour can be read. Scan it at 300 dpi and upload "
            "it again.",
        )


def _draft_side(pixels: int) -> int:
    """Return the size from which a JPEG may be decoded at a half, a quarter or an eighth."""
    return min(pixels, 7000)


def _dpi_of(image: Image.Image) -> float | None:
    value: object = image.info.get("dpi")
    if not isinstance(value, tuple):
        return None
    try:
        horizontal, vertical = (float(part) for part in value)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    low, high = _CREDIBLE_DPI
    if not (low <= horizontal <= high and abs(horizontal - vertical) <= 0.1 * horizontal):
        return None
    return None if round(horizontal) in _DEFAULT_DPI else horizontal


def _dpi_as_a4(width: int, height: int) -> float:
    """Take an image without a credible resolution for a page of A4."""
    low, high = _A4_DPI_RANGE
    return min(max(max(width, height) / _A4_LONG_SIDE_INCHES, low), high)
