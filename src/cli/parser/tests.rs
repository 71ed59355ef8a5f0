//! Tests of the command line.

use super::*;

fn parsed(line: &str) -> Result<Options, Diagnostic> {
    parse(line.split_whitespace().map(str::to_owned))
}

fn options(line: &str) -> Options {
    parsed(line).unwrap_or_else(|error| panic!("{line}: {error:?}"))
}

fn usage(line: &str) -> String {
    parsed(line).expect_err(line).to_string()
}

#[track_caller]
fn assert_usage(line: &str, problem: &str) {
    assert!(usage(line).starts_with(&format!("error: {problem}\n")), "{line}: {}", usage(line));
}

#[test]
fn a_value_follows_a_space_or_an_equals_sign() {
    assert_eq!(options("-s a --config=x=y.json"), options("-s a -c x=y.json"));
    assert_eq!(options("--service=a --service b").service, ["a", "b"]);
    assert_usage("--all=yes", "`--all` takes no value");
    assert_usage("-s a -s", "`-s` needs a value: NAME");
}

#[test]
fn the_command_is_run_unless_a_word_or_an_alias_names_another() {
    assert_eq!(options("-s a").given(), options("run -s a").given());
    assert_eq!(options("-s a").command(), CommandName::Run);
    let aliases = [
        ("once -s a", "-s a --once"),
        ("check --all", "--all --check"),
        ("list", "--list"),
        ("targets", "--print-targets"),
        #[cfg(feature = "tools")]
        ("kubernetes", "--print-kubernetes"),
    ];
    for (command, alias) in aliases {
        assert_eq!(options(command).given(), options(alias).given());
        assert_eq!(options(command).command(), options(alias).command());
        assert_eq!(options(command).command().spec().word, command.split_whitespace().next().unwrap());
    }
    assert_eq!(options("-s once").command(), CommandName::Run);
    assert_eq!(options("--config x once -s a").command(), CommandName::Once);
}

#[test]
fn an_alias_accepts_the_options_that_it_always_accepted() {
    for (alias, command) in [("--print-targets", "targets"), ("--list", "list")] {
        options(&format!("-s a --replay x --allowed-host y {alias}"));
        assert_usage(
            &format!("{command} --replay x"),
            &format!("`--replay` does not apply to `cton {command}`"),
        );
    }
    assert_usage("-s a --once --web-config x", "`--web-config` does not apply to `cton once`");
}

#[test]
fn help_and_version_are_commands_and_options() {
    for line in ["help", "-h", "--help", "-s a --help --all"] {
        assert_eq!((options(line).command(), options(line).argument()), (CommandName::Help, None), "{line}");
    }
    for line in ["help once", "once --help", "once -s a -h"] {
        assert_eq!((options(line).command(), options(line).argument()), (CommandName::Help, Some("once")));
    }
    for line in ["version", "-V", "--version", "-s a --version", "once -V"] {
        assert_eq!(options(line).command(), CommandName::Version, "{line}");
    }
    assert_usage("help onec", "unknown command `onec`");
}

#[test]
fn the_advertised_host_is_allowed_if_not_every_host_is() {
    assert_eq!(options("-s a --advertise x").allowed_hosts(), [""; 0]);
    assert_eq!(
        options("-s a --allowed-host y --allowed-host=z --advertise x").allowed_hosts(),
        ["y", "z", "x"]
    );
    assert_usage("-s a --allowed-host http://y", "`--allowed-host`: invalid host `http://y`");
}

#[cfg(feature = "tools")]
#[test]
fn a_command_has_an_argument_and_its_own_options() {
    let new = options("new github --url=https://e.org/?a=b");
    assert_eq!((new.argument(), new.url.as_deref()), (Some("github"), Some("https://e.org/?a=b")));
    assert_usage("new --url x", "`cton new` needs SERVICE");
    assert_usage("new github", "`cton new` needs --url URL");
    assert_usage("new github other --url x", "unexpected argument `other`");
    assert_usage("-s a new github --url x", "`--service` does not apply to `cton new`");
}

