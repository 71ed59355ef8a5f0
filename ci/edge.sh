#!/usr/bin/env bash
# Builds the static binaries and tests them as a host at the edge would run them, ARM under emulation: ci/edge.sh [KIND]...
#
# A KIND is aarch64, armv7 or x86_64. Without one it takes all three, builds x86_64 twice to compare, and tries the packages: some
# 15 minutes from nothing on two cores, and 2 GB under target/; each step says how many seconds went before it. With CI=true
# and kinds in CTON_EDGE a test that cannot run fails.
set -euo pipefail
cd "$(dirname "$0")/.."
kinds=${*:-aarch64 armv7 x86_64}
# The limit on their size is for a std that was built for it; STD=rustup tries rustup's.
export CI=true CTON_EDGE=$kinds STD=${STD:-debian}
step() { printf '\n-- %s s: %s\n' "$SECONDS" "$*"; }

step "tools"
ci/tools.sh prometheus faketime qemu-arm=qemu-user qemu-arm-static=qemu-user-static
for kind in $kinds; do
    step "the static binary for $kind"
    ci/cross.sh "$kind"
done
step "the tests of the static binaries"
cargo test --locked --test edge
if [ $# = 0 ]; then
    step "the same binary in two folders"
    ci/reproducible.sh x86_64
    step "the packages"
    packaging/check.sh
fi
printf '\nedge.sh passed for %s; %s s\n' "$kinds" "$SECONDS"
