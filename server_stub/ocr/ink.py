"""What is printed on a page, and how much of it the recognised words explain."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

from server_stub.ocr.pages import POINTS_PER_INCH, Gray

if TYPE_CHECKING:
    from collections.abc import Iterable

    from server_stub.ocr.model import Word

#: How much darker than the paper each pixel is.
Ink: TypeAlias = npt.NDArray[np.int16]
#: Resolution at which ink is measured, pixels per inch: a line of 10 pt is five pixels high.
INK_DPI = 36.0
#: Words recognised with less confidence do not explain ink.
MIN_CONFIDENCE = 0.6

_FAINT = 24  # darker than the paper by less than this is texture, not ink
_LONG_INCHES = 1.6  # ink without a gap over this length is a rule, a bar or a picture, not a word


def block_reduce(gray: Gray, size: int, how: np.ufunc) -> Gray:
    """Reduce blocks of ``size`` × ``size`` pixels to one each, with ``np.maximum`` or ``np.minimum``."""
    height, width = gray.shape
    rows, columns = -(-height // size) * size, -(-width // size) * size
    if (rows, columns) != (height, width):
        gray = np.pad(gray, ((0, rows - height), (0, columns - width)), mode="edge")
    by_rows = how.reduce(gray.reshape(rows // size, size, columns), axis=1)
    reduced: Gray = how.reduce(by_rows.reshape(rows // size, columns // size, size), axis=2)
    return reduced


def neighbours(gray: Gray, how: np.ufunc, radius: int = 1) -> Gray:
    """Give each pixel the extreme value within ``radius`` pixels."""
    padded = np.pad(gray, radius, mode="edge")
    height, width = gray.shape
    rows = padded[:height]
    for offset in range(1, 2 * radius + 1):
        rows = how(rows, padded[offset : offset + height])
    result = rows[:, :width]
    for offset in range(1, 2 * radius + 1):
        result = how(result, rows[:, offset : offset + width])
    return np.asarray(result, dtype=np.uint8)


def background(gray: Gray, block: int) -> Gray:
    """Estimate the brightness of the paper, in blocks of ``block`` pixels.

    Letters are brighter than nothing around them, so the brightest pixel of a block is paper; dilation
    followed by erosion (a closing) bridges blocks that are all ink.
    """
    paper = block_reduce(gray, block, np.maximum)
    return neighbours(neighbours(paper, np.maximum, 2), np.minimum, 2)


def resize(gray: Gray, width: int, height: int, how: Image.Resampling) -> Gray:
    """Scale a picture to an exact size in pixels."""
    return np.asarray(Image.fromarray(gray).resize((width, height), how))


def ink_of(gray: Gray) -> Ink:
    """Measure how much darker than the paper each pixel is, without rules, bars and solid areas.

    Args:
        gray: The page at `INK_DPI`.
    """
    height, width = gray.shape
    paper = resize(background(gray, 6), width, height, Image.Resampling.BILINEAR)
    ink = paper.astype(np.int16) - gray
    ink[ink < _FAINT] = 0
    length = round(_LONG_INCHES * INK_DPI)
    ink[_long_runs(ink > 0, length) | _long_runs((ink > 0).T, length).T] = 0
    return ink


def coverage(ink: Ink, words: Iterable[Word], dpi: float = INK_DPI) -> float:
    """Return the share of the ink that lies inside words, 0–1; 1 for a page without ink."""
    total = int(ink.sum())
    if total == 0:
        return 1.0
    inside = np.zeros(ink.shape, dtype=bool)
    scale = dpi / POINTS_PER_INCH
    for word in words:
        if word.confidence >= MIN_CONFIDENCE:
            x0, y0, x1, y1 = (value * scale for value in word.box)
            # one pixel around: ink is blurred over the edge of the box at this resolution
            inside[max(int(y0) - 1, 0) : int(y1) + 2, max(int(x0) - 1, 0) : int(x1) + 2] = True
    return int(ink[inside].sum()) / total


def _long_runs(mask: npt.NDArray[np.bool_], length: int) -> npt.NDArray[np.bool_]:
    """Keep the pixels of horizontal runs of at least ``length`` pixels."""
    width = mask.shape[1]
    runs = np.zeros_like(mask)
    if width < length:
        return runs
    # pixels that begin a run of 1, 2, 4, … pixels, and of ``length`` in the end
    begins, known = mask, 1
    while known < length:
        step = min(known, length - known)
        begins = begins[:, : begins.shape[1] - step] & begins[:, step:]
        known += step
    if begins.any():
        for row in np.flatnonzero(begins.any(axis=1)):
            for start in np.flatnonzero(begins[row]):
                runs[row, start : start + length] = True
    return runs
