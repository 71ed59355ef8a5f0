//! The structure of src/: its top-level modules, the imports between them, and the names of types.

mod imports;
mod maps;
mod type_names;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proc_macro2::{TokenStream, TokenTree};

/// The files of src/ that are not for tests only, with their tokens outside of tests.
struct Sources(Vec<(PathBuf, Vec<TokenTree>)>);

impl Sources {
    fn read() -> Self {
        let mut sources = Self(Vec::new());
        sources.add(Path::new("src/lib.rs"));
        sources
    }

    /// Adds a file and those of the modules that it declares.
    fn add(&mut self, file: &Path) {
        let text = fs::read_to_string(file).unwrap();
        let tokens: TokenStream = text.parse().unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let tokens = without_tests(tokens);
        for name in declared_modules(&tokens) {
            let directory = directory_of_children(file);
            let child = [directory.join(format!("{name}.rs")), directory.join(&name).join("mod.rs")];
            let child =
                child.iter().find(|path| path.exists()).unwrap_or_else(|| panic!("no file of {name}"));
            self.add(child);
        }
        self.0.push((file.to_owned(), tokens));
    }
}

/// The directory that has the child modules of a file.
fn directory_of_children(file: &Path) -> PathBuf {
    match file.file_stem().unwrap().to_str().unwrap() {
        "mod" | "lib" => file.parent().unwrap().to_owned(),
        name => file.parent().unwrap().join(name),
    }
}

fn declared_modules(tokens: &[TokenTree]) -> Vec<String> {
    let words: Vec<String> = tokens.iter().map(word).collect();
    words
        .windows(3)
        .filter(|three| three[0] == "mod" && three[2] == ";")
        .map(|three| three[1].clone())
        .collect()
}

/// The text of a token; that of a group would be long, and costly to write.
fn word(token: &TokenTree) -> String {
    match token {
        TokenTree::Group(group) => format!("{:?}", group.delimiter()),
        token => token.to_string(),
    }
}

/// Removes each item with a `#[cfg]` that names `test`, at any depth.
fn without_tests(tokens: TokenStream) -> Vec<TokenTree> {
    let mut kept: Vec<TokenTree> = Vec::new();
    let mut is_test = false;
    for token in tokens {
        if kept.last().is_some_and(|last| word(last) == "#") && is_test_cfg(&token) {
            is_test = true;
        }
        let ends_item = [";", "Brace"].contains(&word(&token).as_str());
        match token {
            _ if is_test => is_test = !ends_item,
            TokenTree::Group(group) => {
                let stream = without_tests(group.stream()).into_iter().collect();
                kept.push(proc_macro2::Group::new(group.delimiter(), stream).into());
            }
            token => kept.push(token),
        }
    }
    kept
}

/// True for the brackets of `#[cfg(...)]` that name `test`.
fn is_test_cfg(token: &TokenTree) -> bool {
    let TokenTree::Group(group) = token else { return false };
    let is_cfg = group.stream().into_iter().next().is_some_and(|first| word(&first) == "cfg");
    is_cfg && names_test(token)
}

fn names_test(attribute: &TokenTree) -> bool {
    match attribute {
        TokenTree::Group(group) => group.stream().into_iter().any(|token| names_test(&token)),
        token => word(token) == "test",
    }
}

/// The tokens in the order of the text, brackets included.
fn flat(tokens: &[TokenTree], words: &mut Vec<String>) {
    for token in tokens {
        if let TokenTree::Group(group) = token {
            words.push("(".to_owned());
            flat(&group.stream().into_iter().collect::<Vec<_>>(), words);
            words.push(")".to_owned());
        } else {
            words.push(word(token));
        }
    }
}

#[test]
fn src_has_no_loose_files() {
    let files =
        fs::read_dir("src").unwrap().map(|entry| entry.unwrap()).filter(|entry| entry.path().is_file());
    let mut names: Vec<_> = files.map(|entry| entry.file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["lib.rs", "main.rs"]);
}
