#!/usr/bin/env bash
# Installs the Debian packages of tools that are missing: ci/tools.sh TOOL[=PACKAGE]...
set -euo pipefail
missing=()
for tool; do
    command -v "${tool%=*}" >/dev/null || missing+=("${tool#*=}")
done
[ ${#missing[@]} -gt 0 ] || exit 0
sudo=
[ "$(id -u)" = 0 ] || sudo=sudo
$sudo apt-get -q -o DPkg::Lock::Timeout=300 update >/dev/null
# Some packages would start a server of their own; the tests start theirs on loopback.
$sudo env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
    apt-get -q -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "${missing[@]}" >/dev/null
