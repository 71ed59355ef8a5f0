#!/usr/bin/env bash
# Builds static binaries for edge hosts, target/dist/cton-TARGET: ci/cross.sh [aarch64|armv7|x86_64]...
#
# Uses the target of rustup if it is installed (rustup target add aarch64-unknown-linux-musl). Otherwise, on Debian 12 for amd64,
# it unpacks Debian's rustc and the source of std in target/cross, without installing them, and builds std for the target once.
# Installs C compilers with apt. A second run reuses the results of the first.
#
#   MANIFEST=../team/Cargo.toml ci/cross.sh    builds that package, without its default features, as target/dist/NAME-TARGET
#   STD=debian ci/cross.sh                     ignores the target of rustup
#   STD=rustup ci/cross.sh armv7               uses the target of rustup for armv7, too; its times fail in January 2038
set -euo pipefail
manifest=$(realpath "${MANIFEST:-"$(dirname "$0")/../Cargo.toml"}")
cd "$(dirname "$0")/.."
root=$(pwd -P)
home=$root/target/cross
dist=$root/target/dist
cargo_home=${CARGO_HOME:-$HOME/.cargo}

say() { printf 'cross: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# Sets the names of a target for rustc, gcc, Debian and musl.
describe() {
    case $1 in
    aarch64) target=aarch64-unknown-linux-musl gnu=aarch64-linux-gnu debian=arm64 musl=aarch64-linux-musl ;;
    armv7) target=armv7-unknown-linux-musleabihf gnu=arm-linux-gnueabihf debian=armhf musl=arm-linux-musleabihf ;;
    x86_64) target=x86_64-unknown-linux-musl gnu=x86_64-linux-gnu debian=amd64 musl=x86_64-linux-musl ;;
    *) die "unknown target '$1'; use aarch64, armv7 or x86_64" ;;
    esac
}

# Runs a command and prints its output only if it fails.
quietly() { "$@" >"$home/log" 2>&1 || { tail -30 "$home/log" >&2; die "failed: $*"; }; }

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

# Installs missing Debian packages.
need() {
    local package missing=()
    for package; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    say "apt-get install ${missing[*]}"
    quietly as_root apt-get -q -o DPkg::Lock::Timeout=300 update
    quietly as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -q -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "${missing[@]}"
}

need_c_compiler() {
    case $debian in
    amd64) need gcc libc6-dev ;;
    *) need "gcc-$gnu" "libc6-dev-$debian-cross" ;;
    esac
}

# Runs a tool of apt for packages of any architecture. It has its own lists and leaves those of the machine unchanged. Downloads
# are verified as usual.
apt_of() {
    local architecture=$1 tool=$2 own=$home/apt/$1
    shift 2
    mkdir -p "$own/lists/partial" "$own/cache/archives/partial"
    "apt-$tool" -q -o "APT::Architecture=$architecture" -o "APT::Architectures=$architecture" \
        -o "Dir::State::Lists=$own/lists" -o "Dir::Cache=$own/cache" "$@"
}

