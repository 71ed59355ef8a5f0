//! Errors of config.json and their positions.

use super::*;

#[test]
fn each_config_error_has_its_position_and_a_fix() {
    let mut wrong = Vec::new();
    for case in cases("tests/config") {
        let printed = match parse("config.json", &fs::read_to_string(&case).unwrap()) {
            Ok(_) => "nothing\n".to_owned(),
            Err(mistakes) => format!("{mistakes}\n"),
        };
        let golden = case.with_extension("txt");
        if std::env::var_os("UPDATE_GOLDENS").is_some() {
            fs::write(&golden, &printed).unwrap();
        }
        if fs::read_to_string(&golden).ok().as_ref() != Some(&printed) {
            wrong.push(format!("{}:\n{printed}", case.display()));
        }
    }
    assert!(wrong.is_empty(), "not as in the .txt files:\n{}", wrong.join("\n"));
}

#[test]
fn no_possible_secret_is_quoted() {
    for case in cases("tests/config") {
        let printed = fs::read_to_string(case.with_extension("txt")).unwrap();
        assert!(!printed.contains("hunter2") && !printed.contains("4711"), "{}", case.display());
    }
}

#[test]
fn positions_count_lines_and_characters_from_one() {
    let text = LEAST.replace("\"incidents\"", "\"é☃\", \"a b\", \"incidents\"").replace('\n', "\r\n");
    let mistakes = parse("x", &text).unwrap_err().list;
    let places: Vec<_> = mistakes.iter().map(|mistake| (mistake.place.line, mistake.place.column)).collect();
    assert_eq!(places, [(11, 29), (11, 35)]);
    let config = parse("x", LEAST).unwrap();
    assert_eq!(config.services[0].metrics[0].place, Position { line: 11, column: 29 });
    assert_eq!(config.services[0].place, Position { line: 5, column: 9 });
    assert_eq!(config.services[0].module.place, Position { line: 7, column: 31 });
}

#[test]
fn an_unreadable_file_is_named_with_a_fix() {
    let directory = std::env::temp_dir().join(format!("collectington-config-{}", std::process::id()));
    fs::create_dir_all(&directory).unwrap();
    let file = directory.join("config.json");
    let printed = |bytes: Option<&[u8]>| {
        if let Some(bytes) = bytes {
            fs::write(&file, bytes).unwrap();
        }
        load(&file).unwrap_err().to_string().replace(&file.display().to_string(), "config.json")
    };
    assert_eq!(
        printed(None),
        "config.json: cannot read the config file: No such file or directory (os error 2); help: create it, or correct \
         the path"
    );
    assert_eq!(
        printed(Some(b"{\n  \"\xc3\xa9\xff\"")),
        "config.json:2:5: invalid UTF-8; help: save the file as UTF-8"
    );
    assert_eq!(
        printed(Some(&vec![b' '; 2 << 20])),
        "config.json:1:1: the file is larger than 1048576 bytes; help: shorten it"
    );
    // Whatever stands where it is cut off.
    assert_eq!(printed(Some("é".repeat(1 << 20).as_bytes())), printed(Some(&vec![b'x'; 2 << 20])));
    fs::remove_dir_all(directory).unwrap();
}

#[test]
fn a_suggestion_differs_from_the_word_by_one_slip_only() {
    let names = ["number_of_incidents", "open", "time_to_resolve"];
    assert_eq!(near("numbr_of_incidents", names), Some("number_of_incidents"));
    assert_eq!(near("NumberOfIncidents", names), Some("number_of_incidents"));
    assert_eq!(near("time_to_reslove", names), Some("time_to_resolve"));
    assert_eq!(near("number_of", names), Some("number_of_incidents"));
    assert_eq!(near("opne", names), Some("open"));
    assert_eq!(near("team", names), None);
    assert_eq!(near("", names), None);
    assert_eq!(near("x", []), None);
    assert_eq!(near(&"x".repeat(1 << 20), names), None);
}
