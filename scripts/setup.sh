#!/usr/bin/env bash
# Makes .venv ready: `setup.sh run` for the demo and the server, `setup.sh dev` for tests and documentation too.
set -euo pipefail
cd "$(dirname "$0")/.."

find_python() {
    local name
    for name in "${PYTHON:-}" python3.11 python3.12 python3.13 python3.14 python3; do
        if [ -n "$name" ] && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$name"
            return
        fi
    done
    echo "Python 3.11 or newer is needed and was not found. Install it, or name it: PYTHON=/path/to/python make …" >&2
    exit 1
}

bin=.venv/bin
[ "${OS:-}" = Windows_NT ] && bin=.venv/Scripts
if [ ! -x $bin/python ]; then
    python=$(find_python)
    echo "Creating .venv with $("$python" --version)"
    if ! "$python" -m venv .venv; then
        rm -rf .venv
        if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
            apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv >/dev/null
            "$python" -m venv .venv
        else
            echo "The module venv is missing. Install it: sudo apt-get install python3-venv" >&2
            exit 1
        fi
    fi
fi
if [ ! -x $bin/uv ]; then
    $bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt uv
fi

groups=()
[ "$1" = dev ] && groups=(--group dev --group docs)
echo "Installing the Python packages ($1)"
$bin/uv pip install --quiet --python .venv --constraint constraints.txt --editable '.[all]' "${groups[@]}"
touch ".venv/.$1-ready"
