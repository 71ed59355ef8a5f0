#!/bin/sh
# Compares the Python collectington 0.1.4 with this one and prints the ratios: benches/original.sh [--quick]
#
# Requires python3 (3.8 or later) with venv and, for the first run, access to PyPI.
set -eu
cd "$(dirname "$0")/.."

venv=target/original
if [ ! -x "$venv/bin/cton" ]; then
    python3 -m venv "$venv"
    # The client library of the shared captures. Version 0.1.4 itself pins no version.
    "$venv/bin/pip" install --quiet collectington==0.1.4 prometheus-client==0.26.0
fi
cargo build --release --quiet
exec "$venv/bin/python" benches/original/compare.py "$venv" target/release/cton "$@"
