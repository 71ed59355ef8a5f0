#!/bin/sh
# Runs the Python collectington 0.1.4 and this one on the same work, in the same run, and prints the ratios.
# Needs python3 (3.8 or later) with venv and, the first time, a way to PyPI. Usage: benches/original.sh [--quick]
set -eu
cd "$(dirname "$0")/.."

venv=target/original
if [ ! -x "$venv/bin/cton" ]; then
    python3 -m venv "$venv"
    # The client library of the shared captures; 0.1.4 itself pins nothing.
    "$venv/bin/pip" install --quiet collectington==0.1.4 prometheus-client==0.26.0
fi
cargo build --release --quiet
exec "$venv/bin/python" benches/original/compare.py "$venv" target/release/cton "$@"