#[cfg(not(feature = "tools"))]
#[test]
fn a_command_of_the_tools_is_not_in_a_binary_without_them() {
    assert_usage("new github --url x", "`new` is not in this binary");
    assert_usage("--print-kubernetes", "`--print-kubernetes` is not in this binary");
}

#[test]
fn options_that_do_not_fit_are_usage_errors() {
    assert_usage("-s a --all", "`--all` and `--service` exclude each other");
    assert_usage("-s a --record x --replay y", "`--record` and `--replay` exclude each other");
    for other in ["record", "replay"] {
        let problem = format!("`--state-dir` and `--{other}` exclude each other");
        assert_usage(&format!("-s a --state-dir x --{other} y"), &problem);
    }
    assert_usage("-s a --config x -c y", "`-c` is given twice");
    assert_usage("--list --once", "`--once` and `--list` exclude each other");
    assert_usage("list --check", "`list` and `--check` exclude each other");
    assert_usage("--list once", "`once` and `--list` exclude each other");
    for line in ["once -s a", "-s a --once"] {
        assert_usage(&format!("{line} --listen :80"), "`--listen` does not apply to `cton once`");
        assert_usage(&format!("{line} --web-config x"), "`--web-config` does not apply to `cton once`");
    }
    assert_usage("--log-format=xml", "`--log-format`: invalid log format `xml`");
}

#[test]
fn a_similar_word_is_proposed() {
    for (line, problem, similar) in [
        ("--al", "unknown option `--al`", "a similar option exists: `--all`"),
        ("--lst", "unknown option `--lst`", "a similar option exists: `--list`"),
        ("once --replai x", "unknown option `--replai`", "a similar option exists: `--replay`"),
        ("--port 9000", "unknown option `--port`", "choose the port with `--listen :PORT`"),
        ("onse", "unknown command `onse`", "a similar command exists: `once`"),
    ] {
        assert_usage(line, problem);
        assert!(usage(line).contains(&format!("\n  = help: {similar}\n")), "{}", usage(line));
    }
    assert_usage("--no-such", "unknown option `--no-such`");
    assert!(!usage("--no-such").contains("help:"), "{}", usage("--no-such"));
    assert_usage("-x", "unknown option `-x`");
}

#[test]
fn the_right_form_of_a_service_or_a_value_is_shown() {
    for (line, help) in [
        ("splunk", "select a service with `-s`: `cton run -s splunk`"),
        ("once splunk", "select a service with `-s`: `cton once -s splunk`"),
        ("-c=x.json", "write `-c x.json`"),
        ("-ssplunk", "write `-s splunk`"),
    ] {
        assert!(usage(line).contains(&format!("\n  = help: {help}\n")), "{}", usage(line));
    }
    for line in ["help nothing", "help once splunk"] {
        assert!(!usage(line).contains("help: select"), "{}", usage(line));
    }
    for option in ["-c", "--config", "--state-dir", "--replay"] {
        let error = parse(["list", option, ""].map(str::to_owned)).unwrap_err().to_string();
        assert!(error.starts_with(&format!("error: the path of `{option}` is empty\n")), "{error}");
    }
}

#[test]
fn a_line_break_in_a_value_adds_no_help() {
    for words in [["targets", "--advertise", "a\n  = help: b"], ["targets", "--listen", "a\nhelp: b"]] {
        let error = parse(words.map(str::to_owned)).unwrap_err().to_string();
        let lines: Vec<_> = error.lines().collect();
        assert!(lines[0].ends_with("help: b`") && lines[1].starts_with("  = help: give "), "{error}");
    }
}

#[test]
fn a_usage_error_names_the_help_of_its_command() {
    assert!(usage("--no-such").ends_with("\n\nFor more information, try 'cton --help'.\n"));
    assert!(usage("once --no-such").ends_with("\n\nFor more information, try 'cton once --help'.\n"));
    assert!(usage("-s once --no-such").ends_with("'cton --help'.\n"), "{}", usage("-s once --no-such"));
}
