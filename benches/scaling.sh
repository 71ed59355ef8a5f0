#!/bin/sh
# Measures what one process carries: services, series, polls and scrapes. Needs python3. Usage: benches/scaling.sh [BINARY OF AN EARLIER RUN]
set -eu
cd "$(dirname "$0")/.."
exec python3 benches/scaling/measure.py "$@"
