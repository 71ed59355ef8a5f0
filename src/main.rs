//! The exporter of this repository's config.json and services/.

collectington::main!();
