//! Generates the tables that bind config.json to services/. The generator is in src/codegen.

#[allow(dead_code, unused_imports, reason = "the library uses what this script does not")]
#[path = "src/codegen/mod.rs"]
mod build;
#[allow(dead_code, unused_imports, reason = "the library uses what this script does not")]
#[path = "src/config/mod.rs"]
mod config;

fn main() {
    build::compile("config.json", "services");
}
