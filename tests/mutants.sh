#!/usr/bin/env bash
# Checks that tests fail after small changes of the code: tests/mutants.sh PART [SHARD]
#
# PART is retry, counters, config, server or attacked. A SHARD such as 0/5 selects a fifth of the mutants. Requires cargo-mutants
# (`cargo install cargo-mutants`). Missed mutants are in target/mutants/PART/mutants.out/missed.txt.
set -euo pipefail
cd "$(dirname "$0")/.."
tests=(it)
case ${1:-} in
retry) files=(src/fetch/limits/retry_policy.rs src/fetch/raw_response.rs) only=(fetch:: api::) ;;
counters) files=('src/series/**') only=(series:: exposition_readers) ;;
config) files=('src/config/**') only=(config schema) ;;
server) files=('src/server/**') only=(server:: web_config socket_activation scrape_responses) ;;
# Runs tests of half a minute, for mutants that `server` misses: MUTANTS=Port::accept tests/mutants.sh attacked
attacked) files=('src/server/**') only=(server:: self_check attacks) tests=(it slow) ;;
*) sed -n '2,5s/^# //p' "$0" >&2; exit 2 ;;
esac
# Builds each mutant without debug information, which is faster.
export CARGO_PROFILE_DEV_DEBUG=0
mkdir -p "target/mutants/$1"
# --cargo-arg builds only the required executables. Arguments after `--` would build all of them.
cargo mutants "${files[@]/#/--file=}" ${2:+--shard="$2" --sharding=round-robin} ${MUTANTS:+--re="$MUTANTS"} \
    --output="target/mutants/$1" --jobs="${JOBS:-2}" --minimum-test-timeout=60 --colors=never \
    --cargo-arg=--lib "${tests[@]/#/--cargo-arg=--test=}" -- -- "${only[@]}"
