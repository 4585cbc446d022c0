"""The text layer of a PDF page: words and lines with their boxes, from pdfium."""

from __future__ import annotations

import ctypes
import re
from typing import TYPE_CHECKING, Final, NamedTuple

import pypdfium2.raw as pdfium_c

from server_stub.ocr.model import Word
from server_stub.ocr.pages import Line, TextLayer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from server_stub.ocr.model import Box

    Transform = Callable[[float, float], tuple[float, float]]

# pdfium writes U+0002 for a hyphen at the end of a line and U+FFFE for one that it wants to hide.
_HYPHENS: Final = {0x02: "-", 0xFFFE: "-", 0x00AD: "-"}
_WORD_OR_BREAK: Final = re.compile(r"[^\s\x00\x1c-\x1f]+|[\r\n]+")
_SURROGATES: Final = re.compile("[\ud800-\udfff]")
_REPLACEMENT: Final = 0xFFFD
_LAST_UNIT: Final = 0xFFFF
_MAX_DEPTH: Final = 4
_INVISIBLE: Final = pdfium_c.FPDF_TEXTRENDERMODE_INVISIBLE
# Glyphs without a meaning: private use, replacement, control characters.
_MEANINGLESS: Final = re.compile("[\x00\x01\x03-\x08\x0e-\x1b\x7f-\x9f\ue000-\uf8ff\ufffd]")
# A gap of this many line heights starts a new paragraph.
_PARAGRAPH_GAP: Final = 0.9
# Words whose heights overlap by this share stand on one line.
_SAME_LINE: Final = 0.6


class _Piece(NamedTuple):
    word: Word
    starts_line: bool


def read(page: object, text_page: object, transform: Transform) -> TextLayer:
    """Read the text layer of a page.

    Args:
        page: pdfium's handle of the page.
        text_page: pdfium's handle of its text.
        transform: From PDF user space to points with the origin at the top left of the shown page.
    """
    pieces, unmapped = _words(text_page, transform)
    lines = tuple(_lines(pieces))
    characters = sum(len(piece.word.text) for piece in pieces)
    return TextLayer(
        lines,
        unmapped=unmapped / characters if characters else 0.0,
        invisible=bool(lines) and _only_invisible(page),
    )


def _words(text_page: object, transform: Transform) -> tuple[list[_Piece], int]:
    text = _text(text_page)
    pieces = []
    unmapped = 0
    starts_line = True
    box_of = _BoxReader(text_page, transform)
    for match in _WORD_OR_BREAK.finditer(text):
        found = match.group()
        if found[0] in "\r\n":
            starts_line = True
            continue
        first, last = match.start(), match.end() - 1
        box = box_of(first, last)
        # A font maps all of its characters or none; asking for one character per word is enough.
        meaningless = len(_MEANINGLESS.findall(found))
        if pdfium_c.FPDFText_HasUnicodeMapError(text_page, first) == 1:
            meaningless = len(found)
        unmapped += meaningless
        pieces.append(
            _Piece(
                Word(_joined(found).translate(_HYPHENS), box, 0.0 if meaningless else 1.0),
                starts_line,
            )
        )
        starts_line = "\x02" in found[-1]
    return pieces, unmapped


def _text(text_page: object) -> str:
    """Return the text so that each index is the index of pdfium's character."""
    count = max(pdfium_c.FPDFText_CountChars(text_page), 0)
    if count == 0:
        return ""
    buffer = (ctypes.c_ushort * (count + 1))()
    written = pdfium_c.FPDFText_GetText(text_page, 0, count, buffer)
    text = bytes(buffer)[: 2 * max(written - 1, 0)].decode("utf-16-le", "surrogatepass")
    if len(text) == count:
        return text
    # Characters without meaning are left out of that text, and pairs of surrogates, which are two
    # characters to pdfium, have become one: ask one by one.
    return "".join(_character(pdfium_c.FPDFText_GetUnicode(text_page, index)) for index in range(count))


def _character(code: int) -> str:
    return chr(code) if 0 < code <= _LAST_UNIT else chr(_REPLACEMENT)


def _joined(text: str) -> str:
    """Make one character of each pair of surrogates."""
    if not _SURROGATES.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


class _BoxReader:
    """Boxes of words, from the loose boxes (font ascent to descent) of their outer characters."""

    def __init__(self, text_page: object, transform: Transform) -> None:
        self._text_page = text_page
        self._transform = transform
        self._rect = pdfium_c.FS_RECTF()
        self._reference = ctypes.byref(self._rect)

    def __call__(self, first: int, last: int) -> Box:
        rect = self._rect
        xs, ys = [], []
        for index in {first, last}:
            if pdfium_c.FPDFText_GetLooseCharBox(self._text_page, index, self._reference):
                for x, y in (
                    self._transform(rect.left, rect.top),
                    self._transform(rect.right, rect.bottom),
                ):
                    xs.append(x)
                    ys.append(y)
        if not xs:
            return (0.0, 0.0, 0.0, 0.0)
        return (min(xs), min(ys), max(xs), max(ys))


def _lines(pieces: list[_Piece]) -> Iterator[Line]:
    """Join words to lines: pdfium's lines, and cells of a table that stand beside each other."""
    current: list[Word] = []
    previous: Box | None = None
    for piece in pieces:
        if current and piece.starts_line and not _continues(current[-1].box, piece.word.box):
            line = Line(tuple(current), _starts_paragraph(previous, current[0].box))
            previous = line.box
            yield line
            current = []
        current.append(piece.word)
    if current:
        yield Line(tuple(current), _starts_paragraph(previous, current[0].box))


def _continues(before: Box, after: Box) -> bool:
    overlap = min(before[3], after[3]) - max(before[1], after[1])
    height = min(before[3] - before[1], after[3] - after[1])
    return after[0] >= before[2] - 1 and height > 0 and overlap >= _SAME_LINE * height


def _starts_paragraph(before: Box | None, after: Box) -> bool:
    if before is None:
        return False
    height = max(min(before[3] - before[1], after[3] - after[1]), 1.0)
    gap = after[1] - before[3]
    return gap > _PARAGRAPH_GAP * height or after[3] < before[1]


def _only_invisible(page: object) -> bool:
    modes = set(_render_modes(page, pdfium_c.FPDFPage_CountObjects, pdfium_c.FPDFPage_GetObject, 0))
    return modes == {_INVISIBLE}


def _render_modes(
    holder: object,
    count: Callable[[object], int],
    get: Callable[[object, int], object],
    depth: int,
) -> Iterator[int]:
    for index in range(count(holder)):
        item = get(holder, index)
        kind = pdfium_c.FPDFPageObj_GetType(item)
        if kind == pdfium_c.FPDF_PAGEOBJ_TEXT:
            yield pdfium_c.FPDFTextObj_GetTextRenderMode(item)
        elif kind == pdfium_c.FPDF_PAGEOBJ_FORM and depth < _MAX_DEPTH:
            yield from _render_modes(
                item, pdfium_c.FPDFFormObj_CountObjects, pdfium_c.FPDFFormObj_GetObject, depth + 1
            )
