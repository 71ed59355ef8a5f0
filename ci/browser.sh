#!/usr/bin/env bash
# Tests the status page in a browser: bash ci/browser.sh
#
# Installs Debian's chromium and, in target/, its driver, if they are missing. Screenshots are in target/browser. With DOCS=1, the
# pictures in docs/ are updated.
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
