#!/usr/bin/env bash
# Searches for inputs that break a property of src/fuzz/mod.rs: tests/fuzz/run.sh MINUTES [PROPERTY]...   (default: all)
#
# Requires cargo-fuzz (`cargo install cargo-fuzz`). Inputs that break a property are in tests/fuzz/artifacts/. With the fix, copy
# such an input under a descriptive name to tests/fuzz/corpus/PROPERTY/, which `cargo test` reads. `tests/fuzz/run.sh keep PROPERTY`
# adds the 40 smallest files with new coverage to this directory.
set -euo pipefail
cd "$(dirname "$0")/../.."
fuzz() { RUSTC_BOOTSTRAP=1 cargo fuzz "$1" --fuzz-dir tests/fuzz property "${@:2}"; }
found=${CTON_FUZZ_DIR:-target/fuzz-found}
# The properties write files. On most systems, /dev/shm is in memory.
export TMPDIR=${TMPDIR:-/dev/shm}
export CTON_PROPERTY

if [ "${1:-}" = keep ]; then
    CTON_PROPERTY=$2 corpus=tests/fuzz/corpus/$2 kept=$found/$2-kept
    rm -rf "$kept" && mkdir -p "$kept"
    # Files of the fuzzer are named by their hash.
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
