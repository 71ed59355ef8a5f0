//! Completions for bash, zsh and fish. Names of services come from the binary that is completed.

use super::{Flag, MADE, Words};

/// The names of what `--list` lists.
const LIST: &str = "--list 2>/dev/null | sed -n 's/^\\([a-z][a-z0-9_]*\\)  port .*/\\1/p'";

/// For bash 4 and later.
pub(super) fn bash(flags: &[Flag]) -> String {
    let mut cases = String::new();
    for flag in flags {
        let Some(words) = flag.words() else { continue };
        let (before, from) = match words {
            Words::Services => ("", format!("compgen -W \"$(\"${{COMP_WORDS[0]}}\" {LIST})\" -- \"$cur\"")),
            Words::Files => ("compopt -o filenames; ", "compgen -f -- \"$cur\"".to_owned()),
            Words::Folders => ("compopt -o filenames; ", "compgen -d -- \"$cur\"".to_owned()),
            Words::Of(words) => ("", format!("compgen -W '{words}' -- \"$cur\"")),
            Words::Anything => ("", ":".to_owned()),
        };
        let short = flag.short.map(|short| format!("-{short} | ")).unwrap_or_default();
        cases += &format!("    {short}{}) {before}mapfile -t COMPREPLY < <({from}) ;;\n", flag.long);
    }
    let all: Vec<&str> = flags.iter().map(|flag| flag.long.as_str()).collect();
    let all = all.join(" ");
    format!(
        "# {MADE}\n_cton() {{\n    local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD - 1]}}\n    \
         # `--option=value` comes as three words.\n    \
         if [[ $cur == = ]]; then cur=; elif [[ $prev == = ]]; then prev=${{COMP_WORDS[COMP_CWORD - 2]}}; fi\n    \
         COMPREPLY=()\n    case $prev in\n{cases}    \
         *) mapfile -t COMPREPLY < <(compgen -W '{all}' -- \"$cur\") ;;\n    esac\n}}\ncomplete -F _cton cton\n"
    )
}

/// For zsh, to be found in its `fpath`.
pub(super) fn zsh(flags: &[Flag]) -> String {
    let specs: Vec<String> = flags.iter().map(zsh_option).collect();
    format!(
        "#compdef cton\n# {MADE}\n_cton_services() {{\n    local -a names\n    \
         names=(${{(f)\"$(\"${{words[1]}}\" {LIST})\"}})\n    compadd -a names\n}}\n\n_arguments -S \\\n{}\n",
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

/// For fish.
pub(super) fn fish(flags: &[Flag]) -> String {
    let quoted = |text: &str| text.replace('\\', "\\\\").replace('\'', "\\'");
    let mut text = format!("# {MADE}\ncomplete -c cton -f\n");
    for flag in flags {
        let value = match flag.words() {
            None => String::new(),
            Some(Words::Services) => format!(" -x -a '(cton {})'", quoted(LIST)),
            Some(Words::Files) => " -r -F".to_owned(),
            Some(Words::Folders) => " -x -a '(__fish_complete_directories)'".to_owned(),
            Some(Words::Of(words)) => format!(" -x -a '{words}'"),
            Some(Words::Anything) => " -x".to_owned(),
        };
        let short = flag.short.map(|short| format!(" -s {short}")).unwrap_or_default();
        let (long, description) = (flag.long.trim_start_matches('-'), quoted(&flag.description));
        text += &format!("complete -c cton{short} -l {long}{value} -d '{description}'\n");
    }
    text
}
