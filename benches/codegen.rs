//! From config.json and services/ to code: `cargo bench --bench codegen`.
#![allow(clippy::unwrap_used, reason = "what cannot be set up cannot be measured")]

use std::path::Path;

use collectington::internals::{Generated, generate};

fn main() {
    divan::main();
}

/// What a build script does before rustc has its turn: reading, checking, scanning, generating, formatting.
#[divan::bench(args = ["config.json", "tests/golden/every_kind/config.json"])]
fn code(config: &str) -> Generated {
    let config = Path::new(config);
    generate(Path::new(""), config, &config.with_file_name("services")).unwrap()
}
