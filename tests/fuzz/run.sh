#!/usr/bin/env bash
# Looks for bytes that break a property of src/fuzz/mod.rs: tests/fuzz/run.sh MINUTES [PROPERTY]...   (default: each in turn)
#
# Needs `cargo install cargo-fuzz`. An input that breaks a property is in tests/fuzz/artifacts/; copy it under a telling name
# to tests/fuzz/corpus/PROPERTY/ with the fix, where `cargo test` tries it from then on. `tests/fuzz/run.sh keep PROPERTY` adds to
# those, and to the seeds, the 40 smallest files that reach what nothing smaller did.
set -euo pipefail
cd "$(dirname "$0")/../.."
fuzz() { RUSTC_BOOTSTRAP=1 cargo fuzz "$1" --fuzz-dir tests/fuzz property "${@:2}"; }
found=${CTON_FUZZ_DIR:-target/fuzz-found}
# The properties write files; on most systems those in /dev/shm are in memory.
export TMPDIR=${TMPDIR:-/dev/shm}
export CTON_PROPERTY

if [ "${1:-}" = keep ]; then
    CTON_PROPERTY=$2 corpus=tests/fuzz/corpus/$2 kept=$found/$2-kept
    rm -rf "$kept" && mkdir -p "$kept"
    # Files that the fuzzer made have the name of their hash.
    find "$corpus" -regextype egrep -regex '.*/[0-9a-f]{40}' -delete
    fuzz run "$kept" "$found/$2" -- -merge=1 -max_len=2000
    find "$kept" -type f -printf '%s %p\n' | sort -n | head -40 | cut -d' ' -f2- | xargs cp -t "$corpus"
    exit
fi

minutes=${1:?minutes for each property}
shift
[ $# -gt 0 ] || set -- answer config exposition link recording request secret_file state web_config
for CTON_PROPERTY; do
    mkdir -p "$found/$CTON_PROPERTY"
    printf '== %s, %s minutes\n' "$CTON_PROPERTY" "$minutes"
    fuzz run "$found/$CTON_PROPERTY" "tests/fuzz/corpus/$CTON_PROPERTY" -- \
        -max_total_time=$((minutes * 60)) -max_len=4096 -timeout=10 -rss_limit_mb=4096 -print_final_stats=1
done
