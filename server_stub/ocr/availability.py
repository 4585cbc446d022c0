"""Which engines this machine has, without loading any of them into the server."""

from __future__ import annotations

from importlib.util import find_spec

from server_stub.ocr import tesseract
from server_stub.ocr.model import BACKENDS, EngineStatus

_LIBRARIES = {"numpy": "numpy", "PIL": "pillow", "pypdfium2": "pypdfium2"}
INSTALL_LIBRARIES = 'pip install "ablage-sdk[ocr]"'


def missing_libraries() -> list[str]:
    """Return the libraries of the extra ``ocr`` that are not installed."""
    return [name for module, name in _LIBRARIES.items() if find_spec(module) is None]


def engines() -> list[EngineStatus]:
    """Tell which engines can be used: see `server_stub.ocr.engines`."""
    missing = missing_libraries()
    if missing:
        detail = f"missing {', '.join(missing)}: {INSTALL_LIBRARIES}"
        return [EngineStatus(name, available=False, detail=detail) for name in BACKENDS]
    installed = tesseract.installation()
    if installed is None:
        recognizer = EngineStatus("tesseract", available=False, detail=f"not installed: {tesseract.INSTALL}")
        automatic = f"text layers only; for scans: {tesseract.INSTALL}"
    else:
        lacking = [name for name in ("deu", "eng") if name not in installed.languages]
        if lacking:
            packages = " ".join(f"tesseract-ocr-{name}" for name in lacking)
            automatic = f"no language data for {', '.join(lacking)}: apt-get install {packages}"
            recognizer = EngineStatus("tesseract", available=False, detail=automatic)
        else:
            automatic = f"text layers, and Tesseract {installed.version} for scans"
            recognizer = EngineStatus("tesseract", available=True, detail=f"Tesseract {installed.version}")
    return [
        EngineStatus("auto", available=True, detail=automatic),
        EngineStatus("text-layer", available=True, detail="pdfium"),
        recognizer,
    ]
