"""Write the OpenAPI documents, or check that the committed ones are up to date.

python -m server_stub.api openapi            # write them
python -m server_stub.api --check openapi    # fail when they differ
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from server_stub.api.installation import ROUTERS
from server_stub.api.publication import describe


def main() -> int:
    """Write or check the documents; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m server_stub.api",
        description="Write the OpenAPI document of each version, or check the committed ones.",
        epilog="example: python -m server_stub.api --check openapi",
    )
    parser.add_argument("folder", type=Path, help="where the documents are")
    parser.add_argument("--check", action="store_true", help="change nothing; fail when they differ")
    arguments = parser.parse_args()
    stale = []
    for version, make in ROUTERS.items():
        path = arguments.folder / f"v{version.partition('.')[0]}.json"
        text = json.dumps(describe(version, make()), indent=2, ensure_ascii=False) + "\n"
        if not path.exists() or path.read_text() != text:
            stale.append(path)
            if not arguments.check:
                path.write_text(text)
    if arguments.check and stale:
        names = ", ".join(map(str, stale))
        sys.stderr.write(
            f"{names}: not what the server serves. If the change is meant, run without --check.\n"
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
