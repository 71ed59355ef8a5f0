#!/usr/bin/env bash
# Runs the maintainer scripts with dpkg for an upgrade, a removal and a purge, with a systemctl that fails and one that succeeds:
# scripts.sh WORK OLD.deb NEW.deb
#
# The scripts run on an overlay in memory over the file system of this machine. The mount namespace discards all changes.
set -euo pipefail
work=$1 old=$(basename "$2") new=$(basename "$3")
root=$work/layer/root
mkdir "$work/layer"
mount -t tmpfs none "$work/layer"
mkdir "$work/layer"/{upper,work,root}
mount -t overlay -o "lowerdir=/,upperdir=$work/layer/upper,workdir=$work/layer/work" none "$root"
mount --bind /dev "$root/dev"
mkdir -p "$root"/{stub,debs,run/systemd/system,etc/systemd/system/multi-user.target.wants,etc/cton/secrets}
cp "$2" "$3" "$root/debs"
cat >"$root/stub/systemctl" <<'STUB'
#!/bin/sh
echo "systemctl $*"
exit "$(cat /stub/code)"
STUB
chmod +x "$root/stub/systemctl"
link=$root/etc/systemd/system/multi-user.target.wants/cton@splunk.service

# Sets `said` to the output of dpkg and the scripts. dpkg must succeed, even if systemctl fails.
host() { said=$(chroot "$root" env PATH=/stub:/usr/sbin:/usr/bin:/sbin:/bin dpkg --log=/dev/null "$@" 2>&1) || { echo "dpkg $*: $said"; exit 1; }; }
says() { grep -qF -- "$1" <<<"$said" || { echo "the output has no \`$1\`: $said"; exit 1; }; }
is() { [ "$(chroot "$root" dpkg-query -W -f '${db:Status-Status}' cton 2>/dev/null || true)" = "$1" ] || { echo "the package is not in state $1"; exit 1; }; }

for code in 0 1; do
    echo "$code" >"$root/stub/code"
    # Otherwise dpkg would also process other packages.
    rm -rf "$root/var/lib/dpkg"
    mkdir -p "$root/var/lib/dpkg"/{info,updates,triggers} "$root/var/lib/private/cton/splunk"
    touch "$root/var/lib/dpkg"/{status,available}
    ln -s /lib/systemd/system/cton@.service "$link"
    echo secret >"$root/etc/cton/secrets/splunk"

    host --install "/debs/$old"
    is installed
    says "systemctl daemon-reload"
    host --install "/debs/$new"
    is installed
    says "systemctl try-restart cton@*.service"
    [ "$code" = 0 ] || says "journalctl -u cton@NAME"
    host --remove cton
    says "systemctl stop cton@*.service"
    [ "$code" = 0 ] || says "systemctl kill -s KILL cton@NAME"
    [ -L "$link" ] && [ -d "$root/var/lib/private/cton" ] || { echo "removal deletes files that only purge may delete"; exit 1; }
    host --purge cton
    is ""
    [ ! -L "$link" ] && [ ! -d "$root/var/lib/private/cton" ] || { echo "purge leaves files"; exit 1; }
    [ -f "$root/etc/cton/secrets/splunk" ] || { echo "purge deletes the secrets"; exit 1; }
done
