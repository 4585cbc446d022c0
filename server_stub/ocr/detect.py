"""The type of a file, decided by its content and never by its name."""

from __future__ import annotations

from typing import Final

#: How many bytes of the beginning of a file `sniff` wants to see.
HEAD_BYTES: Final = 1032

#: The types that can be recognised, with the extension that a downloaded copy should have.
EXTENSIONS: Final = {
    "application/pdf": ".pdf",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/tiff": ".tif",
    "image/webp": ".webp",
}

_SIGNATURES: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"II+\x00", "image/tiff"),  # BigTIFF
    (b"MM\x00+", "image/tiff"),
)

# Readers accept a PDF header anywhere in the first 1024 bytes (ISO 32000-1, annex H.3, note 13): files
# come with byte order marks and mail headers in front.
_PDF_HEADER_WITHIN: Final = 1024


def sniff(head: bytes) -> str | None:
    """Tell the type of a file from its first bytes.

    Args:
        head: The first `HEAD_BYTES` bytes of the file, or all of it when it is shorter.

    Returns:
        One of the MIME types in `EXTENSIONS`, or ``None`` when the content is none of them.
    """
    for signature, mime_type in _SIGNATURES:
        if head.startswith(signature):
            return mime_type
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    if b"%PDF-" in head[: _PDF_HEADER_WITHIN + len(b"%PDF-")]:
        return "application/pdf"
    return None
