#!/usr/bin/env bash
# Installs the Debian packages of missing tools: ci/tools.sh TOOL[=PACKAGE]...
set -euo pipefail
missing=()
for tool; do
    command -v "${tool%=*}" >/dev/null || missing+=("${tool#*=}")
done
[ ${#missing[@]} -gt 0 ] || exit 0
sudo=
[ "$(id -u)" = 0 ] || sudo=sudo
$sudo apt-get -q -o DPkg::Lock::Timeout=300 update >/dev/null
# RUNLEVEL=1: packages must not start their servers. The tests start servers on loopback.
$sudo env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
    apt-get -q -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "${missing[@]}" >/dev/null
