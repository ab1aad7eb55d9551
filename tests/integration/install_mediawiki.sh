#!/usr/bin/env bash
# Installs what the tests of the real wiki need: Debian's MediaWiki with SQLite, no web server but `php -S`.
# Where Debian's names are not known it says so; the tests are then skipped.
set -euo pipefail
if ! command -v apt-get > /dev/null; then
	echo "no apt-get here: the tests against a real MediaWiki will be skipped" >&2
	exit 1
fi
sudo=""
[ "$(id -u)" = 0 ] || sudo="sudo"
export DEBIAN_FRONTEND=noninteractive
$sudo apt-get update -qq
# micro-httpd and php-cgi stand in for the Apache that MediaWiki's package would pull in; neither is started.
$sudo apt-get install -y -qq --no-install-recommends mediawiki micro-httpd php-cgi php-cli php-sqlite3 php-mbstring \
	php-xml php-intl
