#!/usr/bin/env bash
# Builds what is here once more, in another folder and with another CARGO_HOME, and fails if the static binary differs by a
# byte or names a folder: ci/reproducible.sh [aarch64|armv7|x86_64]
set -euo pipefail
cd "$(dirname "$0")/.."
name=${1:-x86_64}
elsewhere=$PWD/target/reproducible/another/folder
cargo_home=${CARGO_HOME:-$HOME/.cargo}

ci/cross.sh "$name"

rm -rf "$elsewhere"
mkdir -p "$elsewhere/target/cross" "$elsewhere/cargo"
git ls-files -z | xargs -0 cp --parents -t "$elsewhere"
# What was downloaded is shared: the lists of apt, the crates, Debian's rustc. What was compiled is not, std for the target
# included.
[ ! -e "$cargo_home/registry" ] || ln -s "$cargo_home/registry" "$elsewhere/cargo/registry"
[ ! -e target/cross/apt ] || ln -s "$PWD/target/cross/apt" "$elsewhere/target/cross/apt"
if [ -e target/cross/rustc ]; then
    cp -al target/cross/rustc "$elsewhere/target/cross/"
    rm -rf "$elsewhere"/target/cross/rustc/usr/lib/rustlib/*-linux-musl*
fi
CARGO_HOME=$elsewhere/cargo "$elsewhere/ci/cross.sh" "$name"

here=target/dist/cton-$name there=$elsewhere/target/dist/cton-$name
cmp "$here" "$there" || { echo "the builds of two folders differ: look for a path in them, or for a time" >&2; exit 1; }
for path in "$PWD" "$elsewhere" "$cargo_home" "$HOME/"; do
    ! grep -qaF "$path" "$there" || { echo "$path is in the binary: ci/cross.sh should give it another name" >&2; exit 1; }
done
rm -rf target/reproducible
echo "reproducible.sh passed: two folders give the same $here, $(sha256sum <"$here" | cut -d' ' -f1)"
