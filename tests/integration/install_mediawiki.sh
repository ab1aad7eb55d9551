#!/usr/bin/env bash
# Installs what the tests of the real wiki need: Debian's (or Ubuntu's) MediaWiki with SQLite, no web server but
# `php -S`. Where that cannot be had it says why and ends with 1; the tests are then skipped.
set -euo pipefail

what="MediaWiki" skipped="the tests against a real one"
. "$(dirname "$0")/../apt.sh"

is_there() {
	[ -f /usr/share/mediawiki/maintenance/install.php ] || return 1
	php -r 'exit(array_diff(["intl", "mbstring", "pdo_sqlite", "xml"], array_map("strtolower", get_loaded_extensions())) ? 1 : 0);' \
		2> /dev/null
}

if is_there; then
	echo "MediaWiki is installed already"
	exit 0
fi
may_install
apt update
# micro-httpd and php-cgi stand in for the Apache that MediaWiki's package would pull in; neither is started.
apt install -y --no-install-recommends mediawiki micro-httpd php-cgi php-cli php-sqlite3 php-mbstring php-xml php-intl
is_there || no "PHP lacks a module that it needs"
echo "MediaWiki is installed"
