"""What `ablage-migrate code` costs for files without Ablage, and for others beside LibCST's own work."""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

from libcst import parse_module
from libcst.metadata import MetadataWrapper, ScopeProvider

from ablage_client_compat.migrate.code.rewriter import rewrite
from ablage_client_compat.migrate.code.runner import migrate_code

CORPUS = Path(__file__).parents[1] / "tests" / "compat" / "corpus" / "programs"
FILES, ROUNDS = 3000, 5
#: Files a second and core at least; share of LibCST's parse and scope analysis at most.
PASSED_OVER, REWRITTEN = 2000, 1.5


def passed_over() -> float:
    """Return files per second that are looked at and found to be none of our business."""
    source = "\n".join(f"def function_{n}(value):\n    return value + {n}\n" for n in range(60))
    with tempfile.TemporaryDirectory() as folder:
        for number in range(FILES):
            path = Path(folder, f"package_{number // 100}", f"module_{number}.py")
            path.parent.mkdir(exist_ok=True)
            path.write_text(source, encoding="utf-8")
        rates = []
        for _ in range(ROUNDS):
            start = time.process_time()
            summary = migrate_code([Path(folder)], jobs=1)
            rates.append(summary.scanned / (time.process_time() - start))
    return statistics.median(rates)


def rewritten() -> tuple[float, float, int]:
    """Return CPU seconds of LibCST's parse and scopes and of the whole rewrite, both over the corpus."""
    sources = [path.read_text(encoding="utf-8") for path in sorted(CORPUS.glob("*.py"))]
    theirs, ours = [], []
    for _ in range(ROUNDS):
        start = time.process_time()
        for source in sources:
            MetadataWrapper(parse_module(source)).resolve(ScopeProvider)
        middle = time.process_time()
        for source in sources:
            rewrite(source)
        ours.append(time.process_time() - middle)
        theirs.append(middle - start)
    lines = sum(source.count("\n") for source in sources)
    return statistics.median(theirs), statistics.median(ours), lines


def main() -> int:
    """Print both figures; the exit code tells whether they are within their bounds."""
    rate = passed_over()
    theirs, ours, lines = rewritten()
    share = ours / theirs
    good = rate >= PASSED_OVER, share <= REWRITTEN
    print(
        f"files without Ablage      {rate:8.0f} /s/core     ≥ {PASSED_OVER}  {'ok' if good[0] else 'MISSED'}"
    )
    print(f"LibCST parse + scopes     {theirs * 1000:8.0f} ms for {lines} lines")
    print(f"whole rewrite             {ours * 1000:8.0f} ms")
    print(
        f"share                     {share:8.2f}             ≤ {REWRITTEN}   {'ok' if good[1] else 'MISSED'}"
    )
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
