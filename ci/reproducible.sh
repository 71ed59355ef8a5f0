#!/usr/bin/env bash
# Builds the static binary again in another directory and with another CARGO_HOME. Fails if the binaries differ or contain a local
# path: ci/reproducible.sh [aarch64|armv7|x86_64]
set -euo pipefail
cd "$(dirname "$0")/.."
name=${1:-x86_64}
elsewhere=$PWD/target/reproducible/another/directory
cargo_home=${CARGO_HOME:-$HOME/.cargo}

# The copy has no repository to read the revision from.
CTON_REVISION=$(git rev-parse --short HEAD)
export CTON_REVISION
ci/cross.sh "$name"

rm -rf "$elsewhere"
mkdir -p "$elsewhere/target/cross" "$elsewhere/cargo"
git ls-files -z | xargs -0 cp --parents -t "$elsewhere"
# Downloads are shared: the lists of apt, the crates, Debian's rustc. Build results are not, including std for the target.
[ ! -e "$cargo_home/registry" ] || ln -s "$cargo_home/registry" "$elsewhere/cargo/registry"
[ ! -e target/cross/apt ] || ln -s "$PWD/target/cross/apt" "$elsewhere/target/cross/apt"
if [ -e target/cross/rustc ]; then
    cp -al target/cross/rustc "$elsewhere/target/cross/"
    rm -rf "$elsewhere"/target/cross/rustc/usr/lib/rustlib/*-linux-musl*
fi
CARGO_HOME=$elsewhere/cargo "$elsewhere/ci/cross.sh" "$name"

here=target/dist/cton-$name there=$elsewhere/target/dist/cton-$name
cmp "$here" "$there" || { echo "error: the builds of two directories differ; search them for a path or a time" >&2; exit 1; }
for path in "$PWD" "$elsewhere" "$cargo_home" "$HOME/"; do
    ! grep -qaF "$path" "$there" || { echo "error: the binary contains $path; rename it in ci/cross.sh" >&2; exit 1; }
done
rm -rf target/reproducible
echo "reproducible.sh passed: two directories give the same $here, $(sha256sum <"$here" | cut -d' ' -f1)"
