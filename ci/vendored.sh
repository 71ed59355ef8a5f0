#!/usr/bin/env bash
# Proves that a package of a team's own builds inside a monorepo from vendored sources, with no network: ci/vendored.sh
#
# Everything happens in target/vendored, by the commands of docs/vendoring.md: what stands there is what is run.
# The table of what was vendored is compared with the one there too; UPDATE_GOLDENS=1 writes it.
set -euo pipefail
cd "$(dirname "$0")/.."
repository=$PWD root=$PWD/target/vendored/mono source=$PWD/target/vendored/source document=$PWD/docs/vendoring.md
step() { printf '\n-- %s s: %s\n' "$SECONDS" "$*"; }
# The code blocks of a language below a heading of the document.
blocks() {
    awk -v heading="## $1" -v fence="\`\`\`$2" '/^## /{ here = $0 == heading } /^```/{ code = here && $0 == fence; next } code' "$document" |
        grep . || { echo "docs/vendoring.md has no $2 below $1" >&2; exit 1; }
}

step "what is here as a repository, under the name that the document clones"
rm -rf "$root" "$source"
mkdir -p "$root" "$source"
git ls-files -z | xargs -0 cp --parents -t "$source"
# Whatever git is told elsewhere on this machine: other hooks, other names.
export GIT_CONFIG_GLOBAL=$root/../gitconfig GIT_CONFIG_SYSTEM=/dev/null
git config --file "$GIT_CONFIG_GLOBAL" user.name test
git config --file "$GIT_CONFIG_GLOBAL" user.email test@example.org
git config --file "$GIT_CONFIG_GLOBAL" "url.file://$source.insteadOf" https://github.com/collectington/collectington
# Not every git comes with subtree; where it is there, it goes before an alias.
# shellcheck disable=SC2016
git config --file "$GIT_CONFIG_GLOBAL" alias.subtree '!add() { git clone -q "$4" "$3" && rm -rf "$3/.git"; }; add'
git -C "$source" init -q -b main && git -C "$source" add -A && git -C "$source" commit -q -m source

step "a monorepo, and a package in it"
cd "$root"
git init -q -b main
blocks "A package of your own" toml >Cargo.toml
blocks "A package of your own" sh >commands
CARGO_TARGET_DIR=$repository/target bash -eux commands # where most of it is built already

step "vendoring"
blocks "Without a network" sh >commands
grep -v '^cargo build' commands | bash -eux

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
awk '{ print } /^<!-- Made by / { found = 1; exit } END { exit !found }' "$document" >vendoring.md
cat table.md >>vendoring.md
[ -z "${UPDATE_GOLDENS:-}" ] || cp vendoring.md "$document"
diff "$document" vendoring.md || {
    echo "docs/vendoring.md has another table: UPDATE_GOLDENS=1 ci/vendored.sh writes this one"
    exit 1
}

step "a build that has vendor/ and nothing else"
export CARGO_HOME=$root/home CARGO_TARGET_DIR=$repository/target/vendored/target
# Not optimized: as good a proof, and sooner.
grep '^cargo build' commands | sed 's/ --release//' | bash -eux
"$CARGO_TARGET_DIR/debug/exporter" -s github --replay exporter/services/replay/github --once | grep '^github_stargazers 61874$'

step "from outside, cargo has to be told of the workspace's config"
cd /
! cargo metadata --frozen --format-version 1 --manifest-path "$root/exporter/Cargo.toml" >/dev/null 2>&1 || {
    echo "cargo found the vendored sources from /, which docs/vendoring.md says it does not"
    exit 1
}
cargo --config "$root/.cargo/config.toml" build --frozen --manifest-path "$root/exporter/Cargo.toml"
printf '\nvendored.sh passed:%s %s s\n' "$(tr '\n' ' ' <"$root/total.md")" "$SECONDS"
