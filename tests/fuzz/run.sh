#!/usr/bin/env bash
# Looks for bytes that break a law of src/fuzz/mod.rs: tests/fuzz/run.sh MINUTES [LAW]...   (default: each law in turn)
#
# Needs `cargo install cargo-fuzz`. What breaks a law is left in tests/fuzz/artifacts/; put it under a name that says what it is
# into tests/fuzz/corpus/LAW/ with the fix, where `cargo test` tries it from then on. `tests/fuzz/run.sh keep LAW` adds to
# those, and to the seeds, the 40 smallest files that reach what nothing smaller did.
set -euo pipefail
cd "$(dirname "$0")/../.."
fuzz() { RUSTC_BOOTSTRAP=1 cargo fuzz "$1" --fuzz-dir tests/fuzz law "${@:2}"; }
found=${CTON_FUZZ_DIR:-target/fuzz-found}
# The laws write files; those of most systems are in memory here.
export TMPDIR=${TMPDIR:-/dev/shm}
export CTON_LAW

if [ "${1:-}" = keep ]; then
    CTON_LAW=$2 corpus=tests/fuzz/corpus/$2 kept=$found/$2-kept
    rm -rf "$kept" && mkdir -p "$kept"
    # Files that the fuzzer made have the name of their hash.
    find "$corpus" -regextype egrep -regex '.*/[0-9a-f]{40}' -delete
    fuzz run "$kept" "$found/$2" -- -merge=1 -max_len=2000
    find "$kept" -type f -printf '%s %p\n' | sort -n | head -40 | cut -d' ' -f2- | xargs cp -t "$corpus"
    exit
fi

minutes=${1:?minutes for each law}
shift
[ $# -gt 0 ] || set -- answer config exposition link recording request secret_file state web_config
for CTON_LAW; do
    mkdir -p "$found/$CTON_LAW"
    printf '== %s, %s minutes\n' "$CTON_LAW" "$minutes"
    fuzz run "$found/$CTON_LAW" "tests/fuzz/corpus/$CTON_LAW" -- \
        -max_total_time=$((minutes * 60)) -max_len=4096 -timeout=10 -rss_limit_mb=4096 -print_final_stats=1
done
