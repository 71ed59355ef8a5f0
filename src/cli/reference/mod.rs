//! The manual page, the shell completions and docs/cli.md, generated from the tables of commands and options.
//!
//! `UPDATE_GOLDENS=1 cargo test --lib reference` updates them.

mod book;
mod completions;
mod manual;

use super::option_table::OptionSpec;

/// The notice at the beginning of each generated file.
const MADE: &str = "Generated from src/cli/ by `UPDATE_GOLDENS=1 cargo test --lib reference`.";

/// The text about binaries without the tools. docs/edge.md describes them.
const TOOLS: &str = "Size-optimized binaries, such as those of Debian packages and containers, do not have the commands \
                     `kubernetes`, `new`, `new-project`, `dashboard`, `alerts` and `prometheus-config`.";

/// The completions for a value, selected by the placeholder of the value.
enum Words {
    Services,
    Files,
    Directories,
    Commands,
    Of(&'static str),
    Anything,
}

impl Words {
    /// Returns the completions for a placeholder.
    fn of(placeholder: &str) -> Self {
        match placeholder {
            "NAME" => Self::Services,
            "FILE" => Self::Files,
            "DIR" => Self::Directories,
            "[COMMAND]" => Self::Commands,
            "FORMAT" => Self::Of("logfmt json"),
            "METHOD" => Self::Of("get post put patch"),
            _ => Self::Anything,
        }
    }

    fn of_option(option: &OptionSpec) -> Option<Self> {
        option.value.map(Self::of)
    }
}

/// Compares a file with its generated text, or updates the file.
fn is_current(file: &str, text: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    if std::env::var_os("UPDATE_GOLDENS").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(found, text, "`UPDATE_GOLDENS=1 cargo test --lib reference` updates {file}");
}

#[test]
fn the_reference_files_are_those_of_the_tables() {
    is_current("docs/cli.md", &book::page());
    is_current("packaging/cton.1", &manual::page());
    is_current("packaging/completions/cton.bash", &completions::bash());
    is_current("packaging/completions/_cton", &completions::zsh());
    is_current("packaging/completions/cton.fish", &completions::fish());
}
