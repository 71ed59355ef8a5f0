#!/usr/bin/env bash
# Builds the files of a release in target/release-VERSION: ci/release.sh [--rehearse]
#
# Builds an archive and a Debian package for each static target, a software bill of materials (CycloneDX), SHA256SUMS, and NOTES.md,
# the section of CHANGELOG.md. First checks that the tree is clean, that HEAD has the tag vVERSION, and that the section has a date.
# The same commit gives identical archives. `--rehearse` omits the checks and uses existing binaries of target/dist. Publishes
# nothing.
set -euo pipefail
cd "$(dirname "$0")/.."
die() { printf 'release: %s\n' "$*" >&2; exit 1; }
rehearse=
case "${1:-}" in
'') ;;
--rehearse) rehearse=yes ;;
*) die "unknown argument \`$1\`; usage: ci/release.sh [--rehearse]" ;;
esac
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' Cargo.toml | head -1)
out=$PWD/target/release-$version
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH STD=${STD:-debian}

# Prints a version's section of CHANGELOG.md, without its heading.
notes() { awk -v heading="## $version" 'index($0, "## ") == 1 { wanted = index($0, heading " ") == 1; next } wanted' CHANGELOG.md; }

check() {
    [ -z "$(git status --porcelain)" ] || die "uncommitted changes; commit them first"
    grep -Eq "^## $version \([0-9]{4}-[0-9]{2}-[0-9]{2}\)$" CHANGELOG.md ||
        die "CHANGELOG.md has no heading \`## $version (YYYY-MM-DD)\`; set the date of the section"
    [ "$(git tag --points-at HEAD "v$version")" = "v$version" ] || die "HEAD has no tag v$version; run: git tag --annotate v$version"
}

# Creates the archive of a static binary with its manual page, unit and completions: archive TARGET BINARY.
archive() {
    local name=cton-$version-$1 stage=$out/stage
    rm -rf "$stage"
    mkdir -p "$stage/$name"
    install -m 755 "$2" "$stage/$name/cton"
    install -m 644 LICENSE README.md CHANGELOG.md packaging/cton.1 packaging/cton@.service "$stage/$name"
    cp -r packaging/completions "$stage/$name/completions"
    tar --sort=name --owner=0 --group=0 --numeric-owner --mode=u+rwX,go+rX,go-w --mtime="@$SOURCE_DATE_EPOCH" -C "$stage" -c "$name" |
        gzip -9n >"$out/$name.tar.gz"
    rm -r "$stage"
}

# Lists the packages that are compiled into the static binaries.
bill_of_materials() {
    local tools=$PWD/target/tools wanted=0.5.9
    "$tools/bin/cargo-cyclonedx" cyclonedx --version 2>/dev/null | grep -qF "$wanted" ||
        CARGO_PROFILE_RELEASE_OPT_LEVEL=0 cargo install --quiet --locked --root "$tools" --target-dir "$tools/build" "cargo-cyclonedx@$wanted"
    "$tools/bin/cargo-cyclonedx" cyclonedx --quiet --format json --spec-version 1.5 --no-default-features --features run \
        --target x86_64-unknown-linux-musl --override-filename "cton-$version.cdx"
    # The tool writes the local directory of this package.
    sed "s|path+file://$PWD#|pkg:cargo/|g" "cton-$version.cdx.json" >"$out/cton-$version.cdx.json"
    rm "cton-$version.cdx.json"
}

[ -n "$rehearse" ] || check
rm -rf "$out"
mkdir -p "$out"
notes >"$out/NOTES.md"
[ -s "$out/NOTES.md" ] || die "CHANGELOG.md has no section of $version"
while read -r kind debian; do
    binary=target/dist/cton-$kind
    if [ -n "$rehearse" ] && ! [ -e "$binary" ]; then continue; fi
    [ -n "$rehearse" ] || ci/cross.sh "$kind"
    archive "$kind-linux" "$binary"
    packaging/deb.sh "$debian" "$binary" "$out"
done <<'TARGETS'
x86_64 amd64
aarch64 arm64
armv7 armhf
TARGETS
bill_of_materials
(cd "$out" && sha256sum -- *.tar.gz *.deb *.cdx.json >SHA256SUMS && sha256sum --quiet --check SHA256SUMS)
printf 'release: %s is in %s\n' "$version" "$out"
ls -l "$out"