# Downloads packages of an architecture and unpacks them into a directory.
unpack() {
    local architecture=$1 into=$2 debs=$home/debs file
    shift 2
    rm -rf "$debs" "$into"
    mkdir -p "$debs" "$into"
    (cd "$debs" && quietly apt_of "$architecture" get download "$@")
    for file in "$debs"/*.deb; do dpkg-deb -x "$file" "$into"; done
    rm -rf "$debs"
}

# Prints the dependency of a package that consists of the given prefix and a version, or nothing.
dependency() { { apt_of amd64 cache depends "$1" 2>/dev/null || true; } | sed -n "s/.* \($2[0-9.]*\)$/\1/p" | head -1; }

# Unpacks Debian's newest rustc and its dependencies into a separate directory.
rustc_of_debian() {
    local std llvm
    need ca-certificates gcc libc6-dev libedit2 libxml2 libz3-4 xz-utils
    quietly apt_of amd64 get update
    std=$(dependency libstd-rust-web-dev libstd-rust-web-)
    llvm=$(dependency "${std:-libstd-rust-web}" libllvm)
    [ -n "$llvm" ] || die "this system has no package rustc-web; use Debian 12, or run" \
        "\`rustup target add $target\` and \`STD=rustup ci/cross.sh $1\`"
    say "unpacking rustc-web with $std and $llvm"
    unpack amd64 "$home/rustc" rustc-web rust-web-src libstd-rust-web-dev "$std" "$llvm"
    touch "$home/rustc/done"
}

# Makes cargo use that rustc with its own libraries. The wrapper works in any directory.
use_rustc_of_debian() {
    sysroot=$home/rustc/usr
    export RUSTC=$sysroot/bin/rustc-here
    [ -e "$home/rustc/done" ] || rustc_of_debian "$1"
    cat >"$RUSTC" <<'WRAPPER'
#!/bin/sh
usr=${0%/bin/*}
LD_LIBRARY_PATH=$usr/lib/x86_64-linux-gnu${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} exec "$usr/bin/rustc" "$@"
WRAPPER
    chmod +x "$RUSTC"
}

# Copies the C runtime of musl and gcc to the directory that rustup uses.
c_runtime() {
    local into=$1 gcc=$gnu-gcc libraries
    # The update can fail while a mirror updates its lists. The download of musl shows if the lists suffice.
    apt_of "$debian" get update >"$home/log" 2>&1 || true
    unpack "$debian" "$home/musl" musl-dev
    libraries=$(dirname "$("$gcc" -print-libgcc-file-name)")
    mkdir -p "$into"
    cp "$home/musl/usr/lib/$musl"/{crt1,rcrt1,Scrt1,crti,crtn}.o "$home/musl/usr/lib/$musl/libc.a" "$into"
    cp "$libraries"/{crtbegin,crtbeginS,crtend,crtendS}.o "$into"
    # std links "libunwind"; the unwinder of gcc has the same functions.
    cp "$libraries/libgcc_eh.a" "$into/libunwind.a"
    "$gcc" -O2 -c ci/cross/find_object.c -o "$into/find_object.o"
    "$gnu-ar" r "$into/libunwind.a" "$into/find_object.o"
    rm -r "$into/find_object.o" "$home/musl"
}

# Creates an empty package for which cargo builds std, and a wrapper of rustc.
seed() {
    mkdir -p "$1/src"
    echo '#![no_std]' >"$1/src/lib.rs"
    printf '[package]\nname = "seed"\nedition = "2024"\n[workspace]\n[profile.release]\nopt-level = "z"\n' >"$1/Cargo.toml"
    # As in the build of Rust itself: only panic_abort aborts, all other crates unwind.
    printf '#!/bin/sh\ncase " $* " in *" --crate-name panic_abort "*) set -- "$@" -Cpanic=abort ;; esac\nexec "$@"\n' \
        >"$1/wrapper"
    chmod +x "$1/wrapper"
}

# Builds std in the directory of that package, size-optimized and without symbolization of backtraces, because a stripped binary
# has no symbols.
compile_std() (
    cd "$1"
    export RUSTC_WRAPPER=$1/wrapper RUSTC_BOOTSTRAP=1
    source=$sysroot/lib/rustlib/src/rust # a link in Debian's package
    flags -Cembed-bitcode=yes -Cforce-frame-pointers=yes -Zlocation-detail=none "--remap-path-prefix=$cargo_home=/cargo" \
        "--remap-path-prefix=$source=/rustc" "--remap-path-prefix=$(readlink -f "$source")=/rustc"
    quietly cargo build --release --target "$target" --target-dir "$1/target" -Zbuild-std=std,panic_abort \
        -Zbuild-std-features=panic-unwind,optimize_for_size
)

# Builds std for the target in the directory that rustc searches. If this script has changed, std and everything compiled with it
# are rebuilt.
std_of_debian() {
    local library=$sysroot/lib/rustlib/$target/lib seed=$home/seed
    ! cmp -s ci/cross.sh "$library/made-by" || return 0
    say "building std for $target, once"
    rm -rf "$library" "$seed" "$home/build/$target"
    c_runtime "$library/self-contained"
    seed "$seed"
    compile_std "$seed"
    cp "$seed/target/$target"/release/deps/*.rlib "$library/"
    rm -r "$library"/libseed-*.rlib "$seed"
    cp ci/cross.sh "$library/made-by"
}

# Sets flags for rustc, which may contain spaces.
flags() {
    CARGO_ENCODED_RUSTFLAGS=$(printf '%s\037' "$@")
    export CARGO_ENCODED_RUSTFLAGS=${CARGO_ENCODED_RUSTFLAGS%?}
}

# Size optimizations besides the profile; docs/performance.md has the effect of each.
small=(-Crelro-level=off -Cforce-frame-pointers=yes -Cllvm-args=-inline-threshold=9)

# Builds the binaries of the package. Directories of this machine are renamed in them, so that every machine builds the same
# bytes. The last matching rule applies, because directories can be nested.
build() {
    local features=(--no-default-features) registry
    # A separate package enables this feature itself.
    [ "$manifest" != "$root/Cargo.toml" ] || features+=(--features run)
    # The registry directory must exist to be renamed. Without network, the build reports missing crates.
    cargo fetch --quiet --locked --manifest-path "$manifest" --target "$target" >"$home/log" 2>&1 || true
    local renamed=("--remap-path-prefix=$root=/collectington" "--remap-path-prefix=$cargo_home=/cargo")
    for registry in "$cargo_home"/registry/src/*/; do renamed+=("--remap-path-prefix=${registry%/}=/cargo"); done
    flags -Ctarget-feature=+crt-static "${small[@]}" "${renamed[@]}"
    mkdir -p "$home/bin"
    # A wrapper for this package only: with a flag for all crates, another package would recompile all dependencies.
    printf '#!/bin/sh\nexec "$@" "--remap-path-prefix=%s=/package"\n' "$(dirname "$manifest")" >"$home/bin/rustc-of-package"
    chmod +x "$home/bin/rustc-of-package"
    # Remove binaries of other packages.
    find "$home/build/$target/edge" -maxdepth 1 -type f -executable -delete 2>/dev/null || true
    # Without its path, because cargo hashes the path of a wrapper into symbol names.
    PATH=$home/bin:$PATH RUSTC_WORKSPACE_WRAPPER=rustc-of-package \
        cargo build --profile edge --locked "${features[@]}" --manifest-path "$manifest" --target "$target" \
        --target-dir "$home/build"
}

