"""Documents as engines see them: pages that may have a text layer and can be rendered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, Self, TypeAlias

import numpy as np
import numpy.typing as npt

from server_stub.ocr.limits import MAX_RASTER_PIXELS, RASTER_DPI

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from server_stub.ocr.model import Box, Word

Gray: TypeAlias = npt.NDArray[np.uint8]

POINTS_PER_INCH = 72.0


@dataclass(frozen=True, slots=True)
class Line:
    """A line of words.

    Attributes:
        words: At least one, in reading order.
        starts_paragraph: Whether a blank line belongs before it.
    """

    words: tuple[Word, ...]
    starts_paragraph: bool

    @property
    def text(self) -> str:
        """The words, separated by single blanks."""
        return " ".join(word.text for word in self.words)

    @property
    def box(self) -> Box:
        """The smallest box around all words, in points."""
        boxes = [word.box for word in self.words]
        return (
            min(box[0] for box in boxes),
            min(box[1] for box in boxes),
            max(box[2] for box in boxes),
            max(box[3] for box in boxes),
        )


@dataclass(frozen=True, slots=True)
class TextLayer:
    """The text that a PDF page carries.

    Attributes:
        lines: In the order in which the page draws them.
        unmapped: Share of the characters that have no meaning in Unicode, 0–1.
        invisible: Whether the text is not drawn: the result of an earlier recognition.
    """

    lines: tuple[Line, ...]
    unmapped: float
    invisible: bool


class Page(Protocol):
    """One page of a document."""

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in points, as the page is shown."""

    def text_layer(self) -> TextLayer | None:
        """Return the text that the page carries; ``None`` when its format cannot carry any."""

    def render(self, dpi: float) -> Gray:
        """Draw the page in shades of grey, black on white, at about ``dpi`` pixels per inch."""

    def reading_dpi(self) -> float:
        """Return the resolution at which the page should be rendered to be read."""


class Document(Protocol):
    """An open document."""

    def __len__(self) -> int:
        """Return the number of pages, at least one."""

    def pages(self) -> Iterator[Page]:
        """Yield the pages; a page is valid until the next one is asked for."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def affordable_dpi(size: tuple[float, float], dpi: float = RASTER_DPI) -> float:
    """Lower a resolution until a page of this size (points) has at most `MAX_RASTER_PIXELS`."""
    width, height = size
    square_inches = max(width * height / POINTS_PER_INCH**2, 1e-6)
    return float(min(dpi, (MAX_RASTER_PIXELS / square_inches) ** 0.5))
