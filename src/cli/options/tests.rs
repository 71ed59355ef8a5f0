//! Tests of the command line.

use super::*;

fn options(line: &str) -> Options {
    match Options::parse(line.split_whitespace().map(str::to_owned)) {
        ParsedArguments::Options(options) => *options,
        other => panic!("{line}: {other:?}"),
    }
}

fn usage(line: &str) -> String {
    match Options::parse(line.split_whitespace().map(str::to_owned)) {
        ParsedArguments::Usage(text) => text,
        other => panic!("{line}: {other:?}"),
    }
}

#[test]
#[cfg(feature = "tools")]
fn what_is_left_out_without_tools_is_known_by_name() {
    let commands = <Options as argh::ArgsInfo>::get_args_info().commands;
    let options = ["--print-kubernetes"];
    assert!(commands.iter().map(|command| command.name).chain(options).eq(TOOLS));
}

#[test]
fn a_value_follows_a_space_or_an_equals_sign() {
    assert_eq!(options("-s a --config=x=y.json"), options("-s a -c x=y.json"));
    assert_eq!(options("--service=a --service b").service, ["a", "b"]);
}

#[test]
fn the_advertised_host_is_allowed_where_not_every_host_is() {
    assert_eq!(options("-s a --advertise x").allowed_hosts(), [""; 0]);
    assert_eq!(
        options("-s a --allowed-host y --allowed-host=z --advertise x").allowed_hosts(),
        ["y", "z", "x"]
    );
    assert!(usage("-s a --allowed-host http://y").contains("without a port is expected"));
}

#[test]
fn h_and_help_both_teach() {
    for flag in ["-h", "--help"] {
        let ParsedArguments::Help(text) = Options::parse([flag.to_owned()]) else { panic!("{flag}") };
        for word in ["--replay", "--once", "Exit codes", "cton -s splunk"] {
            assert!(text.contains(word), "{word} is missing in:\n{text}");
        }
    }
}

#[cfg(feature = "tools")]
#[test]
fn a_command_has_options_of_its_own_and_none_of_running() {
    let Some(Command::Service(new)) = options("new github --url=https://e.org/?a=b").command else {
        panic!("no command")
    };
    assert_eq!((new.service.as_str(), new.url.as_str()), ("github", "https://e.org/?a=b"));
    assert_eq!(options("-s new").command, None);
    let said = usage("-s a new github --url https://e.org");
    assert_eq!(said, "options in front of a command are those of running: put the command's own behind it");
    assert!(usage("nwe github").contains("nwe"));
}

#[test]
fn options_that_exclude_each_other_are_usage_errors() {
    assert_eq!(usage("-s a --all"), "--all and -s exclude each other: give one of them");
    assert_eq!(
        usage("-s a --record x --replay y"),
        "--record and --replay exclude each other: give one of them"
    );
    for other in ["record", "replay"] {
        let said = usage(&format!("-s a --state-dir x --{other} y"));
        assert_eq!(said, format!("--state-dir and --{other} exclude each other: give one of them"));
    }
    assert_eq!(usage("--list --once"), "--once and --list exclude each other: give one of them");
    #[cfg(feature = "tools")]
    assert_eq!(
        usage("--print-targets --print-kubernetes --check"),
        "--check and --print-targets and --print-kubernetes exclude each other: give one of them"
    );
    assert!(usage("--log-format=xml").contains("logfmt or json is expected"));
    assert!(usage("--no-such").contains("--no-such"));
}
