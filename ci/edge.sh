#!/usr/bin/env bash
# Builds the static binaries and tests them as on an edge host, ARM under emulation: ci/edge.sh [KIND]...
#
# KIND is aarch64, armv7 or x86_64. Without arguments, builds all three, builds x86_64 twice for comparison, and tests the packages.
# This takes some 15 minutes on two cores from a clean clone, and 2 GB in target/. Each step prints the elapsed seconds. With
# CI=true and kinds in CTON_EDGE, a test that cannot run fails.
set -euo pipefail
cd "$(dirname "$0")/.."
kinds=${*:-aarch64 armv7 x86_64}
# The size limit is for a size-optimized std. STD=rustup selects the std of rustup.
export CI=true CTON_EDGE=$kinds STD=${STD:-debian}
step() { printf '\n-- %s s: %s\n' "$SECONDS" "$*"; }

step "tools"
ci/tools.sh prometheus faketime qemu-arm=qemu-user qemu-arm-static=qemu-user-static
for kind in $kinds; do
    step "build of the static binary for $kind"
    ci/cross.sh "$kind"
done
step "tests of the static binaries"
cargo test --locked --test edge
if [ $# = 0 ]; then
    step "reproducible build"
    ci/reproducible.sh x86_64
    step "packages"
    packaging/check.sh
fi
printf '\nedge.sh passed for %s; %s s\n' "$kinds" "$SECONDS"
