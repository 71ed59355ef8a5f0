//! The exporter for the config.json and services/ of this repository.

collectington::main!();
