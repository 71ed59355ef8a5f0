//! The first words of doc comments.

use std::fs;
use std::path::{Path, PathBuf};

/// Words that begin a clause instead of a sentence.
const OPENERS: [&str; 10] =
    ["How", "What", "When", "Where", "Whether", "Which", "Who", "Whom", "Whose", "Why"];

/// Words with which a first sentence refers to something that the reader does not see, or has no verb.
const FRAGMENTS: [&str; 44] = [
    "After",
    "Also",
    "And",
    "As",
    "At",
    "Because",
    "Before",
    "Both",
    "But",
    "By",
    "Ditto",
    "Else",
    "For",
    "From",
    "Here",
    "If",
    "In",
    "It",
    "Its",
    "Likewise",
    "None",
    "Not",
    "Nothing",
    "Of",
    "On",
    "Only",
    "Or",
    "Otherwise",
    "Same",
    "Since",
    "Such",
    "Than",
    "That",
    "Their",
    "Then",
    "There",
    "These",
    "They",
    "This",
    "Those",
    "To",
    "Until",
    "With",
    "Without",
];

/// The first sentence of a doc comment, with its place.
struct FirstSentence {
    place: String,
    text: String,
}

impl FirstSentence {
    fn words(&self) -> Vec<&str> {
        let is_part = |char: char| char.is_alphanumeric() || "_'-`".contains(char);
        self.text.split(|char| !is_part(char)).filter(|word| !word.is_empty()).collect()
    }

    fn begins_with(&self, words: &[&str]) -> bool {
        self.words().first().is_some_and(|first| words.contains(first))
    }
}

/// The first sentences of all doc comments of the sources.
fn first_sentences() -> Vec<FirstSentence> {
    let mut files = vec![PathBuf::from("build.rs")];
    add_files(Path::new("src"), &mut files);
    add_files(Path::new("services"), &mut files);
    files
        .iter()
        .flat_map(|file| sentences_of(&file.display().to_string(), &fs::read_to_string(file).unwrap()))
        .collect()
}

fn add_files(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            add_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn sentences_of(file: &str, source: &str) -> Vec<FirstSentence> {
    let lines: Vec<Option<(&str, &str)>> = source.lines().map(doc_line).collect();
    let begins = |at: usize| {
        let (marker, _) = lines[at]?;
        let goes_on = at > 0 && lines[at - 1].is_some_and(|(before, _)| before == marker);
        (!goes_on).then(|| FirstSentence {
            place: format!("{file}:{}", at + 1),
            text: first_sentence(&lines[at..]),
        })
    };
    (0..lines.len()).filter_map(begins).collect()
}

/// The marker and the text of a line of a doc comment.
fn doc_line(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_start();
    let (marker, text) = line.split_at_checked(3)?;
    (["///", "//!"].contains(&marker) && !text.starts_with('/')).then(|| (marker, text.trim()))
}

fn first_sentence(lines: &[Option<(&str, &str)>]) -> String {
    let paragraph = lines.iter().map_while(|line| line.map(|(_, text)| text).filter(|text| !text.is_empty()));
    let paragraph = paragraph.collect::<Vec<_>>().join(" ") + " ";
    let end = [". ", ": ", "; ", "! ", "? "].iter().filter_map(|end| paragraph.find(end)).min();
    paragraph[..end.unwrap_or(paragraph.len())].to_owned()
}

fn listed(sentences: &[&FirstSentence]) -> String {
    sentences.iter().map(|sentence| format!("{}: {}\n", sentence.place, sentence.text)).collect()
}

#[test]
fn at_most_three_in_a_hundred_doc_comments_begin_with_a_question_word() {
    let all = first_sentences();
    let openers: Vec<_> = all.iter().filter(|sentence| sentence.begins_with(&OPENERS)).collect();
    assert!(
        openers.len() * 100 <= all.len() * 3,
        "{} of {}:\n{}",
        openers.len(),
        all.len(),
        listed(&openers)
    );
}

#[test]
fn no_doc_comment_is_a_fragment() {
    let all = first_sentences();
    let is_fragment =
        |sentence: &&FirstSentence| sentence.words().len() < 3 || sentence.begins_with(&FRAGMENTS);
    let fragments: Vec<_> = all.iter().filter(is_fragment).collect();
    assert!(fragments.is_empty(), "{} of {}:\n{}", fragments.len(), all.len(), listed(&fragments));
}

#[test]
fn fragments_and_question_words_are_found() {
    let source = "//! What it is.\n\n/// Of these.\n/// More.\nstruct A;\n//// no doc comment\n/// A thing that stands: alone.\n";
    let found: Vec<String> =
        sentences_of("a.rs", source).iter().map(|s| format!("{} {}", s.place, s.text)).collect();
    assert_eq!(found, ["a.rs:1 What it is", "a.rs:3 Of these", "a.rs:7 A thing that stands"]);
}
