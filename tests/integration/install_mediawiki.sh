#!/usr/bin/env bash
# Installs what the tests of the real wiki need: Debian's (or Ubuntu's) MediaWiki with SQLite, no web server but
# `php -S`. Where that cannot be had it says why and ends with 1; the tests are then skipped.
set -euo pipefail

no() {
	echo "MediaWiki cannot be installed: $*; the tests against a real one will be skipped" >&2
	exit 1
}

is_there() {
	[ -f /usr/share/mediawiki/maintenance/install.php ] || return 1
	php -r 'exit(array_diff(["intl", "mbstring", "pdo_sqlite", "xml"], array_map("strtolower", get_loaded_extensions())) ? 1 : 0);' \
		2> /dev/null
}

if is_there; then
	echo "MediaWiki is installed already"
	exit 0
fi
command -v apt-get > /dev/null || no "there is no apt-get"
as_root=()
if [ "$(id -u)" != 0 ]; then
	sudo -n true 2> /dev/null || no "that takes root or sudo without a password"
	as_root=(sudo -n)
fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt() {
	"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive timeout 600 apt-get -qq \
		-o Acquire::Retries=2 -o Acquire::http::Timeout=20 -o Acquire::https::Timeout=20 -o DPkg::Lock::Timeout=60 \
		"$@" > "$log" 2>&1 < /dev/null || {
		tail -n 5 "$log" >&2
		no "apt-get $1 failed"
	}
}
apt update
# micro-httpd and php-cgi stand in for the Apache that MediaWiki's package would pull in; neither is started.
apt install -y --no-install-recommends mediawiki micro-httpd php-cgi php-cli php-sqlite3 php-mbstring php-xml php-intl
is_there || no "PHP lacks a module that it needs"
echo "MediaWiki is installed"
