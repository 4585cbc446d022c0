"""``python -m benchmarks [NAME…]``: run the measurements whose module names begin so; all but the long ones.

Each module of this folder prints its own table and can be run alone: ``python -m benchmarks.ocr``.
"""

from __future__ import annotations

import pkgutil
import subprocess
import sys
from pathlib import Path

#: Measurements of many minutes: only by name.
LONG = ("migrations", "server_growth", "server_load")


def main(names: list[str]) -> int:
    """Run each measurement in a process of its own, so that none warms up or slows down the next."""
    modules = sorted(m.name for m in pkgutil.iter_modules([str(Path(__file__).parent)]) if m.name[0] != "_")
    chosen = [
        module
        for module in modules
        if (module.startswith(tuple(names)) if names else not module.startswith(LONG))
    ]
    if not chosen:
        print(f"No measurement begins with {' or '.join(names)}. There are: {', '.join(modules)}")
        return 2
    failed = []
    for module in chosen:
        print(f"\n=== {module} ===", flush=True)
        if subprocess.run([sys.executable, "-m", f"benchmarks.{module}"], check=False).returncode:
            failed.append(module)
    if failed:
        print(f"\nFailed: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
