"""How well and how fast documents are read.

    python -m benchmarks.ocr [--quick]

Prints, for each document whose true text is known, the character error rate (edits per character of the
truth, white space aside), processor seconds per page (own and Tesseract's, best of several readings), and,
for scans, the same for Tesseract alone on the same pages. ``ABLAGE_SAMPLES`` names a folder of further
documents. Exits with 1 when an error rate is above its limit; times depend on the machine, whose speed is
printed with them, and only say so.
"""

from __future__ import annotations

import asyncio
import os
import re
import resource
import sys
import tempfile
import time
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import numpy as np
import pypdfium2 as pdfium
from PIL import Image
from rapidfuzz.distance import Levenshtein
from rich.console import Console
from rich.table import Table

from server_stub.ocr import engines, recognize, run, sniff, tesseract
from server_stub.ocr.recognition import open_document

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples" / "documents"
SAMPLES = Path(os.environ.get("ABLAGE_SAMPLES", "not-set"))

BORN_DIGITAL, SCAN, BADLY_LIT = 0.0, 0.012, 0.015
TEXT_LAYER_SECONDS, SCAN_SECONDS = 0.005, 1.2
NAMESPACE = re.compile(r"\{.*\}")


@dataclass(frozen=True)
class Case:
    """A document, its truth, the error rate that it may have and the processor seconds a page may take."""

    name: str
    path: Path
    truth: str
    limit: float
    seconds: float = SCAN_SECONDS


def cases(folder: Path) -> list[Case]:
    found = [
        example("invoice.pdf", BORN_DIGITAL, TEXT_LAYER_SECONDS),
        example("letter.pdf", SCAN),
        example("minutes.tiff", SCAN),
        example("mixed.pdf", SCAN),
        example("notice.png", BADLY_LIT),
    ]
    scans = SAMPLES / "scans"
    if scans.is_dir():
        truth = (scans / "linn.txt").read_text(encoding="utf-8")
        found += [
            Case(name, scans / name, truth, SCAN)
            for name in ("linn.png", "ccitt.pdf", "skew.pdf", "rotated_skew.pdf")
        ]
        found.append(
            Case("linn.png, badly lit, 4° askew", spoilt(scans / "linn.png", folder), truth, BADLY_LIT)
        )
    return found


def example(name: str, limit: float, seconds: float = SCAN_SECONDS) -> Case:
    path = EXAMPLES / name
    return Case(name, path, path.with_suffix(".txt").read_text(encoding="utf-8"), limit, seconds)


def spoilt(path: Path, folder: Path) -> Path:
    """Lay a scan askew and light it from one corner, with a shadow across."""
    with Image.open(path) as picture:
        askew = picture.convert("L").rotate(4, Image.Resampling.BICUBIC, expand=True, fillcolor=255)
    pixels = np.asarray(askew).astype(np.float64)
    height, width = pixels.shape
    down, right = np.mgrid[0:height, 0:width] / np.array([height, width]).reshape(2, 1, 1)
    light = (1 - 0.4 * right - 0.15 * down) * (1 - 0.4 / (1 + np.exp(-24 * (down + 0.5 * right - 0.8))))
    noise = np.random.default_rng(7).normal(0, 3, pixels.shape)
    target = folder / "spoilt.png"
    Image.fromarray(np.clip(pixels * light + noise, 0, 255).astype(np.uint8)).save(target)
    return target


def error_rate(truth: str, text: str) -> float:
    truth, text = " ".join(truth.split()), " ".join(text.split())
    return Levenshtein.distance(truth, text) / len(truth)


def processor_seconds() -> float:
    own, others = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime


def best_time(work: Callable[[], object], times: int) -> float:
    """The least processor time of several runs, in seconds: other programs only ever add to it."""
    seconds = []
    for _ in range(times):
        before = processor_seconds()
        work()
        seconds.append(processor_seconds() - before)
    return min(seconds)


def mime_type(path: Path) -> str:
    found = sniff(path.read_bytes()[:2048])
    assert found is not None
    return found


def read_by_tesseract_alone(path: Path) -> str:
    """Give the pages to Tesseract as they are."""
    texts = []
    with open_document(path, mime_type(path)) as document:
        for page in document.pages():
            dpi = page.reading_dpi()
            texts.append(" ".join(word.text for word in tesseract.read(page.render(dpi), dpi, "de")))
    return "\f".join(texts)


