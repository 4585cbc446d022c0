"""Each document is read in a process of its own: what happens there stays there."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
from decimal import Decimal
from typing import TYPE_CHECKING

import psutil
import pytest

from ablage_sdk.formats import complete_ocr_result
from server_stub.ocr import BACKENDS, EngineStatus, OcrError, Recognition, engines, run
from server_stub.ocr.tesseract import installation
from tests.patience import patient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from .conftest import Maker

TIME_LIMIT = 120.0


def processes() -> list[psutil.Process]:
    """What this process started and what that started."""
    return psutil.Process().children(recursive=True)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(patient(60)):
        while not condition():  # noqa: ASYNC110 - other processes tell nobody
            await asyncio.sleep(0.01)


async def pdf(path: Path, backend: str = "auto", timeout: float = TIME_LIMIT) -> Recognition:  # noqa: ASYNC109
    return await run(path, mime_type="application/pdf", backend=backend, language="de", timeout=timeout)


@pytest.fixture
def only_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Let PATH hold nothing, or nothing but a ``tesseract`` that is this shell script."""
    folder = tmp_path / "bin"
    folder.mkdir()

    def replace(script: str) -> None:
        program = folder / "tesseract"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)

    monkeypatch.setenv("PATH", str(folder))
    installation.cache_clear()
    yield replace
    installation.cache_clear()


ANSWERS = 'case "$1" in --version) echo "tesseract 5.0";; --list-langs) echo Languages; echo deu; echo eng;; '


async def test_the_result_is_that_of_the_work_in_this_process(
    examples: Path, read: Callable[[Path], Recognition]
) -> None:
    there, here = await pdf(examples / "mixed.pdf"), read(examples / "mixed.pdf")
    assert there.processing_time > 0
    assert (there.text, there.confidence, there.blocks, there.coverage, there.engines) == (
        here.text,
        here.confidence,
        here.blocks,
        here.coverage,
        here.engines,
    )


async def test_the_result_is_an_ocr_result_of_format_two(examples: Path) -> None:
    result = (await pdf(examples / "invoice.pdf")).as_ocr_result()
    assert complete_ocr_result(result) == result == json.loads(json.dumps(result))
    assert result["metadata"] == {
        "language": "de",
        "pages": 2,
        "processing_time": result["metadata"]["processing_time"],  # type: ignore[index]  # a JSON object
        "coverage": pytest.approx(1.0, abs=0.05),
        "engines": ["text-layer", "text-layer"],
    }
    assert result["backend"] == "text-layer"


async def test_an_unknown_backend_is_the_callers_mistake(examples: Path) -> None:
    with pytest.raises(ValueError, match="auto, text-layer, tesseract"):
        await pdf(examples / "invoice.pdf", backend="magic")


async def test_time_that_is_up_ends_the_document_and_all_its_processes(examples: Path) -> None:
    with pytest.raises(OcrError, match="OCR_TIMEOUT_SECONDS") as caught:
        await pdf(examples / "letter.pdf", timeout=0.001)
    assert caught.value.code == "OCR_TIMEOUT"
    assert processes() == []


@pytest.mark.parametrize("end", ["cancel", "timeout"])
async def test_a_program_that_hangs_is_killed_with_its_children(
    make: Maker, only_program: Callable[[str], None], end: str
) -> None:
    sleep = shutil.which("sleep", path="/bin:/usr/bin")
    only_program(f"{ANSWERS} *) {sleep} 1234 & wait;; esac")
    scan = make.picture_pdf(make.picture("hängt"))
    task = asyncio.create_task(pdf(scan, timeout=20.0 if end == "timeout" else TIME_LIMIT))
    await until(lambda: any(process.name() == "sleep" for process in processes()))
    sleeping = [process for process in processes() if process.name() == "sleep"]
    if end == "cancel":
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    else:
        with pytest.raises(OcrError, match="OCR_TIMEOUT"):
            await task
    await until(lambda: not any(process.is_running() for process in sleeping))
    assert not [process for process in processes() if process.status() != psutil.STATUS_ZOMBIE]


