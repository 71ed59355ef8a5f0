#!/bin/sh
# Measures the capacity of one process in services, series, polls and scrapes: benches/scaling.sh [BINARY]
#
# BINARY is a binary of an earlier run. Requires python3.
set -eu
cd "$(dirname "$0")/.."
exec python3 benches/scaling/measure.py "$@"
