#!/usr/bin/env bash
# Installs what the tests of pages in a browser need: Chromium and its driver. Where they cannot be had it says why
# and ends with 1; the tests are then skipped.
set -euo pipefail

no() {
	echo "Chromium cannot be installed: $*; the tests in a browser will be skipped" >&2
	exit 1
}

is_there() {
	command -v chromedriver > /dev/null || return 1
	for name in chromium chromium-browser google-chrome google-chrome-stable; do
		command -v "$name" > /dev/null && return 0
	done
	return 1
}

if is_there; then
	echo "Chromium and its driver are installed already"
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
apt install -y --no-install-recommends chromium chromium-driver
is_there || no "its driver is missing"
echo "Chromium and its driver are installed"
