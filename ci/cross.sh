#!/usr/bin/env bash
# Static binaries for edge hosts, as target/dist/cton-TARGET: ci/cross.sh [aarch64|armv7|x86_64]...
#
# With rustup's target (rustup target add aarch64-unknown-linux-musl) it uses that. Without, on Debian 12 for amd64, it takes
# Debian's rustc and the source of std, both unpacked below target/cross and not installed, and builds std for the target
# once. Compilers for C come from apt. Run again it does only what is not done yet.
#
#   MANIFEST=../team/Cargo.toml ci/cross.sh    builds that package; its binaries are target/dist/NAME-TARGET
#   STD=debian ci/cross.sh                     does without rustup's target even where there is one
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
home=$root/target/cross
dist=$root/target/dist
cargo_home=${CARGO_HOME:-$HOME/.cargo}
manifest=$(realpath "${MANIFEST:-Cargo.toml}")

say() { printf 'cross: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

# What the tools call a target: rustc, gcc, Debian, musl.
describe() {
    case $1 in
    aarch64) target=aarch64-unknown-linux-musl gnu=aarch64-linux-gnu debian=arm64 musl=aarch64-linux-musl ;;
    armv7) target=armv7-unknown-linux-musleabihf gnu=arm-linux-gnueabihf debian=armhf musl=arm-linux-musleabihf ;;
    x86_64) target=x86_64-unknown-linux-musl gnu=x86_64-linux-gnu debian=amd64 musl=x86_64-linux-musl ;;
    *) die "there is no target '$1': take aarch64, armv7 or x86_64" ;;
    esac
}

# Runs a command whose words matter only when it fails.
quietly() { "$@" >"$home/log" 2>&1 || { tail -30 "$home/log" >&2; die "failed: $*"; }; }

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

# Installs the Debian packages that are not there.
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

# A tool of apt for packages of any architecture. The lists are its own, so the machine's are not touched, and what it
# downloads it verifies as ever.
apt_of() {
    local architecture=$1 tool=$2 own=$home/apt/$1
    shift 2
    mkdir -p "$own/lists/partial" "$own/cache/archives/partial"
    "apt-$tool" -q -o "APT::Architecture=$architecture" -o "APT::Architectures=$architecture" \
        -o "Dir::State::Lists=$own/lists" -o "Dir::Cache=$own/cache" "$@"
}

