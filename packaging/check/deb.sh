# Checks the Debian packages; sourced by check.sh.

declare -A binaries=([amd64]=x86_64 [arm64]=aarch64 [armhf]=armv7)
for arch in amd64 arm64 armhf; do
    packaging/deb.sh "$arch" "target/dist/cton-${binaries[$arch]}" "$work" >/dev/null
    deb=$(echo "$work"/cton_*_"$arch".deb)
    [ "$(dpkg-deb -f "$deb" Architecture)" = "$arch" ] || fail "$deb is not for $arch"
    ! dpkg-deb -f "$deb" Depends | grep -q . || fail "$deb has dependencies"
    lintian --allow-root --fail-on error,warning "$deb" >"$work/said" 2>&1 || fail "$(cat "$work/said")"
done
ok "lintian accepts the packages of three architectures, which have no dependencies"

cp "$deb" "$work/first.deb"
sleep 1
packaging/deb.sh "$arch" "target/dist/cton-${binaries[$arch]}" "$work" >/dev/null
cmp "$work/first.deb" "$deb" || fail "two builds of the same files differ"
ok "two builds of the same files are identical"

refused packaging/deb.sh arm64 target/dist/cton-x86_64 "$work"
refused packaging/deb.sh amd64 /bin/sh "$work"
ok "binaries of another architecture and dynamic binaries are rejected"

# An empty system with the files of dpkg only. Maintainer scripts run outside of it, as in an image build.
host() { dpkg --root="$work/root" --force-not-root,script-chrootless,architecture --log=/dev/null "$@" >"$work/said" 2>&1 || fail "$(cat "$work/said")"; }
for arch in armhf arm64 amd64; do
    rm -rf "$work/root"
    mkdir -p "$work/root/var/lib/dpkg"/{info,updates,triggers}
    touch "$work/root/var/lib/dpkg"/{status,available}
    host --install "$work"/cton_*_"$arch".deb
    [ "$(stat -c %a:%U "$work/root/etc/cton/secrets")" = 700:root ] || fail "/etc/cton/secrets is readable by others"
done
[ "$(chroot "$work/root" /usr/bin/cton --version)" = "$(target/dist/cton-x86_64 --version)" ] || fail "the binary does not run"
mkdir -p "$work/root/var/lib/private/cton/splunk"
host --purge cton
[ -z "$(find "$work/root" -name '*cton*' -o -name 'splunk')" ] || fail "purge leaves files"
ok "dpkg installs each package into an empty system, where it runs, and purges it"

DEB_REVISION=2 packaging/deb.sh amd64 target/dist/cton-x86_64 "$work/new" >/dev/null
unshare --mount --propagation=private bash packaging/check/scripts.sh "$work" "$work"/cton_*_amd64.deb "$work"/new/cton_*.deb \
    >"$work/said" 2>&1 || fail "$(cat "$work/said")"
ok "upgrade, removal and purge succeed, even if systemctl cannot start and stop the services"

MANIFEST=tests/package/Cargo.toml packaging/deb.sh amd64 target/dist/cton-x86_64 "$work/own" >/dev/null
dpkg-deb -x "$work/own/cton_0.0.0-1_amd64.deb" "$work/unpacked"
cmp tests/package/config.json "$work/unpacked/usr/share/doc/cton/examples/config.json" || fail "the config is not that of the custom package"
ok "the Debian package of a custom package has its version and config"
