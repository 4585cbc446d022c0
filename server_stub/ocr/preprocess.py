"""Make a page easy to read: even light, straight lines."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, radians, sin
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
from PIL import Image

from server_stub.ocr.ink import background, block_reduce, resize
from server_stub.ocr.pages import POINTS_PER_INCH

if TYPE_CHECKING:
    from server_stub.ocr.model import Box
    from server_stub.ocr.pages import Gray

_BACKGROUND_INCHES: Final = 0.11  # a block: higher than a line of print is thick, smaller than a shadow
_EVEN: Final = 12  # paper that varies by less than this needs no correction
_PAPER: Final = 245  # brightness of the corrected paper
_DARKEST_PAPER: Final = 60

_SKEW_DPI: Final = 90.0
_MAX_SKEW: Final = 15.0  # degrees
_MIN_SKEW: Final = 0.4  # degrees: Tesseract follows lines that lean less
_COARSE: Final = 0.5
_FINE: Final = 0.05
_MAX_INK_PIXELS: Final = 60_000
_SIDEWAYS: Final = 1.6  # columns must be this much more pronounced than rows to turn the page


@dataclass(frozen=True, slots=True)
class Upright:
    """A page turned so that its lines are level.

    Attributes:
        gray: The turned page.
        dpi: Its resolution.
        quarter_turns: How often it was turned by 90° counter-clockwise, before ``angle``.
        angle: By how many degrees it was then turned counter-clockwise.
        source_size: Width and height before, in pixels.
    """

    gray: Gray
    dpi: float
    quarter_turns: int
    angle: float
    source_size: tuple[int, int]

    def to_page(self, box: Box) -> Box:
        """Convert a box from pixels of the turned page to points on the original page."""
        x0, y0, x1, y1 = box
        corners = [self._unturned(x, y) for x, y in ((x0, y0), (x1, y0), (x0, y1), (x1, y1))]
        scale = POINTS_PER_INCH / self.dpi
        width, height = self.source_size
        xs = [min(max(x, 0.0), width) * scale for x, _ in corners]
        ys = [min(max(y, 0.0), height) * scale for _, y in corners]
        return (min(xs), min(ys), max(xs), max(ys))

    def _unturned(self, x: float, y: float) -> tuple[float, float]:
        height, width = self.gray.shape
        before_width, before_height = self.source_size
        if self.quarter_turns % 2:
            before_width, before_height = before_height, before_width
        turn = radians(self.angle)
        dx, dy = x - width / 2, y - height / 2
        x = dx * cos(turn) - dy * sin(turn) + before_width / 2
        y = dx * sin(turn) + dy * cos(turn) + before_height / 2
        width, height = self.source_size
        return {
            0: (x, y),
            1: (width - y, x),
            2: (width - x, height - y),
            3: (y, height - x),
        }[self.quarter_turns % 4]


def even_light(gray: Gray, dpi: float) -> Gray:
    """Divide a page by the brightness of its paper (flat-field correction).

    Shadows, vignettes and coloured paper become white; a page whose paper is white already is returned
    as it is.
    """
    block = max(round(_BACKGROUND_INCHES * dpi), 4)
    paper = background(gray, block)
    low, high = (int(value) for value in np.percentile(paper, (1, 99)))
    if high - low <= _EVEN and high >= _PAPER - _EVEN:
        return gray
    height, width = gray.shape
    field = resize(np.maximum(paper, _DARKEST_PAPER), width, height, Image.Resampling.BILINEAR)
    # 16 bits hold gray * 255 exactly, and integers are faster here than floats
    flat = gray.astype(np.uint16)
    flat *= _PAPER
    flat //= field
    np.minimum(flat, 255, out=flat)
    return flat.astype(np.uint8)


def upright(gray: Gray, dpi: float, quarter_turns: int | None = None) -> Upright:
    """Turn a page so that its lines are level.

    Args:
        gray: The page.
        dpi: Its resolution.
        quarter_turns: How often to turn it by 90° counter-clockwise; ``None`` looks which way its lines
            run. That cannot tell up from down.
    """
    height, width = gray.shape
    ys, xs, depth = _ink_points(gray, dpi)
    if quarter_turns is None:
        quarter_turns = _sideways(xs, ys)
    if quarter_turns % 2:
        xs, ys = ys, (depth[1] - xs if quarter_turns % 4 == 1 else xs)
        if quarter_turns % 4 == 3:  # noqa: PLR2004
            xs = depth[0] - xs
    elif quarter_turns % 4 == 2:  # noqa: PLR2004
        xs, ys = depth[1] - xs, depth[0] - ys
    angle = skew(xs, ys)
    turned = np.rot90(gray, quarter_turns % 4)
    if abs(angle) < _MIN_SKEW:
        angle = 0.0
    else:
        image = Image.fromarray(np.ascontiguousarray(turned))
        turned = np.asarray(image.rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor=255))
    return Upright(np.ascontiguousarray(turned), dpi, quarter_turns % 4, angle, (width, height))


def skew(xs: npt.NDArray[np.float32], ys: npt.NDArray[np.float32]) -> float:
    """Measure by how many degrees clockwise lines of ink lean.

    A projection of the ink onto the vertical has the sharpest steps between lines and gaps when it is
    taken along the lines.

    Args:
        xs: Horizontal positions of pixels with ink.
        ys: Their vertical positions, downwards.
    """
    if xs.size == 0:
        return 0.0
    coarse = max(np.arange(-_MAX_SKEW, _MAX_SKEW + _COARSE, _COARSE), key=lambda a: sharpness(xs, ys, a))
    around = np.arange(coarse - _COARSE, coarse + _COARSE + _FINE, _FINE)
    best = float(max(around, key=lambda a: sharpness(xs, ys, a)))
    if abs(coarse) >= _MAX_SKEW or sharpness(xs, ys, best) < 1.05 * sharpness(xs, ys, 0.0):
        return 0.0
    return best


def sharpness(xs: npt.NDArray[np.float32], ys: npt.NDArray[np.float32], degrees: float) -> float:
    """Measure the steps in the projection of ink along lines that lean by ``degrees``."""
    turn = radians(degrees)
    rows = (ys * cos(turn) - xs * sin(turn)).astype(np.int32)
    profile = np.bincount(rows - rows.min()).astype(np.float64)
    return float(np.square(np.diff(profile)).sum())


def _sideways(xs: npt.NDArray[np.float32], ys: npt.NDArray[np.float32]) -> int:
    if xs.size == 0:
        return 0
    angles = np.arange(-_MAX_SKEW, _MAX_SKEW + 1.0, 1.0)
    level = max(sharpness(xs, ys, angle) for angle in angles)
    vertical = max(sharpness(ys, xs, angle) for angle in angles)
    return 1 if vertical > _SIDEWAYS * level else 0


def _ink_points(
    gray: Gray, dpi: float
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], tuple[int, int]]:
    """Return rows and columns of pixels with ink, at about `_SKEW_DPI`, and the size at that scale."""
    small = block_reduce(gray, max(round(dpi / _SKEW_DPI), 1), np.minimum)
    paper = resize(background(small, 10), small.shape[1], small.shape[0], Image.Resampling.BILINEAR)
    rows, columns = np.nonzero(paper.astype(np.int16) - small > 70)  # noqa: PLR2004 - print, not texture
    if rows.size > _MAX_INK_PIXELS:
        step = rows.size // _MAX_INK_PIXELS + 1
        rows, columns = rows[::step], columns[::step]
    return rows.astype(np.float32), columns.astype(np.float32), (small.shape[0], small.shape[1])
