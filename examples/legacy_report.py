"""Report what is in the archive, and how well it could be read.

Reads ABLAGE_API_KEY and ABLAGE_BASE_URL.

    python legacy_report.py              a table
    python legacy_report.py --json       the same, with the whole texts, for other programs
    python legacy_report.py --status completed --min-confidence 0.8
"""

import argparse
import json
import os
import sys
from collections.abc import Iterator
from typing import Any

from ablage_client import AblageClient, Document
from ablage_client.exceptions import AblageAPIError, AblageAuthenticationError

PAGE_SIZE = 20


def all_documents(client: AblageClient, status: str | None = None) -> Iterator[Document]:
    """Turn the pages of the archive until there are no more."""
    page = 1
    while True:
        result = client.documents.list(page=page, page_size=PAGE_SIZE, status=status, sort_order="asc")
        yield from result.items
        if page >= result.total_pages:
            return
        page += 1


def as_row(document: Document) -> dict[str, Any]:
    """Pick what the report shows of a document."""
    ocr = document.ocr_result or {}
    return {
        "id": document.id,
        "filename": document.filename,
        "status": document.status,
        "created": document.created_at.isoformat(),
        "pages": ocr["page_count"],
        "engine": ocr["engine"],
        "seconds": round(ocr["duration"], 2),
        "confidence": document.confidence_score,
        "segments": len(ocr["segments"]),
        "text": document.ocr_text,
        "same_text": ocr["content"] == document.ocr_text,
        "error": document.error_message,
    }


def print_table(rows: list[dict[str, Any]]) -> None:
    """Print the report for people."""
    print(f"{'file':<28} {'status':<11} {'pages':>5} {'engine':<12} {'conf.':>6} {'words':>6}  first words")
    for row in rows:
        words = row["text"].split()
        start = " ".join(words[:6]) or row["error"] or ""
        print(
            f"{row['filename'][:28]:<28} {row['status']:<11} {row['pages']:>5} {row['engine'][:12]:<12} "
            f"{row['confidence']:>6.2f} {len(words):>6}  {start[:48]}"
        )
    done = [row for row in rows if row["status"] == "completed"]
    if done:
        mean = sum(row["confidence"] for row in done) / len(done)
        print(f"\n{len(rows)} documents, {len(done)} completed, mean confidence {mean:.2f}")


def main() -> int:
    """Fetch the documents and report."""
    parser = argparse.ArgumentParser(description="Report what is in the archive.")
    parser.add_argument("--json", action="store_true", help="print JSON, with the whole texts")
    parser.add_argument("--status", help="only documents with this status")
    parser.add_argument("--min-confidence", type=float, default=0.0, help="leave out what was read worse")
    arguments = parser.parse_args()

    if "ABLAGE_API_KEY" not in os.environ:
        print("Please set ABLAGE_API_KEY.", file=sys.stderr)
        return 2
    client = AblageClient(os.environ["ABLAGE_API_KEY"], timeout=60)
    try:
        rows = [as_row(document) for document in all_documents(client, arguments.status)]
    except AblageAuthenticationError:
        print("The server does not accept ABLAGE_API_KEY.", file=sys.stderr)
        return 1
    except AblageAPIError as error:
        print(f"The server cannot be asked: {error.message}", file=sys.stderr)
        return 1
    rows = [row for row in rows if row["confidence"] >= arguments.min_confidence]
    if arguments.json:
        json.dump(rows, sys.stdout, ensure_ascii=False, indent=2)
        print()
    else:
        print_table(rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
