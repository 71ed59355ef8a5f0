#!/usr/bin/env bash
# Builds the book of docs/ and checks its links and its search: ci/book.sh
#
# The book is target/book/index.html. mdBook is built once, in target/tools.
set -euo pipefail
cd "$(dirname "$0")/.."
version=0.5.4
mdbook=$PWD/target/tools/bin/mdbook
[ "$("$mdbook" --version 2>/dev/null)" = "mdbook v$version" ] ||
    CARGO_PROFILE_RELEASE_OPT_LEVEL=0 cargo install --quiet --locked --root target/tools --target-dir target/tools/build \
        --no-default-features --features search "mdbook@$version"
rm -rf target/book
"$mdbook" build docs
python3 ci/book/links.py target/book
node ci/book/search.cjs target/book
