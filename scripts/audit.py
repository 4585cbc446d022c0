"""Look through what is required: does every licence allow it, and is a fault of it known?

    python scripts/audit.py

Exits with 1 for a licence that is not in `ALLOWED`, and for a version with a known vulnerability. Where the
package index cannot be asked for vulnerabilities, that is said.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent

#: Parts of names of licences under which a program may be used beside ours. LGPL: loaded, never linked in.
ALLOWED = (
    "MIT", "BSD", "Apache", "ISC", "MPL-2.0", "Mozilla Public License 2.0", "PSF",
    "Python Software Foundation", "LGPL", "0BSD", "Zlib", "CC0", "Unlicense", "DFSG approved",
)  # fmt: skip


def licences() -> int:
    """Return the exit status for the licences of everything that is installed."""
    found = subprocess.run(
        [BIN / "pip-licenses", "--from=mixed", "--partial-match", f"--allow-only={';'.join(ALLOWED)}"],
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    if found.returncode:
        print(found.stderr.strip(), file=sys.stderr)
    return found.returncode


def vulnerabilities() -> int:
    """Return the exit status for what is known of the versions in ``constraints.txt``."""
    found = subprocess.run(
        [
            BIN / "pip-audit", "--requirement", "constraints.txt", "--no-deps", "--disable-pip",
            "--progress-spinner", "off", "--format", "json",
        ],
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    packages = json.loads(found.stdout or "{}").get("dependencies", [])
    asked = [package for package in packages if "skip_reason" not in package]
    if not asked:
        print("Known vulnerabilities: not looked up, the package index tells nothing about them from here.")
        return 0
    for package in asked:
        for fault in package["vulns"]:
            fixed = ", ".join(fault["fix_versions"]) or "nothing yet"
            print(f"{package['name']} {package['version']}: {fault['id']}, fixed in {fixed}", file=sys.stderr)
    return found.returncode


if __name__ == "__main__":
    sys.exit(licences() or vulnerabilities())