def measure(table: Table, case: Case, times: int) -> bool:
    """Measure a document, add its row, and tell whether it is read well enough."""
    kind = mime_type(case.path)
    result = recognize(case.path, mime_type=kind, backend="auto", language="de")
    rate = error_rate(case.truth, result.text)
    fast = set(result.engines) == {"text-layer"}
    seconds = (
        best_time(
            lambda: recognize(case.path, mime_type=kind, backend="auto", language="de"),
            20 * times if fast else times,
        )
        / result.page_count
    )
    alone, alone_seconds = "", ""
    if not fast:
        texts: list[str] = []
        spent = best_time(lambda: texts.append(read_by_tesseract_alone(case.path)), times)
        alone = f"{error_rate(case.truth, texts[0]):.2%}"
        alone_seconds = f"{spent / result.page_count:.2f}"
    good = rate <= case.limit
    table.add_row(
        case.name,
        str(result.page_count),
        "+".join(sorted(set("+".join(result.engines).split("+")))),
        f"[{'green' if good else 'red'}]{rate:.2%}[/]",
        f"≤ {case.limit:.1%}",
        f"[{'green' if seconds <= case.seconds else 'yellow'}]{seconds:.{4 if fast else 2}f}[/]",
        f"≤ {case.seconds:g}",
        str(result.confidence),
        str(result.coverage),
        alone,
        alone_seconds,
    )
    return good


def invoice_facts(path: Path) -> list[str]:
    """Read from the XML in an invoice what must stand on it: number, seller, totals, as they are printed."""
    pdf = pdfium.PdfDocument(path)
    try:
        data = bytes(pdf.get_attachment(0).get_data())
    finally:
        pdf.close()
    root = ET.fromstring(data)  # noqa: S314 - documents that the caller chose
    facts = []
    for wanted in (
        ("ExchangedDocument", "ID"),
        ("SellerTradeParty", "Name"),
        ("BuyerTradeParty", "Name"),
        ("SpecifiedTradeSettlementHeaderMonetarySummation", "LineTotalAmount"),
        ("SpecifiedTradeSettlementHeaderMonetarySummation", "GrandTotalAmount"),
        ("SpecifiedTradeSettlementHeaderMonetarySummation", "DuePayableAmount"),
    ):
        parent, child = wanted
        texts = [
            element.text
            for holder in root.iter()
            if NAMESPACE.sub("", holder.tag) == parent
            for element in holder
            if NAMESPACE.sub("", element.tag) == child and element.text
        ]
        facts += [as_printed(text, amount=child.endswith("Amount")) for text in texts[:1]]
    return facts


def as_printed(text: str, *, amount: bool) -> str:
    if not amount:
        return " ".join(text.split())
    return f"{Decimal(text):,.2f}".translate(str.maketrans(",.", ".,"))


def measure_invoices(console: Console) -> bool:
    """Compare invoices with the XML that they carry."""
    good = True
    for path in sorted((SAMPLES / "invoices").glob("*.pdf")):
        facts = invoice_facts(path)
        result = recognize(path, mime_type="application/pdf", backend="auto", language="de")
        text = " ".join(result.text.split())
        found = [fact for fact in facts if fact in text]
        seconds = best_time(
            lambda path=path: recognize(  # type: ignore[misc]  # mypy cannot type a default in a lambda
                path, mime_type="application/pdf", backend="auto", language="de"
            ),
            20,
        )
        good &= found == facts
        console.print(
            f"{path.name}: {len(found)} of {len(facts)} facts of its XML found, "
            f"{seconds / result.page_count * 1000:.1f} ms a page, coverage {result.coverage}"
        )
    return good


async def measure_process(console: Console) -> None:
    """Say what a process for each document costs."""
    path = EXAMPLES / "invoice.pdf"
    before, started = processor_seconds(), time.monotonic()
    for _ in range(5):
        await run(path, mime_type="application/pdf", backend="auto", language="de", timeout=60)
    console.print(
        f"A process for each document: {(time.monotonic() - started) / 5:.2f} s, "
        f"{(processor_seconds() - before) / 5:.2f} CPU s, with the two pages of invoice.pdf in it"
    )


def main(arguments: list[str]) -> int:
    console = Console(width=None if sys.stdout.isatty() else 170)
    times = 1 if "--quick" in arguments else 3
    table = Table(title="OCR: character error rate and processor seconds per page")
    for heading in ("document", "pages", "engine"):
        table.add_column(heading)
    for heading in (
        "errors",
        "limit",
        "CPU s/page",
        "limit",
        "confidence",
        "coverage",
        "alone: errors",
        "CPU s/page",
    ):
        table.add_column(heading, justify="right")
    with tempfile.TemporaryDirectory() as folder:
        good = [measure(table, case, times) for case in cases(Path(folder))]
    console.print(table)
    console.print("alone: the same pages given to Tesseract as they are, with the same languages")
    if SAMPLES.is_dir():
        good.append(measure_invoices(console))
    else:
        console.print("ABLAGE_SAMPLES is not set: only the project's own documents were measured.")
    asyncio.run(measure_process(console))
    loop = best_time(lambda: sum(range(10_000_000)), 5)
    console.print(f"This machine: sum(range(10_000_000)) takes {loop:.2f} CPU s; {engines()[2].detail}")
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
