#!/usr/bin/env bash
# Installs what no Python package brings, when it is missing and apt may be used; otherwise says what to do.
# `system-packages.sh`: Tesseract with German and English. `system-packages.sh tests`: Redis too.
set -euo pipefail
packages=(tesseract-ocr tesseract-ocr-deu tesseract-ocr-eng)
what="Tesseract with German and English is needed to read scans."
if [ "${1:-}" = tests ]; then
    packages+=(redis-server)
    what="$what Redis is needed to test rate limits."
fi

complete() {
    local languages
    languages=$(tesseract --list-langs 2>/dev/null) || return 1
    grep -qx deu <<<"$languages" && grep -qx eng <<<"$languages" || return 1
    [[ "${packages[*]}" != *redis-server* ]] || command -v redis-server >/dev/null
}

complete && exit 0
as_root=()
if [ "$(id -u)" != 0 ]; then
    sudo -n true 2>/dev/null && as_root=(sudo -n) || as_root=(false)
fi
if command -v apt-get >/dev/null && [ "${as_root[0]:-}" != false ]; then
    echo "Installing ${packages[*]}"
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${packages[@]}" >/dev/null
    complete && exit 0
fi
echo "$what Install it, then run this again:" >&2
echo "    sudo apt-get install ${packages[*]}" >&2
exit 1
