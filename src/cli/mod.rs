//! The command line of `cton`: its options, its commands, and the life of the process.
//!
//! | file | content |
//! |---|---|
//! | `assemble` | builds sites, pollers and threads from a plan |
//! | `check` | `--check`: reports what would run and what is missing |
//! | `commands` | the subcommands of the feature `tools` |
//! | `config_files` | the files that a config names |
//! | `monitoring_commands` | `cton dashboard`, `cton alerts` and `cton prometheus-config` |
//! | `once` | `--once`: polls each service once and prints its samples |
//! | `option_values` | parses the values of options |
//! | `options` | the options, help and usage errors |
//! | `program` | the entry point: from the arguments to the exit code |
//! | `serve` | polls and serves until a signal arrives |

mod assemble;
mod check;
#[cfg(feature = "tools")]
mod commands;
mod config_files;
#[cfg(feature = "tools")]
mod monitoring_commands;
mod once;
mod option_values;
mod options;
pub(crate) mod program;
mod serve;
