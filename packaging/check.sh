#!/usr/bin/env bash
# Tests packaging/ on one machine: packaging/check.sh [pages|unit|kubernetes|monitoring|deb|container]...
#
# Without arguments, runs all parts on the static binaries in target/dist/ (ci/cross.sh). `deb` and `container` require these
# binaries and root. Installs the required tools from Debian, and PyPI packages into target/venv.
set -euo pipefail
cd "$(dirname "$0")/.."
VENV=target/venv
CTON=$(realpath "${CTON:-target/dist/cton-x86_64}")
# This binary has the commands of the feature `tools`.
TOOLS=$PWD/target/release/cton
work=$(mktemp -d)
# Stops the processes of a failed check. The process that holds a port is not a job, but `wait` waits for it.
finish() {
    # A pipe or a group would run in a subshell, which has no jobs.
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
refused() { ! "$@" >"$work/said" 2>&1 || fail "not rejected: $*"; }
# Sets `port` to a port that stays reserved until the script exits. A socket that never listens holds it, as in
# tests/support/process.rs.
hold_port() {
    exec {holder}< <(exec "$VENV/bin/python" packaging/check/hold_port.py)
    holders+=($!)
    read -r port <&"$holder"
}

[ -x "$CTON" ] || fail "$CTON does not exist; build the static binaries with: ci/cross.sh x86_64 aarch64 armv7"
ci/tools.sh prometheus promtool=prometheus jsonnet systemd-analyze=systemd man=man-db mandoc lintian zsh fish strace
[ -x "$VENV/bin/python" ] || python3 -m venv "$VENV"
"$VENV/bin/pip" install -q -r packaging/check/requirements.txt
cargo build --quiet --release --locked
for part in ${*:-pages unit kubernetes monitoring deb container}; do
    # shellcheck source=/dev/null
    . "packaging/check/$part.sh"
done
printf 'packaging/check.sh passed: %s checks\n' "$passed"