async def test_a_crash_of_the_reader_fails_the_document_only(
    make: Maker, only_program: Callable[[str], None], caplog: pytest.LogCaptureFixture
) -> None:
    only_program(f"{ANSWERS} *) kill -SEGV $PPID;; esac")
    with pytest.raises(OcrError, match="upload that copy") as caught:
        await pdf(make.picture_pdf(make.picture("stürzt ab")))
    assert caught.value.code == "OCR_FAILED"
    assert "status -11" in caplog.text


async def test_what_tesseract_says_reaches_the_owner(
    make: Maker, only_program: Callable[[str], None]
) -> None:
    only_program(f"{ANSWERS} *) echo 'Image too small' >&2; exit 1;; esac")
    with pytest.raises(OcrError, match="status 1 on this page: Image too small") as caught:
        await pdf(make.picture_pdf(make.picture("x")))
    assert caught.value.code == "OCR_FAILED"


@pytest.mark.usefixtures("only_program")
async def test_without_tesseract_a_scan_says_what_to_install(examples: Path) -> None:
    for backend in ("auto", "tesseract"):
        with pytest.raises(OcrError) as caught:
            await pdf(examples / "letter.pdf", backend)
        assert caught.value.code == "OCR_BACKEND_UNAVAILABLE"
        assert "apt-get install tesseract-ocr tesseract-ocr-deu tesseract-ocr-eng" in caught.value.message


@pytest.mark.usefixtures("only_program")
async def test_without_tesseract_a_text_layer_is_read_all_the_same(examples: Path) -> None:
    result = await pdf(examples / "invoice.pdf")
    assert result.confidence == Decimal("1.0000")


@pytest.mark.usefixtures("only_program")
def test_engines_name_what_is_missing() -> None:
    states = {state.name: state for state in engines()}
    assert list(states) == list(BACKENDS)
    assert states["auto"].available
    assert states["text-layer"].available
    assert not states["tesseract"].available
    assert "apt-get install tesseract-ocr" in states["tesseract"].detail
    assert "apt-get install tesseract-ocr" in states["auto"].detail


def test_engines_are_all_there_where_all_is_installed() -> None:
    installation.cache_clear()
    found = installation()
    assert found is not None
    assert engines()[2] == EngineStatus("tesseract", available=True, detail=f"Tesseract {found.version}")


async def test_secrets_of_the_server_stay_with_the_server(
    make: Maker, only_program: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_KEY", "do-not-tell")
    only_program(f'{ANSWERS} *) echo "has $SECRET_KEY$PYTHONPATH nothing" >&2; exit 1;; esac')
    with pytest.raises(OcrError, match="has  nothing"):
        await pdf(make.picture_pdf(make.picture("x")))


async def test_programs_run_within_limits(make: Maker, only_program: Callable[[str], None]) -> None:
    only_program(
        f'{ANSWERS} *) echo "core $(ulimit -c) file $(ulimit -f) memory $(ulimit -v) cpu $(ulimit -t)'
        ' threads $OMP_THREAD_LIMIT" >&2; exit 1;; esac'
    )
    with pytest.raises(OcrError) as caught:
        await pdf(make.picture_pdf(make.picture("x")), timeout=100)
    assert f"core 0 file 0 memory {3 * 1024**2} cpu 105 threads 1" in caught.value.message


async def test_the_process_ends_with_the_server(make: Maker, only_program: Callable[[str], None]) -> None:
    """``kill -9`` of the server leaves nothing behind that reads on."""
    sleep = shutil.which("sleep", path="/bin:/usr/bin")
    only_program(f"{ANSWERS} *) exec {sleep} 4321;; esac")
    scan = make.picture_pdf(make.picture("hängt"))
    script = (
        "import asyncio, pathlib, sys; from server_stub.ocr import run;"
        "asyncio.run(run(pathlib.Path(sys.argv[1]), mime_type='application/pdf', backend='auto',"
        "language='de', timeout=100))"
    )
    server = await asyncio.create_subprocess_exec(sys.executable, "-c", script, str(scan), env=os.environ)
    await until(lambda: any(process.name() == "sleep" for process in processes()))
    left = processes()
    server.kill()
    await server.wait()
    await until(lambda: not any(running(process) for process in left))


def running(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def test_modules_in_the_working_directory_are_not_imported(
    examples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "numpy.py").write_text("raise SystemExit('the wrong numpy')")
    monkeypatch.chdir(tmp_path)
    assert (await pdf(examples / "invoice.pdf")).page_count == 2
