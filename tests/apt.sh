# Installing Debian's packages for tests, to be sourced. First set `what` (what cannot be installed where that fails)
# and `skipped` (the tests that need it). Nothing is asked of anybody: where it cannot be done it says why and ends with 1.

no() {
	echo "$what cannot be installed: $*; $skipped will be skipped" >&2
	exit 1
}

as_root=()
may_install() {
	command -v apt-get > /dev/null || no "there is no apt-get"
	if [ "$(id -u)" != 0 ]; then
		sudo -n true 2> /dev/null || no "that takes root or sudo without a password"
		as_root=(sudo -n)
	fi
	log=$(mktemp)
	trap 'rm -f "$log"' EXIT
}

apt() {
	"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive timeout 600 apt-get -qq \
		-o Acquire::Retries=2 -o Acquire::http::Timeout=20 -o Acquire::https::Timeout=20 -o DPkg::Lock::Timeout=60 \
		"$@" > "$log" 2>&1 < /dev/null || {
		tail -n 5 "$log" >&2
		no "apt-get $1 failed"
	}
}
