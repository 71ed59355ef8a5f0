#!/usr/bin/env bash
# The status page in a real browser: bash ci/browser.sh
#
# Installs Debian's chromium and, under target/, what drives it, both only where they are missing. The pictures are in
# target/browser afterwards; with DOCS=1 those of the documents are made anew.
set -euo pipefail
cd "$(dirname "$0")/.."
ci/tools.sh chromium
tools=target/browser
mkdir -p "$tools"
if ! [ -d "$tools/node_modules/axe-core" ]; then
    npm install --silent --no-audit --no-fund --prefix "$tools" playwright-core@1.65.1 axe-core@4.11.0
fi
if [ -z "${CTON:-}" ]; then
    cargo build --locked
    CTON=target/debug/cton
fi
export CTON
NODE_PATH="$PWD/$tools/node_modules" node tests/browser/status.cjs
