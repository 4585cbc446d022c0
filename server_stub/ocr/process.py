"""Start a process for each document, wait for its answer, and leave nothing of it behind."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import math
import os
import signal
import sys
from typing import TYPE_CHECKING, Final

from server_stub.ocr.limits import MAX_ANSWER_BYTES
from server_stub.ocr.model import BACKENDS, OcrError, Recognition

if TYPE_CHECKING:
    from pathlib import Path

_log = logging.getLogger(__name__)

#: Processor seconds beyond the time limit: the wall clock is what normally ends a document.
_CPU_GRACE: Final = 5
_PASSED_ON: Final = ("PATH", "TESSDATA_PREFIX", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT")
_CRASHED: Final = (
    "The document makes the reader fail. Print it to a new PDF, or scan it again, and upload that copy."
)


async def run(path: Path, *, mime_type: str, backend: str, language: str, timeout: float) -> Recognition:  # noqa: ASYNC109 - the time limit of the work
    """Recognise a document in a process of its own: see `server_stub.ocr.run`."""
    if backend not in BACKENDS:
        raise ValueError(f"Unknown OCR backend {backend!r}; known are {', '.join(BACKENDS)}")
    request = {
        "path": _absolute(path),
        "mime_type": mime_type,
        "backend": backend,
        "language": language,
        "cpu_seconds": math.ceil(timeout) + _CPU_GRACE,
        "parent": os.getpid(),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",  # the working directory may hold modules of any name
        "-m",
        "server_stub.ocr.child",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=_environment(),
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(timeout):
            answer = await _converse(process, json.dumps(request).encode())
            status = await process.wait()
    except TimeoutError:
        raise OcrError(
            "OCR_TIMEOUT",
            f"The document was not read within {timeout:g} s. Split it, or raise OCR_TIMEOUT_SECONDS.",
        ) from None
    finally:
        await _end(process)
    return _result(answer, status)


async def _converse(process: asyncio.subprocess.Process, request: bytes) -> bytes:
    stdin, stdout = process.stdin, process.stdout
    if stdin is None or stdout is None:
        raise RuntimeError("the process was started without pipes")
    with contextlib.suppress(ConnectionError):  # it died; its exit status tells more
        stdin.write(request)
        await stdin.drain()
    stdin.close()
    answer = bytearray()
    while chunk := await stdout.read(1 << 16):
        answer += chunk
        if len(answer) > MAX_ANSWER_BYTES:
            raise OcrError(
                "OCR_FAILED",
                f"The document has more than {MAX_ANSWER_BYTES >> 20} MB of text. Split it.",
            )
    return bytes(answer)


async def _end(process: asyncio.subprocess.Process) -> None:
    """Kill the process and all that it started, and wait until it is gone."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await asyncio.shield(process.wait())


def _result(answer: bytes, status: int) -> Recognition:
    if -status == signal.SIGXCPU:
        raise OcrError("OCR_TIMEOUT", "The document takes too much processor time to read. Split it.")
    try:
        message = json.loads(answer)
    except ValueError:
        _log.error("the OCR process ended with status %d and no answer", status)
        raise OcrError("OCR_FAILED", _CRASHED) from None
    if "error" in message:
        raise OcrError(message["error"]["code"], message["error"]["message"])
    if "recognition" not in message:
        _log.error("the OCR process failed: %s", message.get("failure"))
        raise OcrError("OCR_FAILED", _CRASHED)
    return Recognition.from_message(message["recognition"])


def _absolute(path: Path) -> str:
    return os.fspath(path.absolute())


def _environment() -> dict[str, str]:
    """Return what the process needs and no more: the server's secrets are in its environment too."""
    return {
        **{name: os.environ[name] for name in _PASSED_ON if name in os.environ},
        "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry),
        "LC_ALL": "C.UTF-8",
        "OMP_NUM_THREADS": "1",
        "OMP_THREAD_LIMIT": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