# Downloads packages of an architecture and unpacks them into a folder.
unpack() {
    local architecture=$1 into=$2 debs=$home/debs file
    shift 2
    rm -rf "$debs" "$into"
    mkdir -p "$debs" "$into"
    (cd "$debs" && quietly apt_of "$architecture" get download "$@")
    for file in "$debs"/*.deb; do dpkg-deb -x "$file" "$into"; done
    rm -rf "$debs"
}

# The package that another one depends on, by the beginning of its name, which goes on with a version.
dependency() { apt_of amd64 cache depends "$1" | sed -n "s/.* \($2[0-9.]*\)$/\1/p" | head -1; }

# Debian's newest rustc and what it needs to run, in a folder of its own.
rustc_of_debian() {
    sysroot=$home/rustc/usr
    export RUSTC=$sysroot/bin/rustc-here
    [ ! -e "$home/rustc/done" ] || return 0
    local std llvm
    need ca-certificates gcc libc6-dev libedit2 libxml2 libz3-4 xz-utils
    quietly apt_of amd64 get update
    std=$(dependency libstd-rust-web-dev libstd-rust-web-)
    llvm=$(dependency "${std:-libstd-rust-web}" libllvm)
    [ -n "$llvm" ] || die "this system has no package rustc-web: take Debian 12, or rustup target add $target"
    say "unpacking rustc-web with $std and $llvm"
    unpack amd64 "$home/rustc" rustc-web rust-web-src libstd-rust-web-dev "$std" "$llvm"
    printf '#!/bin/sh\nLD_LIBRARY_PATH=%s exec %s "$@"\n' \
        "'$sysroot/lib/x86_64-linux-gnu'\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH}" "'$sysroot/bin/rustc'" >"$RUSTC"
    chmod +x "$RUSTC"
    "$RUSTC" --version >&2
    touch "$home/rustc/done"
}

# musl's and gcc's halves of a C program, where rustup would have put them too.
c_runtime() {
    local into=$1 gcc=$gnu-gcc libraries
    # A mirror may be about to renew one of its lists; whether musl is there shows next.
    apt_of "$debian" get update >"$home/log" 2>&1 || true
    unpack "$debian" "$home/musl" musl-dev
    libraries=$(dirname "$("$gcc" -print-libgcc-file-name)")
    mkdir -p "$into"
    cp "$home/musl/usr/lib/$musl"/{crt1,rcrt1,Scrt1,crti,crtn}.o "$home/musl/usr/lib/$musl/libc.a" "$into"
    cp "$libraries"/{crtbegin,crtbeginS,crtend,crtendS}.o "$into"
    # std asks for "libunwind"; gcc's unwinder has the same functions.
    cp "$libraries/libgcc_eh.a" "$into/libunwind.a"
    "$gcc" -O2 -c ci/cross/find_object.c -o "$into/find_object.o"
    "$gnu-ar" r "$into/libunwind.a" "$into/find_object.o"
    rm -r "$into/find_object.o" "$home/musl"
}

# std for the target, in the folder where rustc looks for it.
std_of_debian() {
    local library=$sysroot/lib/rustlib/$target/lib seed=$home/seed source
    [ ! -e "$library/done" ] || return 0
    say "building std for $target, once"
    rm -rf "$library" "$seed"
    c_runtime "$library/self-contained"
    mkdir -p "$seed/src"
    echo '#![no_std]' >"$seed/src/lib.rs"
    printf '[package]\nname = "seed"\nedition = "2024"\n[workspace]\n[profile.release]\nopt-level = "s"\n' >"$seed/Cargo.toml"
    # As in Rust's own build: panic_abort alone aborts, all else can unwind.
    printf '#!/bin/sh\ncase " $* " in *" --crate-name panic_abort "*) set -- "$@" -Cpanic=abort ;; esac\nexec "$@"\n' \
        >"$seed/wrapper"
    chmod +x "$seed/wrapper"
    source=$(readlink -f "$sysroot/lib/rustlib/src/rust") # a link in Debian's package
    (
        cd "$seed"
        export RUSTC_WRAPPER=$seed/wrapper RUSTC_BOOTSTRAP=1
        flags -Cembed-bitcode=yes "--remap-path-prefix=$cargo_home=/cargo" \
            "--remap-path-prefix=$sysroot/lib/rustlib/src/rust=/rustc" "--remap-path-prefix=$source=/rustc"
        # Small, and without what would put names to the addresses of a backtrace: a stripped binary has no names.
        quietly cargo build --release --target "$target" -Zbuild-std=std,panic_abort -Zbuild-std-features=panic-unwind \
            --target-dir "$seed/target"
    )
    cp "$seed/target/$target"/release/deps/*.rlib "$library/"
    rm -r "$library"/libseed-*.rlib "$seed"
    touch "$library/done"
}

# Flags for rustc, each of which may hold spaces.
flags() {
    CARGO_ENCODED_RUSTFLAGS=$(printf '%s\037' "$@")
    export CARGO_ENCODED_RUSTFLAGS=${CARGO_ENCODED_RUSTFLAGS%?}
}

# The binaries of the package. Folders of this machine have other names in them, so that every machine builds the same.
build() {
    flags -Ctarget-feature=+crt-static "--remap-path-prefix=$cargo_home=/cargo" \
        "--remap-path-prefix=$root=/collectington" "--remap-path-prefix=$(dirname "$manifest")=/package"
    # What another package left there is not to be handed over.
    find "$home/build/$target/release" -maxdepth 1 -type f -executable -delete 2>/dev/null || true
    cargo build --release --locked --manifest-path "$manifest" --target "$target" --target-dir "$home/build"
}

# Puts the binaries where they are looked for, and looks that they need nothing of their host.
hand_over() {
    local binary name
    for binary in "$home/build/$target/release"/*; do
        [ -f "$binary" ] && [ -x "$binary" ] || continue
        name=$dist/$(basename "$binary")-$1
        if readelf -ldW "$binary" | grep -qE 'INTERP|NEEDED'; then die "$binary is not static"; fi
        install -D "$binary" "$name"
        say "$(stat -c %s "$name") bytes: ${name#"$root/"}"
    done
}

rustup_has_target() { [ "${STD:-}" != debian ] && [ -d "$(rustc --print sysroot)/lib/rustlib/$target/lib" ]; }

main() {
    local name
    mkdir -p "$home"
    exec 9>"$home/lock"
    flock 9 # two at a time would write the same files
    # 64-bit time on 32-bit ARM, in std and in all else; without it both end in January 2038.
    export RUST_LIBC_UNSTABLE_MUSL_V1_2_3=1
    for name; do
        describe "$name"
        need_c_compiler
        unset RUSTC
        if ! rustup_has_target; then
            rustc_of_debian
            std_of_debian
        fi
        build
        hand_over "$name"
    done
}

[ $# -gt 0 ] || set -- aarch64 armv7 x86_64
main "$@"
