#!/usr/bin/env bash
# Vendors what a workspace needs for the given targets, and nothing for other systems: ci/vendor.sh [TARGET...]
#
# Run it in the root of the workspace. It does what `cargo vendor` does, into vendor/, and then empties the packages that
# none of the targets compiles: cargo wants to see them, since Cargo.lock names them, but never builds them. It prints what
# belongs into .cargo/config.toml. Without targets: Linux on x86_64, aarch64 and armv7, with glibc and with musl. A workspace
# without Cargo.lock begins with the versions that this repository was tested with.
set -euo pipefail
targets=("$@")
[ $# -gt 0 ] || targets=({x86_64,aarch64}-unknown-linux-{gnu,musl} armv7-unknown-linux-{gnu,musl}eabihf)

# Cargo leaves a folder alone that is there: one that was emptied for other targets would stay empty.
for checksum in vendor/*/.cargo-checksum.json; do
    ! grep -qsF '"files":{}' "$checksum" || rm -r "$(dirname "$checksum")"
done
[ -e Cargo.lock ] || cp "$(dirname "$0")/../Cargo.lock" .
cargo vendor --versioned-dirs vendor # adds to Cargo.lock what is missing, and takes out what is too much

needed=$(mktemp)
trap 'rm -f "$needed"' EXIT
for target in "${targets[@]}"; do
    # `name v1.2.3 (proc-macro)`, as `name-1.2.3`; tests of the workspace's own packages included.
    cargo tree --locked --workspace --all-features --edges normal,build,dev --prefix none --target "$target" |
        awk '$2 ~ /^v/ { print $1 "-" substr($2, 2) }'
done | sort -u >"$needed"

for checksum in vendor/*/.cargo-checksum.json; do
    folder=$(dirname "$checksum")
    ! grep -qxF -- "$(basename "$folder")" "$needed" || continue
    find "$folder" -mindepth 1 -maxdepth 1 ! -name Cargo.toml ! -name .cargo-checksum.json -exec rm -rf {} +
    mkdir "$folder/src" && : >"$folder/src/lib.rs"
    sed -i 's/"files":{[^}]*}/"files":{}/' "$checksum"
done
