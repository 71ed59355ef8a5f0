#!/usr/bin/env bash
# Breaks the code in every small way and looks whether a test fails: tests/mutants.sh PART [SHARD]
#
# PART is retry, counters, config, server or attacked; SHARD such as 0/5 tries a fifth of it. Needs `cargo install cargo-mutants`. What no
# test has caught is in target/mutants/PART/mutants.out/missed.txt.
set -euo pipefail
cd "$(dirname "$0")/.."
tests=(it)
case ${1:-} in
retry) files=(src/fetch/limits/retry_policy.rs src/fetch/raw_response.rs) only=(fetch:: api::) ;;
counters) files=('src/series/**') only=(series:: exposition_readers) ;;
config) files=('src/config/**') only=(config schema) ;;
server) files=('src/server/**') only=(server:: web_config socket_activation scrape_responses) ;;
# By tests that take half a minute; for what the others miss: MUTANTS=Port::accept tests/mutants.sh attacked
attacked) files=('src/server/**') only=(server:: self_check attacks) tests=(it slow) ;;
*) sed -n '2,5s/^# //p' "$0" >&2; exit 2 ;;
esac
# A build of each mutant: no time for what only a debugger needs.
export CARGO_PROFILE_DEV_DEBUG=0
mkdir -p "target/mutants/$1"
# Of the executables only those are built that are run: behind `--` cargo mutants would have all others built too.
cargo mutants "${files[@]/#/--file=}" ${2:+--shard="$2" --sharding=round-robin} ${MUTANTS:+--re="$MUTANTS"} \
    --output="target/mutants/$1" --jobs="${JOBS:-2}" --minimum-test-timeout=60 --colors=never \
    --cargo-arg=--lib "${tests[@]/#/--cargo-arg=--test=}" -- -- "${only[@]}"
