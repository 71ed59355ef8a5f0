//! The command line of `cton`: its options, its commands, and the life of the process.
//!
//! | file | content |
//! |---|---|
//! | `assemble` | builds sites, pollers and threads from a plan |
//! | `banner` | the greeting on a terminal |
//! | `check` | `cton check`: reports what would run and what is missing |
//! | `command_table` | the commands |
//! | `commands` | the commands of the feature `tools` |
//! | `config_files` | the files that a config names |
//! | `declared` | checks the settings and secrets that services declare |
//! | `help` | the text of `--help` |
//! | `list` | `cton list`: the services and the names to query |
//! | `once` | `cton once`: polls each service once and prints its samples |
//! | `option_table` | the options |
//! | `option_values` | parses the values of options |
//! | `options` | the command line as argh reads it |
//! | `parser` | parses the command line, and checks it by the table of commands |
//! | `ports` | opens the ports of the services |
//! | `program` | the entry point: from the arguments to the exit code |
//! | `reference` | the manual page and the completions, in tests |
//! | `serve` | polls and serves until a signal arrives |
//! | `stop_signals` | the signals that stop the process |

mod assemble;
mod banner;
mod check;
mod command_table;
#[cfg(feature = "tools")]
mod commands;
mod config_files;
mod declared;
mod help;
mod list;
mod once;
mod option_table;
mod option_values;
mod options;
mod parser;
mod ports;
pub(crate) mod program;
#[cfg(test)]
mod reference;
mod serve;
mod stop_signals;
