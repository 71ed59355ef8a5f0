//! Completions for bash, zsh and fish. The names of services come from the completed binary.
//!
//! `argh_complete` 0.1.19 is not used because it completes names of options and commands only, not their values: no names of
//! services, no files and no words.

use argh::CommandInfoWithArgs;

use super::{Flag, MADE, Words};

/// The shell words that extract the service names from the output of `--list`.
const LIST: &str = "--list 2>/dev/null | sed -n 's/^\\([a-z][a-z0-9_]*\\)  port .*/\\1/p'";

/// Returns the completion script for bash 4 and later.
pub(super) fn bash(command: &CommandInfoWithArgs, flags: &[Flag]) -> String {
    let mut values: String = flags.iter().filter_map(bash_value).collect();
    let mut words = String::new();
    for sub in &command.commands {
        let flags = Flag::all(&sub.command);
        let new: Vec<String> =
            flags.iter().filter_map(bash_value).filter(|case| !values.contains(case)).collect();
        values += &new.concat();
        let folders = if takes_folder(&sub.command) { " folders=-d" } else { "" };
        words += &format!("        {}) words='{}'{folders} ;;\n", sub.name, names(&flags));
    }
    let commands: String = command.commands.iter().map(|sub| format!(" {}", sub.name)).collect();
    let all = names(flags);
    format!(
        "# {MADE}\n_cton() {{\n    local words= folders= cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD - 1]}}\n    \
         # `--option=value` comes as three words.\n    \
         if [[ $cur == = ]]; then cur=; elif [[ $prev == = ]]; then prev=${{COMP_WORDS[COMP_CWORD - 2]}}; fi\n    \
         COMPREPLY=()\n    case $prev in\n{values}    *)\n        words='{all}'\n        \
         if ((COMP_CWORD == 1)); then words+='{commands}'; fi\n        case ${{COMP_WORDS[1]}} in\n{words}        esac\n        \
         mapfile -t COMPREPLY < <(compgen $folders -W \"$words\" -- \"$cur\")\n        ;;\n    esac\n}}\ncomplete -F _cton cton\n"
    )
}

/// True if the first word of the command names a directory.
fn takes_folder(command: &CommandInfoWithArgs) -> bool {
    command.positionals.first().is_some_and(|word| word.name == "folder")
}

fn names(flags: &[Flag]) -> String {
    flags.iter().map(|flag| flag.long.as_str()).collect::<Vec<_>>().join(" ")
}

/// Returns the case that completes the value of an option, or `None` if the option takes no value.
fn bash_value(flag: &Flag) -> Option<String> {
    let (before, from) = match flag.words()? {
        Words::Services => ("", format!("compgen -W \"$(\"${{COMP_WORDS[0]}}\" {LIST})\" -- \"$cur\"")),
        Words::Files => ("compopt -o filenames; ", "compgen -f -- \"$cur\"".to_owned()),
        Words::Folders => ("compopt -o filenames; ", "compgen -d -- \"$cur\"".to_owned()),
        Words::Of(words) => ("", format!("compgen -W '{words}' -- \"$cur\"")),
        Words::Anything => ("", ":".to_owned()),
    };
    let short = flag.short.map(|short| format!("-{short} | ")).unwrap_or_default();
    Some(format!("    {short}{}) {before}mapfile -t COMPREPLY < <({from}) ;;\n", flag.long))
}

/// Returns the completion script for zsh, for a directory of its `fpath`.
pub(super) fn zsh(command: &CommandInfoWithArgs, flags: &[Flag]) -> String {
    let mut specs: Vec<String> = flags.iter().map(zsh_option).collect();
    let mut cases = String::new();
    for sub in &command.commands {
        // The name of the command is the first word.
        let mut own = Vec::new();
        if !sub.command.positionals.is_empty() {
            let word = if takes_folder(&sub.command) { "folder:_files -/" } else { "word: " };
            own.push(format!("    '2:{word}'"));
        }
        own.extend(Flag::all(&sub.command).iter().map(zsh_option));
        cases += &format!("{})\n    _arguments -S \\\n{}\n    return\n    ;;\n", sub.name, own.join(" \\\n"));
    }
    let commands: Vec<&str> = command.commands.iter().map(|sub| sub.name).collect();
    specs.push(format!("    '1:command:({})'", commands.join(" ")));
    format!(
        "#compdef cton\n# {MADE}\n_cton_services() {{\n    local -a names\n    \
         names=(${{(f)\"$(\"${{words[1]}}\" {LIST})\"}})\n    compadd -a names\n}}\n\ncase ${{words[2]}} in\n{cases}esac\n_arguments -S \\\n{}\n",
        specs.join(" \\\n")
    )
}

fn zsh_option(flag: &Flag) -> String {
    let value = match flag.words() {
        None => String::new(),
        Some(Words::Services) => ":name:_cton_services".to_owned(),
        Some(Words::Files) => ":file:_files".to_owned(),
        Some(Words::Folders) => ":folder:_files -/".to_owned(),
        Some(Words::Of(words)) => format!(":word:({words})"),
        Some(Words::Anything) => ":value: ".to_owned(),
    };
    let description = flag.description.replace('\'', "'\\''").replace('[', "\\[").replace(']', "\\]");
    let equals = if flag.value.is_some() { "=" } else { "" };
    let repeats = if flag.repeats { "*" } else { "" };
    let long = format!("'{repeats}{}{equals}'", flag.long);
    let names = match flag.short {
        Some(short) => format!("{{'{repeats}-{short}',{long}}}"),
        None => long,
    };
    format!("    {names}'[{description}]{value}'")
}

/// Returns the completion script for fish.
pub(super) fn fish(command: &CommandInfoWithArgs, flags: &[Flag]) -> String {
    let mut text = format!("# {MADE}\ncomplete -c cton -f\n");
    let commands: Vec<&str> = command.commands.iter().map(|sub| sub.name).collect();
    let running = format!("not __fish_seen_subcommand_from {}", commands.join(" "));
    flags.iter().for_each(|flag| text += &fish_option(&running, flag));
    for sub in &command.commands {
        let description = fish_quoted(sub.command.description);
        let name = sub.name;
        text += &format!("complete -c cton -n __fish_use_subcommand -a {name} -d '{description}'\n");
        let here = format!("__fish_seen_subcommand_from {name}");
        if takes_folder(&sub.command) {
            text += &format!("complete -c cton -n '{here}' -a '(__fish_complete_directories)'\n");
        }
        Flag::all(&sub.command).iter().for_each(|flag| text += &fish_option(&here, flag));
    }
    text
}

fn fish_option(condition: &str, flag: &Flag) -> String {
    let value = match flag.words() {
        None => String::new(),
        Some(Words::Services) => format!(" -x -a '(cton {})'", fish_quoted(LIST)),
        Some(Words::Files) => " -r -F".to_owned(),
        Some(Words::Folders) => " -x -a '(__fish_complete_directories)'".to_owned(),
        Some(Words::Of(words)) => format!(" -x -a '{words}'"),
        Some(Words::Anything) => " -x".to_owned(),
    };
    let short = flag.short.map(|short| format!(" -s {short}")).unwrap_or_default();
    let (long, description) = (flag.long.trim_start_matches('-'), fish_quoted(&flag.description));
    format!("complete -c cton -n '{condition}'{short} -l {long}{value} -d '{description}'\n")
}

fn fish_quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\'', "\\'")
}
