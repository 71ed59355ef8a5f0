#!/usr/bin/env bash
# Static binaries for edge hosts, as target/dist/cton-TARGET: ci/cross.sh [aarch64|armv7|x86_64]...
#
# With rustup's target (rustup target add aarch64-unknown-linux-musl) it uses that. Without, on Debian 12 for amd64, it takes
# Debian's rustc and the source of std, both unpacked below target/cross and not installed, and builds std for the target
# once. Compilers for C come from apt. Run again it does only what is not done yet.
#
#   MANIFEST=../team/Cargo.toml ci/cross.sh    builds that package, without its default features; target/dist/NAME-TARGET
#   STD=debian ci/cross.sh                     does without rustup's target even where there is one
#   STD=rustup ci/cross.sh armv7               takes rustup's for armv7 too, whose std ends in January 2038
set -euo pipefail
manifest=$(realpath "${MANIFEST:-"$(dirname "$0")/../Cargo.toml"}")
cd "$(dirname "$0")/.."
root=$(pwd -P)
home=$root/target/cross
dist=$root/target/dist
cargo_home=${CARGO_HOME:-$HOME/.cargo}

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

# The package that another one depends on, by the beginning of its name, which goes on with a version; nothing if there is none.
dependency() { { apt_of amd64 cache depends "$1" 2>/dev/null || true; } | sed -n "s/.* \($2[0-9.]*\)$/\1/p" | head -1; }

# Debian's newest rustc and what it needs to run, in a folder of its own.
rustc_of_debian() {
    local std llvm
    need ca-certificates gcc libc6-dev libedit2 libxml2 libz3-4 xz-utils
    quietly apt_of amd64 get update
    std=$(dependency libstd-rust-web-dev libstd-rust-web-)
    llvm=$(dependency "${std:-libstd-rust-web}" libllvm)
    [ -n "$llvm" ] || die "this system has no package rustc-web: take Debian 12, or" \
        "\`rustup target add $target\` and STD=rustup ci/cross.sh $1"
    say "unpacking rustc-web with $std and $llvm"
    unpack amd64 "$home/rustc" rustc-web rust-web-src libstd-rust-web-dev "$std" "$llvm"
    touch "$home/rustc/done"
}

# Has cargo run that rustc with the libraries beside it, wherever the folder is copied to.
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

# An empty package, to have cargo build std for it, and a wrapper of rustc.
seed() {
    mkdir -p "$1/src"
    echo '#![no_std]' >"$1/src/lib.rs"
    printf '[package]\nname = "seed"\nedition = "2024"\n[workspace]\n[profile.release]\nopt-level = "z"\n' >"$1/Cargo.toml"
    # As in Rust's own build: panic_abort alone aborts, all else can unwind.
    printf '#!/bin/sh\ncase " $* " in *" --crate-name panic_abort "*) set -- "$@" -Cpanic=abort ;; esac\nexec "$@"\n' \
        >"$1/wrapper"
    chmod +x "$1/wrapper"
}

# Builds std in the folder of that package. Small, and without what would put names to the addresses of a backtrace: a
# stripped binary has no names.
compile_std() (
    cd "$1"
    export RUSTC_WRAPPER=$1/wrapper RUSTC_BOOTSTRAP=1
    source=$sysroot/lib/rustlib/src/rust # a link in Debian's package
    flags -Cembed-bitcode=yes -Cforce-frame-pointers=yes -Zlocation-detail=none "--remap-path-prefix=$cargo_home=/cargo" \
        "--remap-path-prefix=$source=/rustc" "--remap-path-prefix=$(readlink -f "$source")=/rustc"
    quietly cargo build --release --target "$target" --target-dir "$1/target" -Zbuild-std=std,panic_abort \
        -Zbuild-std-features=panic-unwind,optimize_for_size
)

# std for the target, in the folder where rustc looks for it. Made by another version of this script it is made anew, and
# what was compiled with it too.
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

# Flags for rustc, each of which may hold spaces.
flags() {
    CARGO_ENCODED_RUSTFLAGS=$(printf '%s\037' "$@")
    export CARGO_ENCODED_RUSTFLAGS=${CARGO_ENCODED_RUSTFLAGS%?}
}

# What makes the binaries small, beside the profile: docs/performance.md has what each is worth.
small=(-Crelro-level=off -Cforce-frame-pointers=yes -Cllvm-args=-inline-threshold=9)

# The binaries of the package. Folders of this machine have other names in them, so that every machine builds the same; of
# the names the last that fits counts, for one folder may lie below another.
build() {
    local features=(--no-default-features) registry
    # A package of a team's own asks for that feature itself.
    [ "$manifest" != "$root/Cargo.toml" ] || features+=(--features run)
    # So that there is a folder to be renamed, on the first day too; without a network the build says what it misses.
    cargo fetch --quiet --locked --manifest-path "$manifest" --target "$target" >"$home/log" 2>&1 || true
    local renamed=("--remap-path-prefix=$root=/collectington" "--remap-path-prefix=$cargo_home=/cargo")
    for registry in "$cargo_home"/registry/src/*/; do renamed+=("--remap-path-prefix=${registry%/}=/cargo"); done
    flags -Ctarget-feature=+crt-static "${small[@]}" "${renamed[@]}"
    mkdir -p "$home/bin"
    # As a flag for all, the folder of another package would have all that it depends on compiled anew.
    printf '#!/bin/sh\nexec "$@" "--remap-path-prefix=%s=/package"\n' "$(dirname "$manifest")" >"$home/bin/rustc-of-package"
    chmod +x "$home/bin/rustc-of-package"
    # What another package left there is not to be handed over.
    find "$home/build/$target/edge" -maxdepth 1 -type f -executable -delete 2>/dev/null || true
    # By its name alone: cargo mixes the path of a wrapper into the names of functions.
    PATH=$home/bin:$PATH RUSTC_WORKSPACE_WRAPPER=rustc-of-package \
        cargo build --profile edge --locked "${features[@]}" --manifest-path "$manifest" --target "$target" \
        --target-dir "$home/build"
}

# Puts the binaries where they are looked for, and looks that they need nothing of their host.
hand_over() {
    local binary name=
    for binary in "$home/build/$target/edge"/*; do
        [ -f "$binary" ] && [ -x "$binary" ] || continue
        name=$dist/$(basename "$binary")-$1
        if readelf -ldW "$binary" | grep -qE 'INTERP|NEEDED'; then die "$binary is not static"; fi
        install -D "$binary" "$name"
        say "$(stat -c %s "$name") bytes: ${name#"$root/"}"
    done
    [ -n "$name" ] || die "$manifest has no binary that is built without its default features"
}

# Whether rustup's target is there and to be taken. That for armv7 counts seconds in 32 bits, so it has to be asked for.
takes_rustup() {
    local library
    library=$(rustc --print sysroot)/lib/rustlib/$target/lib
    case ${STD:-} in
    '') [ "$1" != armv7 ] && [ -d "$library" ] ;;
    debian) false ;;
    rustup) [ -d "$library" ] || die "rustup target add $target, first" ;;
    *) die "STD is '$STD': debian or rustup is expected" ;;
    esac
}

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
        if takes_rustup "$name"; then
            [ "$name" != armv7 ] || say "WARNING: cton-armv7 with rustup's std ends in January 2038"
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
