#!/usr/bin/env bash
# Proves that a package of a team's own builds inside a monorepo from vendored sources, with no network: ci/vendored.sh
#
# Everything happens in target/vendored: a workspace with the repository in third_party/ and tests/package as a member.
# The table of what was vendored is compared with the one in docs/vendoring.md; UPDATE_GOLDENS=1 writes it there.
set -euo pipefail
cd "$(dirname "$0")/.."
repository=$PWD root=$PWD/target/vendored/mono
step() { printf '\n-- %s\n' "$*"; }

step "a monorepo: third_party/collectington, and a package that depends on it"
rm -rf "$root"
mkdir -p "$root/third_party/collectington" "$root/exporter"
git ls-files -z | xargs -0 cp --parents -t "$root/third_party/collectington"
cp -r tests/package/. services "$root/exporter/"
sed -i '/^\[workspace\]/d; s#"\.\./\.\."#"../third_party/collectington"#' "$root/exporter/Cargo.toml"
printf '[workspace]\nmembers = ["exporter"]\nexclude = ["third_party"]\nresolver = "3"\n' >"$root/Cargo.toml"
cp Cargo.lock "$root/"
cd "$root"
cargo metadata --format-version 1 >/dev/null # takes out of Cargo.lock what the workspace does not need

step "vendoring"
mkdir .cargo
third_party/collectington/ci/vendor.sh >.cargo/config.toml

table() {
    printf '| package | version | licence | kB |\n|---|---|---|---:|\n'
    for folder in vendor/*/; do
        ! grep -qF '"files":{}' "$folder/.cargo-checksum.json" || continue
        value() { sed -n "s/^$1 = \"\(.*\)\"$/\1/p" "$folder/Cargo.toml" | head -1; }
        bytes=$(find "$folder" -type f -printf '%s\n' | awk '{ sum += $1 } END { print sum }')
        printf '| %s | %s | %s | %d |\n' "$(value name)" "$(value version)" "$(value license)" $((bytes / 1000))
    done
}
table >table.md
emptied=$(grep -lF '"files":{}' vendor/*/.cargo-checksum.json | wc -l)
awk -F'|' -v emptied="$emptied" 'NR > 2 { kB += $5 }
    END { printf "\n%d packages, %.1f MB; %d more are empty.\n", NR - 2, kB / 1000, emptied }' table.md >total.md
cat total.md >>table.md
cat table.md

step "the table in docs/vendoring.md"
document=$repository/docs/vendoring.md
awk '{ print } /^<!-- Made by / { found = 1; exit } END { exit !found }' "$document" >vendoring.md
cat table.md >>vendoring.md
[ -z "${UPDATE_GOLDENS:-}" ] || cp vendoring.md "$document"
diff "$document" vendoring.md || {
    echo "docs/vendoring.md has another table: UPDATE_GOLDENS=1 ci/vendored.sh writes this one"
    exit 1
}

step "a build that has vendor/ and nothing else"
export CARGO_HOME=$root/home CARGO_TARGET_DIR=$repository/target/vendored/target
cargo build --frozen
"$CARGO_TARGET_DIR/debug/team-exporter" -s splunk --replay exporter/services/replay/splunk --once | grep '^number_of_incidents_total 124$'

step "from outside, cargo has to be told of the workspace's config"
cd /
! cargo metadata --frozen --format-version 1 --manifest-path "$root/exporter/Cargo.toml" >/dev/null 2>&1 || {
    echo "cargo found the vendored sources from /, which docs/vendoring.md says it does not"
    exit 1
}
cargo --config "$root/.cargo/config.toml" build --frozen --manifest-path "$root/exporter/Cargo.toml"
