#!/usr/bin/env bash
# Tries what is in packaging/ as far as one machine can: packaging/check.sh [pages|unit|kubernetes|monitoring|deb|container]...
#
# Without a word all of it, on the static binaries in target/dist/ (ci/cross.sh); `deb` and `container` need those, and root. It
# installs the tools it needs from Debian, and packages of PyPI into target/venv.
set -euo pipefail
cd "$(dirname "$0")/.."
VENV=target/venv
CTON=$(realpath "${CTON:-target/dist/cton-x86_64}")
# Has the commands that were left out of that one.
TOOLS=$PWD/target/release/cton
work=$(mktemp -d)
# What a check that failed has left running ends too. The holder of a port is no job, and `wait` waits for it all the same.
finish() {
    # A pipe or a group would be a subshell, which has no jobs.
    # shellcheck disable=SC2046
    kill $(jobs -p) "${holders[@]}" 2>/dev/null || true
    wait
    rm -rf "$work"
}
holders=()
trap finish EXIT
passed=0
ok() { passed=$((passed + 1)); printf 'ok: %s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }
refused() { ! "$@" >"$work/said" 2>&1 || fail "not refused: $*"; }
# Sets `port` to one that nobody else gets until the script ends: a socket that never listens keeps it, as in tests/support/process.rs.
hold_port() {
    exec {holder}< <(exec "$VENV/bin/python" packaging/check/hold_port.py)
    holders+=($!)
    read -r port <&"$holder"
}

[ -x "$CTON" ] || fail "there is no $CTON: ci/cross.sh x86_64 aarch64 armv7 makes the static binaries"
ci/tools.sh prometheus promtool=prometheus systemd-analyze=systemd man=man-db mandoc lintian zsh fish strace
[ -x "$VENV/bin/python" ] || python3 -m venv "$VENV"
"$VENV/bin/pip" install -q -r packaging/check/requirements.txt
cargo build --quiet --release --locked
for part in ${*:-pages unit kubernetes monitoring deb container}; do
    # shellcheck source=/dev/null
    . "packaging/check/$part.sh"
done
printf 'packaging/check.sh passed: %s checks\n' "$passed"
