#!/usr/bin/env bash
# Checks the dependencies for known vulnerabilities: ci/advisories.sh
#
# Checks Cargo.lock against the bans of deny.toml. Also runs `cargo deny check` if cargo-deny and its copy of the RustSec database
# are installed. The last lines of the output report which of both ran.
set -euo pipefail
cd "$(dirname "$0")/.."
for lock in Cargo.lock tests/fuzz/Cargo.lock; do
    python3 ci/advisories.py "$lock"
done
# The check must reject an old and a banned package.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sed '/^name = "rustls"$/{n;s/.*/version = "0.23.17"/}' Cargo.lock >"$work/old.lock"
printf '\n[[package]]\nname = "openssl"\nversion = "0.10.80"\n' | cat Cargo.lock - >"$work/banned.lock"
for lock in old banned; do
    ! python3 ci/advisories.py "$work/$lock.lock" 2>"$work/output" || { echo "FAILED: $lock.lock is not rejected" >&2; exit 1; }
    grep -q 'is banned' "$work/output" || { cat "$work/output" >&2; exit 1; }
done
databases=$(compgen -G "${CARGO_HOME:-$HOME/.cargo}/advisory-db*/*" || true)
if ! cargo deny --version >/dev/null 2>&1; then
    missing="cargo-deny is not installed (cargo install --locked cargo-deny)"
elif [ -z "$databases" ]; then
    missing="cargo-deny has no copy of the RustSec database (cargo deny fetch)"
else
    cargo deny --offline check
    echo "advisories: cargo deny ran, with the RustSec database in $databases"
    exit
fi
echo "advisories: checked against the bans of deny.toml only: $missing"
echo "advisories: NOT checked against the RustSec database; advisories newer than deny.toml are not detected"
