//! The command line of `cton`: its options, its commands, and the life of the process.
//!
//! | file | content |
//! |---|---|
//! | `assemble` | builds the parts of a run from a plan |
//! | `banner` | the greeting on a terminal |
//! | `change_summary` | the numbers of parts that a change of the plan affects |
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
//! | `placement` | the place of each service in the site of its port |
//! | `port_change` | the ports that a reload opens and closes |
//! | `ports` | opens the ports of the services |
//! | `program` | the entry point: from the arguments to the exit code |
//! | `reference` | the manual page and the completions, in tests |
//! | `reloader` | the thread that reloads the config |
//! | `running` | the parts of a running process, which a plan changes |
//! | `running_port` | a port that is served |
//! | `running_service` | the parts of a service that its poller shares |
//! | `serve` | polls and serves until a signal arrives |
//! | `stop_signals` | the signals that stop the process |

mod assemble;
mod banner;
mod change_summary;
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
mod placement;
mod port_change;
mod ports;
pub(crate) mod program;
#[cfg(test)]
mod reference;
mod reloader;
mod running;
mod running_port;
mod running_service;
mod serve;
mod stop_signals;
