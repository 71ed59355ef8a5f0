# The Debian packages; sourced by check.sh.

declare -A binaries=([amd64]=x86_64 [arm64]=aarch64 [armhf]=armv7)
for arch in amd64 arm64 armhf; do
    packaging/deb.sh "$arch" "target/dist/cton-${binaries[$arch]}" "$work" >/dev/null
    deb=$(echo "$work"/cton_*_"$arch".deb)
    [ "$(dpkg-deb -f "$deb" Architecture)" = "$arch" ] || fail "$deb is not of $arch"
    ! dpkg-deb -f "$deb" Depends | grep -q . || fail "$deb depends on something"
    lintian --allow-root --fail-on error,warning "$deb" >"$work/said" 2>&1 || fail "$(cat "$work/said")"
done
ok "lintian finds nothing wrong with the packages of three architectures, which depend on nothing"

cp "$deb" "$work/first.deb"
sleep 1
packaging/deb.sh "$arch" "target/dist/cton-${binaries[$arch]}" "$work" >/dev/null
cmp "$work/first.deb" "$deb" || fail "the same files give another package"
ok "the same files give the same package"

refused packaging/deb.sh arm64 target/dist/cton-x86_64 "$work"
refused packaging/deb.sh amd64 /bin/sh "$work"
ok "a binary of another architecture and one that is not static are refused"

# An empty system, in which only dpkg's own files are; its scripts run outside of it, as when an image is made.
host() { dpkg --root="$work/root" --force-not-root,script-chrootless,architecture --log=/dev/null "$@" >"$work/said" 2>&1 || fail "$(cat "$work/said")"; }
for arch in armhf arm64 amd64; do
    rm -rf "$work/root"
    mkdir -p "$work/root/var/lib/dpkg"/{info,updates,triggers}
    touch "$work/root/var/lib/dpkg"/{status,available}
    host --install "$work"/cton_*_"$arch".deb
    [ "$(stat -c %a:%U "$work/root/etc/cton/secrets")" = 700:root ] || fail "others can look for secrets"
done
[ "$(chroot "$work/root" /usr/bin/cton --version)" = "$(target/dist/cton-x86_64 --version)" ] || fail "it does not run"
mkdir -p "$work/root/var/lib/private/cton/splunk"
host --purge cton
[ -z "$(find "$work/root" -name '*cton*' -o -name 'splunk')" ] || fail "a purge leaves files"
ok "dpkg installs each into an empty system, where it runs, and purges it"

DEB_REVISION=2 packaging/deb.sh amd64 target/dist/cton-x86_64 "$work/new" >/dev/null
unshare --mount --propagation=private bash packaging/check/scripts.sh "$work" "$work"/cton_*_amd64.deb "$work"/new/cton_*.deb \
    >"$work/said" 2>&1 || fail "$(cat "$work/said")"
ok "an upgrade, a removal and a purge go through, whether systemctl can start and stop the services or not"

MANIFEST=tests/package/Cargo.toml packaging/deb.sh amd64 target/dist/cton-x86_64 "$work/own" >/dev/null
dpkg-deb -x "$work/own/cton_0.0.0-1_amd64.deb" "$work/unpacked"
cmp tests/package/config.json "$work/unpacked/usr/share/doc/cton/examples/config.json" || fail "it has another config than its package"
ok "a custom package has its own version and config in it"
