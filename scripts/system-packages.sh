#!/usr/bin/env bash
# Installs what no Python package brings, when it is missing and apt may be used; otherwise says what to do.
# `system-packages.sh`: Tesseract with German and English. `system-packages.sh tests`: Redis, PgBouncer and nss_wrapper
# too, and when run by root Debian's PostgreSQL, without a running one: migrations are tested on it beside the newer one that ships
# with the server.
set -euo pipefail
packages=(tesseract-ocr tesseract-ocr-deu tesseract-ocr-eng)
what="Tesseract with German and English is needed to read scans."
if [ "${1:-}" = tests ]; then
    packages+=(redis-server pgbouncer libnss-wrapper)
    what="$what Redis is needed to test rate limits, PgBouncer to test servers behind it, nss_wrapper for users without a name."
fi

complete() {
    local languages
    languages=$(tesseract --list-langs 2>/dev/null) || return 1
    grep -qx deu <<<"$languages" && grep -qx eng <<<"$languages" || return 1
    [[ "${packages[*]}" != *redis-server* ]] && return 0
    command -v redis-server >/dev/null && PATH=$PATH:/usr/sbin command -v pgbouncer >/dev/null &&
        compgen -G '/usr/lib*/**/libnss_wrapper.so*' >/dev/null
}

has_postgres() {
    compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null
}

install() {
    echo "Installing $*"
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

as_root=()
if [ "$(id -u)" != 0 ]; then
    sudo -n true 2>/dev/null && as_root=(sudo -n) || as_root=(false)
fi
apt=no
command -v apt-get >/dev/null && [ "${as_root[0]:-}" != false ] && apt=yes

if [ "${1:-}" = tests ] && [ "$apt$(id -u)" = yes0 ] && ! has_postgres; then
    apt-get update -qq
    install postgresql-common
    sed -i 's/^#\?create_main_cluster.*/create_main_cluster = false/' /etc/postgresql-common/createcluster.conf
    install postgresql
fi
complete && exit 0
if [ "$apt" = yes ]; then
    "${as_root[@]}" apt-get update -qq
    install "${packages[@]}"
    complete && exit 0
fi
echo "$what Install it, then run this again:" >&2
echo "    sudo apt-get install ${packages[*]}" >&2
exit 1
