"""The engines, behind one protocol."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Final, Protocol

from server_stub.ocr import ink, plausibility, preprocess, tesseract
from server_stub.ocr.model import OcrError, Word
from server_stub.ocr.pages import Line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from server_stub.ocr.ink import Ink
    from server_stub.ocr.pages import Page

# A text layer with a larger share of meaningless characters is not text.
_MAX_UNMAPPED: Final = 0.1
# A text layer that explains this share of the ink needs no help.
_ENOUGH: Final = 0.65
# Below this mean confidence a page may stand on its head.
_DOUBTFUL: Final = 0.7
# Confidence in a text layer that looks like no language and that nothing confirms.
_GUESS: Final = 0.5


@dataclass(frozen=True, slots=True)
class PageResult:
    """What an engine read on one page.

    Attributes:
        lines: In reading order.
        coverage: Share of the ink inside words recognised with a confidence of at least 0.6.
        engine: The engine or, joined by ``+``, the engines that contributed.
    """

    lines: tuple[Line, ...]
    coverage: float
    engine: str


class Engine(Protocol):
    """Something that reads pages."""

    def read(self, page: Page, language: str) -> PageResult:
        """Read one page.

        Raises:
            OcrError: The engine is missing, or the page cannot be read.
        """


class TextLayerEngine:
    """Takes the text that PDF pages carry; needs no recognition and makes no mistakes."""

    def read(self, page: Page, language: str) -> PageResult:  # noqa: ARG002 - the text is there already
        """Read one page; a page that is only a picture has no lines."""
        layer = page.text_layer()
        if layer is None:
            raise OcrError(
                "OCR_FAILED",
                "An image has no text layer. Reprocess the document with the backend auto or tesseract.",
            )
        return _from_layer(layer.lines, ink_on(page))


class TesseractEngine:
    """Recognises the rendered page with Tesseract."""

    def read(self, page: Page, language: str) -> PageResult:
        """Read one page."""
        return self.read_ink(page, language, ink_on(page))

    def read_ink(self, page: Page, language: str, printed: Ink) -> PageResult:
        """Read a page whose ink is known.

        Its light is evened and its lines are levelled before; when the result is doubtful, the page may
        be lying upside down and is read again turned over.
        """
        dpi = page.reading_dpi()
        gray = preprocess.even_light(page.render(dpi), dpi)
        level = preprocess.upright(gray, dpi)
        lines = _recognize(level, language)
        if _mean_confidence(lines) < _DOUBTFUL:
            turns = tesseract.orientation(level.gray, dpi)
            if turns:
                other = preprocess.upright(gray, dpi, level.quarter_turns + turns)
                lines = max(lines, _recognize(other, language), key=_certainty)
        return PageResult(lines, ink.coverage(printed, words_of(lines)), "tesseract")


class AutoEngine:
    """Takes the text layer where it explains the page, and recognises the rest."""

    def __init__(self) -> None:
        self._recognizer = TesseractEngine()

    def read(self, page: Page, language: str) -> PageResult:
        """Read one page."""
        layer = page.text_layer()
        if layer is None:
            return self._recognizer.read(page, language)
        printed = ink_on(page)
        words = words_of(layer.lines)
        meaningless = layer.unmapped > _MAX_UNMAPPED or not words
        plausible = not meaningless and plausibility.looks_like_text(word.text for word in words)
        found = _from_layer(layer.lines, printed)
        if not printed.any() or (plausible and found.coverage >= _ENOUGH):
            return found
        if not meaningless and tesseract.installation() is None:
            return found  # what it misses shows in its coverage
        read = self._recognizer.read_ink(page, language, printed)
        if meaningless or not (plausible or plausibility.agrees(words, words_of(read.lines))):
            return read
        found = PageResult(layer.lines, ink.coverage(printed, words), "text-layer")
        if layer.invisible:
            return max(found, read, key=lambda result: result.coverage)
        return _with_pictures(found, read, printed)


#: Makers of the engines, by the names in `server_stub.ocr.BACKENDS`.
ENGINES: Final[Mapping[str, Callable[[], Engine]]] = {
    "auto": AutoEngine,
    "text-layer": TextLayerEngine,
    "tesseract": TesseractEngine,
}


def ink_on(page: Page) -> Ink:
    """Measure what is printed on a page."""
    return ink.ink_of(page.render(ink.INK_DPI))


def words_of(lines: Iterable[Line]) -> list[Word]:
    """Return all words, in reading order."""
    return [word for line in lines for word in line.words]


def _from_layer(lines: tuple[Line, ...], printed: Ink) -> PageResult:
    """Take a text layer as it is; one that does not look like text is only guessed to be some."""
    if not plausibility.looks_like_text(word.text for word in words_of(lines)):
        lines = tuple(
            replace(
                line, words=tuple(replace(word, confidence=_GUESS * word.confidence) for word in line.words)
            )
            for line in lines
        )
    return PageResult(lines, ink.coverage(printed, words_of(lines)), "text-layer")


def _with_pictures(found: PageResult, read: PageResult, printed: Ink) -> PageResult:
    """Add what was read in pictures to the text of a layer, which is certain."""
    taken = [word.box for word in words_of(found.lines)]
    new = []
    for line in read.lines:
        words = tuple(
            word
            for word in line.words
            if word.confidence >= ink.MIN_CONFIDENCE and not any(_overlap(word, box) for box in taken)
        )
        if words:
            new.append(Line(words, line.starts_paragraph))
    if not new:
        return found
    lines = tuple(_in_order(found.lines, new))
    return PageResult(lines, ink.coverage(printed, words_of(lines)), f"{found.engine}+{read.engine}")


def _recognize(level: preprocess.Upright, language: str) -> tuple[Line, ...]:
    lines = []
    paragraph: tuple[str, ...] | None = None
    found = tesseract.read(level.gray, level.dpi, language)
    for _, group in groupby(found, key=lambda word: word.line):
        members = list(group)
        words = tuple(Word(word.text, level.to_page(word.box), word.confidence) for word in members)
        lines.append(Line(words, paragraph is not None and members[0].paragraph != paragraph))
        paragraph = members[0].paragraph
    return tuple(lines)


def _certainty(lines: Iterable[Line]) -> float:
    return sum(word.confidence * len(word.text) for line in lines for word in line.words)


def _mean_confidence(lines: Iterable[Line]) -> float:
    length = sum(len(word.text) for line in lines for word in line.words)
    return _certainty(lines) / length if length else 0.0


def _overlap(word: Word, box: tuple[float, float, float, float]) -> bool:
    x0, y0, x1, y1 = word.box
    return min(x1, box[2]) - max(x0, box[0]) > 0 and min(y1, box[3]) - max(y0, box[1]) > (y1 - y0) / 4


def _in_order(certain: Iterable[Line], new: Iterable[Line]) -> list[Line]:
    """Put each new line before the first certain one that begins below it."""
    lines = list(certain)
    for line in new:
        below = (index for index, other in enumerate(lines) if other.box[1] >= line.box[3])
        lines.insert(next(below, len(lines)), line)
    return lines
