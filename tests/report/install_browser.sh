#!/usr/bin/env bash
# Installs what the tests of pages in a browser need: Chromium and its driver. Where they cannot be had it says why
# and ends with 1; the tests are then skipped.
set -euo pipefail

what="Chromium" skipped="the tests in a browser"
. "$(dirname "$0")/../apt.sh"

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
may_install
apt update
apt install -y --no-install-recommends chromium chromium-driver
is_there || no "its driver is missing"
echo "Chromium and its driver are installed"