# Copies the binaries to target/dist and checks that they are static.
hand_over() {
    local binary name=
    for binary in "$home/build/$target/edge"/*; do
        [ -f "$binary" ] && [ -x "$binary" ] || continue
        name=$dist/$(basename "$binary")-$1
        if readelf -ldW "$binary" | grep -qE 'INTERP|NEEDED'; then die "$binary is not static"; fi
        install -D "$binary" "$name"
        say "$(stat -c %s "$name") bytes: ${name#"$root/"}"
    done
    [ -n "$name" ] || die "$manifest has no binary without its default features"
}

# Returns true if the target of rustup is to be used. Its armv7 target has 32-bit times, so it must be selected explicitly.
takes_rustup() {
    local library
    library=$(rustc --print sysroot)/lib/rustlib/$target/lib
    case ${STD:-} in
    '') [ "$1" != armv7 ] && [ -d "$library" ] ;;
    debian) false ;;
    rustup) [ -d "$library" ] || die "missing target; run: rustup target add $target" ;;
    *) die "invalid STD '$STD'; use debian or rustup" ;;
    esac
}

main() {
    local name
    mkdir -p "$home"
    exec 9>"$home/lock"
    flock 9 # concurrent runs would write the same files
    # 64-bit times on 32-bit ARM, in std and in all crates; 32-bit times fail in January 2038.
    export RUST_LIBC_UNSTABLE_MUSL_V1_2_3=1
    for name; do
        describe "$name"
        need_c_compiler
        unset RUSTC
        if takes_rustup "$name"; then
            [ "$name" != armv7 ] || say "warning: times of cton-armv7 with the std of rustup fail in January 2038"
        else
            use_rustc_of_debian "$name"
            std_of_debian
        fi
        build
        hand_over "$name"
    done
}

[ $# -gt 0 ] || set -- aarch64 armv7 x86_64
main "$@"
