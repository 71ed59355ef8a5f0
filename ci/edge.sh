#!/usr/bin/env bash
# Builds the static binaries and tests them as a host at the edge would run them, ARM under emulation, and as packages: ci/edge.sh
#
# Takes some 15 minutes from nothing on two cores, and 2 GB under target/; each step says how many seconds went before it.
# With CI=true and CTON_EDGE=1 a test that cannot run fails.
set -euo pipefail
cd "$(dirname "$0")/.."
export CI=true CTON_EDGE=1
step() { printf '\n-- %s s: %s\n' "$SECONDS" "$*"; }

step "tools"
ci/tools.sh prometheus faketime qemu-arm=qemu-user qemu-arm-static=qemu-user-static
for target in aarch64 armv7 x86_64; do
    step "the static binary for $target"
    ci/cross.sh "$target"
done
step "the tests of the static binaries"
cargo test --locked --test edge
step "the same binary in two folders"
ci/reproducible.sh x86_64
step "the packages"
packaging/check.sh
printf '\nedge.sh passed: static binaries for 3 targets, their tests, reproducible, packages; %s s\n' "$SECONDS"
