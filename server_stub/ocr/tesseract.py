"""Tesseract as a program of its own, and its table of words."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from server_stub.ocr import languages
from server_stub.ocr.model import OcrError
from server_stub.ocr.sandbox import die_with_parent

if TYPE_CHECKING:
    from server_stub.ocr.model import Box
    from server_stub.ocr.pages import Gray

INSTALL: Final = "apt-get install tesseract-ocr tesseract-ocr-deu tesseract-ocr-eng"

_COLUMNS: Final = 12
_WORD_LEVEL: Final = "5"
_ASKING_SECONDS: Final = 20.0
# Looking a second time for white letters on black costs a tenth and found nothing on pages of print.
_SETTINGS: Final = ("--oem", "1", "-c", "tessedit_do_invert=0")


@dataclass(frozen=True, slots=True)
class Found:
    """A word that Tesseract found.

    Attributes:
        text: The word.
        box: In pixels.
        confidence: 0–1.
        line: Tells the words of one line from those of others.
        paragraph: Tells the lines of one paragraph from those of others.
    """

    text: str
    box: Box
    confidence: float
    line: tuple[str, ...]
    paragraph: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Installation:
    """The Tesseract of this machine."""

    program: str
    version: str
    languages: frozenset[str]


@cache
def installation() -> Installation | None:
    """Look for Tesseract, once per process; ``None`` when it is not installed or does not start."""
    program = shutil.which("tesseract")
    if program is None:
        return None
    try:
        version, listed = (
            subprocess.run(
                [program, argument],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=_ASKING_SECONDS,
                check=True,
                encoding="utf-8",
                errors="replace",
            ).stdout.splitlines()
            for argument in ("--version", "--list-langs")
        )
    except (OSError, subprocess.SubprocessError):
        return None
    number = version[0].removeprefix("tesseract").strip() if version else "unknown"
    return Installation(program, number, frozenset(line.strip() for line in listed[1:]))


def require(language: str) -> tuple[Installation, str]:
    """Return Tesseract and its names for a language.

    Raises:
        OcrError: Tesseract or the language is not installed; the message says what to install.
    """
    names = languages.for_tesseract(language)
    if names is None:
        raise OcrError(
            "OCR_FAILED", f"{language[:40]!r} is not the name of a language. Use de, en, or deu+eng."
        )
    installed = installation()
    if installed is None:
        raise OcrError(
            "OCR_BACKEND_UNAVAILABLE",
            f"Tesseract is not installed on the server. Install it with: {INSTALL}",
        )
    missing = [name for name in names.split("+") if name not in installed.languages]
    if missing:
        packages = " ".join(languages.package(name) for name in missing)
        raise OcrError(
            "OCR_BACKEND_UNAVAILABLE",
            f"Tesseract has no language data for {', '.join(missing)} on the server. "
            f"Install it with: apt-get install {packages}",
        )
    return installed, names


def read(gray: Gray, dpi: float, language: str) -> list[Found]:
    """Read a level page.

    Raises:
        OcrError: Tesseract is missing or failed.
    """
    installed, names = require(language)
    table = _run(installed, gray, ["-l", names, "--psm", "3", "--dpi", str(round(dpi)), *_SETTINGS, "tsv"])
    return list(filter(None, map(_found, table.splitlines()[1:])))


def orientation(gray: Gray, dpi: float) -> int:
    """Tell how often a page must be turned by 90° counter-clockwise to stand upright.

    Returns:
        0–3; 0 also when Tesseract cannot tell.
    """
    installed = installation()
    if installed is None or "osd" not in installed.languages:
        return 0
    try:
        answer = _run(installed, gray, ["-l", "osd", "--psm", "0", "--dpi", str(round(dpi))])
    except OcrError:
        return 0  # it fails on pages with few letters
    values = dict(line.split(": ", 1) for line in answer.splitlines() if ": " in line)
    try:
        clockwise, confidence = int(values["Rotate"]), float(values["Orientation confidence"])
    except (KeyError, ValueError):
        return 0
    return -clockwise // 90 % 4 if confidence >= 1 else 0


def _run(installed: Installation, gray: Gray, arguments: list[str]) -> str:
    height, width = gray.shape
    picture = b"P5 %d %d 255\n" % (width, height) + gray.tobytes()
    environment = {
        **{name: os.environ[name] for name in ("PATH", "TESSDATA_PREFIX", "TMPDIR") if name in os.environ},
        "LC_ALL": "C.UTF-8",
        # more threads make Tesseract slower, and other documents wait for the same processors
        "OMP_THREAD_LIMIT": "1",
    }
    done = subprocess.run(
        [installed.program, "stdin", "stdout", *arguments],
        input=picture,
        capture_output=True,
        env=environment,
        preexec_fn=die_with_parent,  # safe: the process that recognises has one thread
        check=False,
    )
    if done.returncode:
        last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        raise OcrError(
            "OCR_FAILED",
            f"Tesseract ended with status {done.returncode} on this page"
            + (f": {last[0][:200]}" if last else "."),
        )
    return done.stdout.decode("utf-8", "replace")


def _found(row: str) -> Found | None:
    cells = row.split("\t", _COLUMNS - 1)
    if len(cells) < _COLUMNS or cells[0] != _WORD_LEVEL or not cells[11].strip():
        return None
    left, top, width, height = (int(cell) for cell in cells[6:10])
    return Found(
        cells[11].strip(),
        (left, top, left + width, top + height),
        min(max(float(cells[10]) / 100, 0.0), 1.0),
        line=tuple(cells[2:5]),
        paragraph=tuple(cells[2:4]),
    )
