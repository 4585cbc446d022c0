"""How large a document may be.

The limits are generous for anything that people scan and tight enough that no document can keep a worker
busy or fill the memory.
"""

from __future__ import annotations

from typing import Final

#: Pages of one document.
MAX_PAGES: Final = 500
#: Pixels along one side of a page. A PDF page is measured at `RASTER_DPI`: 1.69 m.
MAX_SIDE_PIXELS: Final = 20_000
#: Bytes of one decoded image. A black and white page of the largest size still fits.
MAX_IMAGE_BYTES: Final = 420_000_000
#: Resolution at which pages are read. Tesseract wants capitals of 20–40 pixels: 7–12 pt at 300 dpi.
RASTER_DPI: Final = 300.0
#: Pixels of a page as it is read; a larger page is read at a lower resolution.
MAX_RASTER_PIXELS: Final = 40_000_000
#: Address space of the process that recognises a document, and of each program that it starts, in bytes.
MAX_MEMORY_BYTES: Final = 3 * 1024**3
#: Bytes of the answer of that process.
MAX_ANSWER_BYTES: Final = 64 * 1024**2
