//! Completions for bash, zsh and fish. The names of services come from the completed binary.

use std::collections::BTreeSet;

use super::super::command_table::{COMMANDS, CommandName, CommandSpec};
use super::super::help::effect;
use super::super::option_table::{OPTIONS, OptionSpec};
use super::{MADE, Words};

/// The shell words that extract the service names from the output of `cton list`.
const LIST: &str = "list 2>/dev/null | sed -n 's/^\\([a-z][a-z0-9_]*\\)  port .*/\\1/p'";

/// Returns the words of all commands.
fn commands() -> String {
    COMMANDS.iter().map(|command| command.word).collect::<Vec<_>>().join(" ")
}

/// Returns the completions for the argument of a command.
fn argument(command: &CommandSpec) -> Option<Words> {
    command.argument.map(|(placeholder, _)| Words::of(placeholder))
}

/// Returns the completion script for bash 4 and later.
pub(super) fn bash() -> String {
    let values: BTreeSet<String> = OPTIONS.iter().filter_map(bash_value).collect();
    let values = values.into_iter().collect::<String>();
    let words: String = COMMANDS.iter().map(bash_command).collect();
    let (run, commands) = (bash_options(CommandName::Run.spec()), commands());
    format!(
        "# {MADE}\n_cton() {{\n    local words= directories= cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD - 1]}}\n    \
         # `--option=value` comes as three words.\n    \
         if [[ $cur == = ]]; then cur=; elif [[ $prev == = ]]; then prev=${{COMP_WORDS[COMP_CWORD - 2]}}; fi\n    \
         COMPREPLY=()\n    case $prev in\n{values}    *)\n        words='{run} --version'\n        \
         if ((COMP_CWORD == 1)); then words+=' {commands}'; fi\n        case ${{COMP_WORDS[1]}} in\n{words}        esac\n        \
         mapfile -t COMPREPLY < <(compgen $directories -W \"$words\" -- \"$cur\")\n        ;;\n    esac\n}}\ncomplete -F _cton cton\n"
    )
}

/// Returns the case that completes the options and the argument of a command.
fn bash_command(command: &CommandSpec) -> String {
    let (words, more) = match argument(command) {
        Some(Words::Directories) => (bash_options(command), " directories=-d"),
        Some(Words::Commands) => (format!("{} {}", bash_options(command), commands()), ""),
        _ => (bash_options(command), ""),
    };
    format!("        {}) words='{words}'{more} ;;\n", command.word)
}

fn bash_options(command: &CommandSpec) -> String {
    command.options().map(|option| format!("--{}", option.long)).collect::<Vec<_>>().join(" ")
}

/// Returns the case that completes the value of an option, or `None` if the option takes no value.
fn bash_value(option: &OptionSpec) -> Option<String> {
    let (before, from) = match Words::of_option(option)? {
        Words::Services => ("", format!("compgen -W \"$(\"${{COMP_WORDS[0]}}\" {LIST})\" -- \"$cur\"")),
        Words::Files => ("compopt -o filenames; ", "compgen -f -- \"$cur\"".to_owned()),
        Words::Directories => ("compopt -o filenames; ", "compgen -d -- \"$cur\"".to_owned()),
        Words::Of(words) => ("", format!("compgen -W '{words}' -- \"$cur\"")),
        Words::Commands | Words::Anything => ("", ":".to_owned()),
    };
    let short = option.short.map(|short| format!("-{short} | ")).unwrap_or_default();
    Some(format!("    {short}--{}) {before}mapfile -t COMPREPLY < <({from}) ;;\n", option.long))
}

