#!/usr/bin/env bash
# Polls real servers and compares the metrics with the servers' own values: ci/servers.sh [NAME]...
#
# Installs the servers from Debian and npm. Each server runs on loopback, without other network access, with its data in a temporary
# directory. tests/servers/ has their services; tests/servers/run.py starts them, and tests/servers/targets.py those that are targets of a
# service.
set -euo pipefail
cd "$(dirname "$0")/.."

ci/tools.sh qbittorrent-nox transmission-daemon syncthing icinga2=icinga2-bin kea-ctrl-agent kea-dhcp4=kea-dhcp4-server \
    rabbitmq-server prometheus prometheus-alertmanager curl openssl node=nodejs npm
modules=$PWD/target/servers/node_modules
if [ ! -d "$modules/graphql-yoga" ] || [ ! -d "$modules/json-server-auth" ]; then
    mkdir -p target/servers
    npm install --prefix target/servers --silent --no-audit --no-fund \
        graphql@16 graphql-yoga@5 json-server@0.17 json-server-auth@2
fi

cp Cargo.lock tests/servers/Cargo.lock
CARGO_TARGET_DIR=$PWD/target cargo build --manifest-path tests/servers/Cargo.toml
SERVERS_NODE_MODULES=$modules python3 tests/servers/run.py target/debug/servers "$@"
[ $# -gt 0 ] || python3 tests/servers/targets.py target/debug/servers
