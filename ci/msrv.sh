#!/usr/bin/env bash
# Compiles the package with the minimum supported Rust version of Cargo.toml: ci/msrv.sh
#
# Debian 12 has this compiler as a version of rustc-web. The script unpacks it in target/msrv without installing it, and uses the
# installed cargo. On other systems the last line of the output reports that nothing was compiled, and the exit code is 0 (1 with
# CI=true).
set -euo pipefail
cd "$(dirname "$0")/.."
promised=$(sed -n 's/^rust-version = "\([0-9.]*\)".*/\1/p' Cargo.toml)
home=$PWD/target/msrv/$promised
missing() {
    echo "msrv: NOT compiled with Rust $promised: $*"
    [ "${CI:-}" != true ] || exit 1
    exit 0
}

newest() { apt-cache madison rustc-web | awk -v rust="$promised." 'index($3, rust) == 1 { print $3 }' | sort -V | tail -1; }

# Unpacks Debian packages into target/msrv.
unpack() {
    rm -rf "$home/debs"
    mkdir -p "$home/debs"
    (cd "$home/debs" && apt-get -q download "$@" >"$home/log" 2>&1) || missing "$(tail -1 "$home/log")"
    for file in "$home/debs"/*.deb; do dpkg-deb -x "$file" "$home"; done
    rm -r "$home/debs"
}

if ! [ -e "$home/done" ]; then
    command -v apt-cache >/dev/null || missing "this system has no apt"
    version=$(newest)
    [ -n "$version" ] || missing "the package lists have no rustc-web $promised; run: apt-get update"
    runtime=libstd-rust-web-$promised
    llvm=$(apt-cache show "$runtime=$version" | grep -o "libllvm[0-9]*" | sort -u)
    mkdir -p "$home"
    unpack "rustc-web=$version" "libstd-rust-web-dev=$version" "$runtime=$version" "$llvm"
    touch "$home/done"
fi
export RUSTC=$home/usr/bin/rustc LD_LIBRARY_PATH=$home/usr/lib/x86_64-linux-gnu:$home/usr/lib/llvm/lib
"$RUSTC" --version
cargo check --locked --all-features --target-dir "$home/build"
echo "msrv: compiled with Rust $promised"