/// Returns the completion script for zsh, for a directory of its `fpath`.
pub(super) fn zsh() -> String {
    let cases: String = COMMANDS.iter().map(zsh_command).collect();
    let mut options: Vec<String> = CommandName::Run.spec().options().map(zsh_option).collect();
    options.push("    {'-V','--version'}'[print the version]'".to_owned());
    let commands: Vec<String> = COMMANDS
        .iter()
        .map(|command| format!("        '{}:{}'\n", command.word, zsh_quoted(command.summary)))
        .collect();
    format!(
        "#compdef cton\n# {MADE}\n_cton_services() {{\n    local -a names\n    \
         names=(${{(f)\"$(\"${{words[1]}}\" {LIST})\"}})\n    compadd -a names\n}}\n\n\
         _cton_commands() {{\n    local -a commands\n    commands=(\n{}    )\n    _describe command commands\n}}\n\n\
         case ${{words[2]}} in\n{cases}esac\n_arguments -S \\\n{} \\\n    '1:command:_cton_commands'\n",
        commands.concat(),
        options.join(" \\\n")
    )
}

fn zsh_command(command: &CommandSpec) -> String {
    let mut specs = vec!["    '1:command:_cton_commands'".to_owned()];
    specs.extend(argument(command).map(|words| format!("    '2:{}'", zsh_value(&words))));
    specs.extend(command.options().map(zsh_option));
    format!("{})\n    _arguments -S \\\n{}\n    return\n    ;;\n", command.word, specs.join(" \\\n"))
}

fn zsh_value(words: &Words) -> String {
    match words {
        Words::Services => "name:_cton_services".to_owned(),
        Words::Files => "file:_files".to_owned(),
        Words::Directories => "directory:_files -/".to_owned(),
        Words::Commands => "command:_cton_commands".to_owned(),
        Words::Of(words) => format!("word:({words})"),
        Words::Anything => "value: ".to_owned(),
    }
}

fn zsh_option(option: &OptionSpec) -> String {
    let value = Words::of_option(option).map(|words| format!(":{}", zsh_value(&words))).unwrap_or_default();
    let description = zsh_quoted(&effect(option)).replace('[', "\\[").replace(']', "\\]");
    let equals = if option.value.is_some() { "=" } else { "" };
    let repeats = if option.repeats { "*" } else { "" };
    let long = format!("'{repeats}--{}{equals}'", option.long);
    let names = match option.short {
        Some(short) => format!("{{'{repeats}-{short}',{long}}}"),
        None => long,
    };
    format!("    {names}'[{description}]{value}'")
}

fn zsh_quoted(text: &str) -> String {
    text.replace('\'', "'\\''")
}

/// Returns the completion script for fish.
pub(super) fn fish() -> String {
    let mut text = format!("# {MADE}\ncomplete -c cton -f\n");
    let no_command = format!("not __fish_seen_subcommand_from {}", commands());
    let run = CommandName::Run.spec().options().chain(OPTIONS.last());
    run.for_each(|option| text += &fish_option(&no_command, option));
    for command in &COMMANDS {
        let (word, summary) = (command.word, fish_quoted(command.summary));
        text += &format!("complete -c cton -n '{no_command}' -a {word} -d '{summary}'\n");
        let here = format!("__fish_seen_subcommand_from {word}");
        match argument(command) {
            Some(Words::Directories) => {
                text += &format!("complete -c cton -n '{here}' -a '(__fish_complete_directories)'\n");
            }
            Some(Words::Commands) => {
                text += &format!("complete -c cton -n '{here}' -a '{}'\n", commands());
            }
            _ => {}
        }
        command.options().for_each(|option| text += &fish_option(&here, option));
    }
    text
}

fn fish_option(condition: &str, option: &OptionSpec) -> String {
    let value = match Words::of_option(option) {
        None => String::new(),
        Some(Words::Services) => format!(" -x -a '(cton {})'", fish_quoted(LIST)),
        Some(Words::Files) => " -r -F".to_owned(),
        Some(Words::Directories) => " -x -a '(__fish_complete_directories)'".to_owned(),
        Some(Words::Of(words)) => format!(" -x -a '{words}'"),
        Some(Words::Commands | Words::Anything) => " -x".to_owned(),
    };
    let short = option.short.map(|short| format!(" -s {short}")).unwrap_or_default();
    let (long, description) = (option.long, fish_quoted(&effect(option)));
    format!("complete -c cton -n '{condition}'{short} -l {long}{value} -d '{description}'\n")
}

fn fish_quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\'', "\\'")
}
