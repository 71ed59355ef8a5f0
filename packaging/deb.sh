#!/bin/sh
# Builds a Debian package from a static binary: packaging/deb.sh amd64|arm64|armhf BINARY [DIR]
#
# Writes DIR/cton_VERSION-REVISION_ARCH.deb (defaults: DIR is target/dist, DEB_REVISION is 1). The same files and
# SOURCE_DATE_EPOCH give the same bytes. Requires dpkg-deb and gzip, and no tools of the other architecture. DEBFULLNAME and
# DEBEMAIL set the maintainer.
#
#   MANIFEST=../team/Cargo.toml packaging/deb.sh amd64 target/dist/cton-x86_64
#
# packs the binary of that package, with its version and its config.json. The binary is named cton in the Debian package, as in
# the unit, the manual page and the completions.
set -eu
fail() { echo "deb.sh: $*" >&2; exit 1; }
[ $# -ge 2 ] || fail "missing argument; usage: packaging/deb.sh arm64 target/dist/cton-aarch64"
arch=$1 binary=$(realpath "$2") out=$(realpath -m "${3:-"$(dirname "$0")/../target/dist"}")
manifest=$(realpath "${MANIFEST:-"$(dirname "$0")/../Cargo.toml"}")
cd "$(dirname "$0")/.."

# The header of an ELF file has the machine as a number.
case $arch in
amd64) expected=62 ;; arm64) expected=183 ;; armhf) expected=40 ;;
*) fail "unknown architecture \`$arch\`; use amd64, arm64 or armhf" ;;
esac
[ "$(od -An -tu2 -j18 -N2 "$binary" | tr -d ' ')" = "$expected" ] || fail "$2 is not a binary for $arch; build one with ci/cross.sh"
# The package has no dependencies, so the binary must be static.
! head -c 4096 "$binary" | grep -aq '/lib.*/ld-\|/lib/ld' || fail "$2 is not static; build a static binary with ci/cross.sh"

version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$manifest" | head -n 1)
[ -n "$version" ] || fail "$manifest has no line \`version = \"1.2.3\"\`"
version=$version-${DEB_REVISION:-1}
maintainer="${DEBFULLNAME:-Collectington} <${DEBEMAIL:-collectington@users.noreply.github.com}>"
: "${SOURCE_DATE_EPOCH:=$(git log -1 --format=%ct 2>/dev/null || echo 0)}"
export SOURCE_DATE_EPOCH
umask 022
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
chmod 755 "$root"

put() { install -D -m "$1" "$2" "$root/$3"; }
put 755 "$binary" usr/bin/cton
put 644 'packaging/cton@.service' 'lib/systemd/system/cton@.service'
put 644 packaging/cton.1 usr/share/man/man1/cton.1
put 644 packaging/completions/cton.bash usr/share/bash-completion/completions/cton
put 644 packaging/completions/_cton usr/share/zsh/vendor-completions/_cton
put 644 packaging/completions/cton.fish usr/share/fish/vendor_completions.d/cton.fish
put 644 CHANGELOG.md usr/share/doc/cton/changelog
put 644 LICENSE usr/share/doc/cton/copyright
put 644 "$(dirname "$manifest")/config.json" usr/share/doc/cton/examples/config.json
put 644 packaging/debian/default usr/share/doc/cton/examples/default
put 644 packaging/debian/overrides usr/share/lintian/overrides/cton
cat >"$root/usr/share/doc/cton/changelog.Debian" <<CHANGES
cton ($version) unstable; urgency=medium

  * See changelog.gz.

 -- $maintainer  $(date -u -R -d "@$SOURCE_DATE_EPOCH")
CHANGES
gzip -9n "$root/usr/share/man/man1/cton.1" "$root"/usr/share/doc/cton/changelog*
install -d "$root/etc/cton" && install -d -m 700 "$root/etc/cton/secrets"

put 755 packaging/debian/postinst DEBIAN/postinst
put 755 packaging/debian/prerm DEBIAN/prerm
put 755 packaging/debian/postrm DEBIAN/postrm
cat >"$root/DEBIAN/control" <<CONTROL
Package: cton
Version: $version
Architecture: $arch
Maintainer: $maintainer
Installed-Size: $(du -k -s --apparent-size "$root" | cut -f1)
Section: net
Priority: optional
Homepage: https://github.com/collectington/collectington
Description: Prometheus exporter of SaaS HTTP/JSON APIs
 Collectington polls HTTP/JSON APIs on a schedule, caches the results, and
 serves them to any number of Prometheus servers. The APIs are compiled in.
 .
 The unit cton@NAME runs the service NAME. The binary is static.
CONTROL
(cd "$root" && find . -path ./DEBIAN -prune -o -type f -printf '%P\0' | LC_ALL=C sort -z | xargs -0 md5sum >DEBIAN/md5sums)
find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
mkdir -p "$out"
dpkg-deb --root-owner-group -Zxz --build "$root" "$out/cton_${version}_$arch.deb"
