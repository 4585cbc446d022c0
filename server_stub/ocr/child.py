"""The process that recognises one document: a request in JSON on stdin, the answer in JSON on stdout.

Started by `server_stub.ocr.process`, never by hand.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from server_stub.ocr import sandbox
from server_stub.ocr.availability import INSTALL_LIBRARIES, missing_libraries
from server_stub.ocr.model import OcrError


def main() -> None:
    """Read the request, recognise, answer."""
    request = json.load(sys.stdin)
    # Libraries written in C print where they like; only the answer may reach the parent.
    answer = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    with answer:
        json.dump(_answer(request), answer)


def _answer(request: dict[str, str | int]) -> dict[str, object]:
    missing = missing_libraries()
    if missing:
        message = f"The server lacks {', '.join(missing)}. Install them with: {INSTALL_LIBRARIES}"
        return {"error": {"code": "OCR_BACKEND_UNAVAILABLE", "message": message}}
    # Imported before the limits: Python may still write its compiled files.
    from server_stub.ocr.recognition import recognize  # noqa: PLC0415

    sandbox.enter(cpu_seconds=int(request["cpu_seconds"]), parent=int(request["parent"]))
    try:
        recognition = recognize(
            Path(str(request["path"])),
            mime_type=str(request["mime_type"]),
            backend=str(request["backend"]),
            language=str(request["language"]),
        )
    except OcrError as error:
        return {"error": {"code": error.code, "message": error.message}}
    except MemoryError:
        return {"error": {"code": "DOC_PAGE_TOO_LARGE", "message": OUT_OF_MEMORY}}
    except Exception as error:  # noqa: BLE001 - whatever a hostile document brings about ends here
        return {"failure": f"{type(error).__name__}: {error}"[:500]}
    return {"recognition": recognition.as_message()}


OUT_OF_MEMORY = "Reading the document takes more memory than allowed. Scan it at 300 dpi and upload it again."

if __name__ == "__main__":
    main()
