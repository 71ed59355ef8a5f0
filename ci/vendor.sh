#!/usr/bin/env bash
# Vendors the dependencies of a workspace for the given targets only: ci/vendor.sh [TARGET...]
#
# Run it in the root of the workspace. It runs `cargo vendor` into vendor/, and then empties the packages that no target compiles.
# Cargo requires that they exist, because Cargo.lock lists them, but never builds them. It prints the lines for .cargo/config.toml.
# Without arguments, the targets are Linux on x86_64, aarch64 and armv7, with glibc and with musl. A workspace without Cargo.lock
# starts with the tested versions of this repository.
set -euo pipefail
targets=("$@")
[ $# -gt 0 ] || targets=({x86_64,aarch64}-unknown-linux-{gnu,musl} armv7-unknown-linux-{gnu,musl}eabihf)

# Cargo skips existing directories, so a package that was emptied for other targets would stay empty.
for checksum in vendor/*/.cargo-checksum.json; do
    ! grep -qsF '"files":{}' "$checksum" || rm -r "$(dirname "$checksum")"
done
[ -e Cargo.lock ] || cp "$(dirname "$0")/../Cargo.lock" .
cargo vendor --versioned-dirs vendor # also updates Cargo.lock

needed=$(mktemp)
trap 'rm -f "$needed"' EXIT
for target in "${targets[@]}"; do
    # Prints `name v1.2.3 (proc-macro)` as `name-1.2.3`, including test dependencies of workspace packages.
    cargo tree --locked --workspace --all-features --edges normal,build,dev --prefix none --target "$target" |
        awk '$2 ~ /^v/ { print $1 "-" substr($2, 2) }'
done | sort -u >"$needed"

for checksum in vendor/*/.cargo-checksum.json; do
    directory=$(dirname "$checksum")
    ! grep -qxF -- "$(basename "$directory")" "$needed" || continue
    find "$directory" -mindepth 1 -maxdepth 1 ! -name Cargo.toml ! -name .cargo-checksum.json -exec rm -rf {} +
    mkdir "$directory/src" && : >"$directory/src/lib.rs"
    sed -i 's/"files":{[^}]*}/"files":{}/' "$checksum"
done
