//! The words of everything that a person reads: the documents, `--help`, messages, log lines, HELP texts and pages.

mod texts;
mod words;

use std::fs;

use texts::{Document, Text, documents, help, literals, templates};
use words::{ALLOWED, VOCABULARY};

#[test]
fn the_documents_use_the_words_of_the_field() {
    let texts: Vec<Text> = documents().iter().flat_map(Document::prose).collect();
    assert!(texts.len() > 500);
    assert_plain(&texts);
}

#[test]
fn the_program_uses_the_words_of_the_field() {
    let texts: Vec<Text> = [literals(), templates(), help()].concat();
    assert!(texts.len() > 500);
    assert_plain(&texts);
}

#[test]
fn no_message_gives_advice_as_a_question() {
    let questions: Vec<String> = literals()
        .iter()
        .filter(|text| text.is_question() && !is_runbook(text))
        .map(Text::to_string)
        .collect();
    assert!(questions.is_empty(), "{}", questions.join("\n"));
}

/// True for the steps of an alert, which are questions that the reader answers one after the other.
fn is_runbook(text: &Text) -> bool {
    text.place.starts_with("src/tools/monitoring/alerts")
}

#[test]
fn no_heading_begins_with_a_question_word() {
    const OPENERS: [&str; 7] = ["How", "What", "Where", "Whether", "Which", "Who", "Why"];
    let begins =
        |heading: &&Text| OPENERS.contains(&heading.text.split_whitespace().next().unwrap_or_default());
    let headings: Vec<Text> = documents().iter().flat_map(Document::headings).collect();
    let found: Vec<String> = headings.iter().filter(begins).map(Text::to_string).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn every_table_has_headers() {
    let found: Vec<String> =
        documents().iter().flat_map(Document::tables_without_headers).map(|text| text.to_string()).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn every_command_can_be_copied() {
    let found: Vec<String> =
        documents().iter().flat_map(Document::prompts).map(|text| text.to_string()).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_readme_fits_on_one_screen() {
    assert!(fs::read_to_string("README.md").unwrap().lines().count() <= 150);
}

#[test]
fn every_allowed_passage_is_still_there() {
    let documents: Vec<Text> = documents().iter().flat_map(Document::prose).collect();
    let all = [documents, literals(), templates(), help()].concat();
    for allowed in ALLOWED {
        let used = all.iter().any(|text| text.normal().contains(allowed.passage));
        assert!(used, "`{}` is nowhere: remove it from the list", allowed.passage);
        assert!(!allowed.reason.is_empty());
    }
}

#[test]
fn words_are_found_in_any_form_and_not_in_code() {
    let text = |text: &str| Text { place: "a:1".to_owned(), text: text.to_owned() };
    for found in ["It Answers.", "read anew", "made\nof it", "(folder)", "time-outs"] {
        assert_eq!(text(found).faults().len(), 1, "{found}");
    }
    for fine in ["`answer`", "answerable", "a new", "The response is `asked`."] {
        assert_eq!(text(fine).faults(), Vec::<String>::new(), "{fine}");
    }
}

fn assert_plain(texts: &[Text]) {
    let faults: Vec<String> = texts.iter().flat_map(Text::faults).collect();
    assert!(faults.is_empty(), "{} words:\n{}", faults.len(), faults.join("\n"));
}

impl Text {
    /// The words of the text that are not those of the field, each with its replacement.
    fn faults(&self) -> Vec<String> {
        let mut text = self.normal();
        ALLOWED.iter().for_each(|allowed| text = text.replace(allowed.passage, " "));
        let fault = |(words, instead): &(&str, &str)| {
            let found = words.split(", ").find(|word| text.contains(&format!(" {word} ")))?;
            Some(format!("{}: `{found}`, write {instead}: {}", self.place, self.text.trim()))
        };
        VOCABULARY.iter().filter_map(fault).collect()
    }
}
