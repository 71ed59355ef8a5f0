//! The structure of src/: its top-level modules, the imports between them, and the names of types.

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

/// The modules behind `crate::`, also in a group: `crate::{log, panics}`.
fn named_modules(words: &[String]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for at in words.windows(3).enumerate().filter(|(_, w)| w[0] == "crate" && w[1] == ":" && w[2] == ":") {
        let rest = &words[at.0 + 3..];
        if rest[0] != "(" {
            found.insert(rest[0].clone());
            continue;
        }
        let mut depth = 0;
        for (index, word) in rest.iter().enumerate() {
            match word.as_str() {
                "(" => depth += 1,
                ")" => depth -= 1,
                _ if depth == 1 && ["(", ","].contains(&rest[index - 1].as_str()) => {
                    found.insert(word.clone());
                }
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
    }
    found
}

/// The imports between top-level modules, each with the files that have them.
fn imports(sources: &Sources) -> BTreeMap<String, BTreeMap<String, Vec<String>>> {
    let mut graph: BTreeMap<String, BTreeMap<String, Vec<String>>> = BTreeMap::new();
    for (file, tokens) in &sources.0 {
        let Some(top) = file.strip_prefix("src").unwrap().parent().and_then(|path| path.iter().next()) else {
            continue;
        };
        let (top, mut words) = (top.to_str().unwrap().to_owned(), Vec::new());
        flat(tokens, &mut words);
        let modules = graph.entry(top.clone()).or_default();
        for module in named_modules(&words).into_iter().filter(|module| *module != top) {
            modules.entry(module).or_default().push(file.display().to_string());
        }
    }
    graph
}

/// A way along the imports from a module back to itself.
fn cycle<T>(graph: &BTreeMap<String, BTreeMap<String, T>>) -> Option<Vec<String>> {
    fn walk<T>(
        graph: &BTreeMap<String, BTreeMap<String, T>>,
        way: &mut Vec<String>,
        done: &mut BTreeSet<String>,
    ) -> bool {
        let last = way.last().unwrap().clone();
        for next in graph.get(&last).into_iter().flat_map(BTreeMap::keys) {
            if let Some(at) = way.iter().position(|module| module == next) {
                way.drain(..at);
                way.push(next.clone());
                return true;
            }
            way.push(next.clone());
            if !done.contains(next) && walk(graph, way, done) {
                return true;
            }
            way.pop();
        }
        done.insert(last);
        false
    }
    let mut done = BTreeSet::new();
    graph.keys().find_map(|start| {
        let mut way = vec![start.clone()];
        walk(graph, &mut way, &mut done).then_some(way)
    })
}

#[test]
fn top_level_modules_do_not_import_each_other_in_a_cycle() {
    let graph = imports(&Sources::read());
    assert!(graph.len() > 10, "{:?}", graph.keys());
    assert!(graph["series"].contains_key("author"), "{:?}", graph["series"].keys());
    if let Some(way) = cycle(&graph) {
        let step = |step: &[String]| {
            let files: Vec<_> = graph[&step[0]][&step[1]].iter().take(3).map(String::as_str).collect();
            format!("{} imports {} ({})", step[0], step[1], files.join(", "))
        };
        let steps: Vec<String> = way.windows(2).map(step).collect();
        panic!("an import cycle of top-level modules:\n{}", steps.join("\n"));
    }
}

#[test]
fn a_cycle_is_found_and_named() {
    let graph = |edges: &[(&str, &str)]| {
        let mut graph: BTreeMap<String, BTreeMap<String, ()>> = BTreeMap::new();
        for (from, to) in edges {
            graph.entry((*from).to_owned()).or_default().insert((*to).to_owned(), ());
        }
        graph
    };
    assert_eq!(cycle(&graph(&[("a", "b"), ("a", "c"), ("b", "c")])), None);
    let found = cycle(&graph(&[("a", "b"), ("b", "c"), ("c", "d"), ("d", "b")])).unwrap();
    assert_eq!(found, ["b", "c", "d", "b"]);
    let mut words = Vec::new();
    let code = "use crate::{a::{x, y}, b}; fn f() { crate::c::d() } #[cfg(test)] mod tests { use crate::e; }";
    flat(&without_tests(code.parse().unwrap()), &mut words);
    assert_eq!(named_modules(&words).into_iter().collect::<Vec<_>>(), ["a", "b", "c"]);
}

/// The names of the types of each file, private ones too. An associated type is not a type of its own.
fn type_names(sources: &Sources) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (file, tokens) in &sources.0 {
        let mut words = Vec::new();
        flat(tokens, &mut words);
        let mut depth = 0;
        for pair in words.windows(2) {
            depth += i32::from(pair[0] == "(") - i32::from(pair[0] == ")");
            let is_name = pair[1].starts_with(|c: char| c.is_ascii_uppercase());
            let is_type = match pair[0].as_str() {
                "struct" | "enum" | "union" | "trait" => true,
                "type" => depth == 0,
                _ => false,
            };
            if is_type && is_name {
                found.push((pair[1].clone(), file.display().to_string()));
            }
        }
    }
    found
}

#[test]
fn no_type_name_occurs_twice() {
    let names = type_names(&Sources::read());
    let mut files: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, file) in &names {
        files.entry(name).or_default().push(file);
    }
    assert!(["Api", "NetworkLimits", "Polled"].iter().all(|name| files.contains_key(name)), "{files:#?}");
    files.retain(|_, files| files.len() > 1);
    assert!(files.is_empty(), "type names that occur twice: {files:#?}");
}

#[test]
fn src_has_no_loose_files() {
    let files =
        fs::read_dir("src").unwrap().map(|entry| entry.unwrap()).filter(|entry| entry.path().is_file());
    let mut names: Vec<_> = files.map(|entry| entry.file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["lib.rs", "main.rs"]);
}

/// The files of the map in a module's comment: the first column of its table.
fn mapped(comment: &[&str]) -> BTreeSet<String> {
    let rows = comment.iter().filter_map(|line| line.strip_prefix("//! | `"));
    rows.map(|row| row.split('`').next().unwrap().to_owned()).collect()
}

#[test]
fn each_top_level_module_states_its_purpose_and_maps_its_files() {
    for entry in
        fs::read_dir("src").unwrap().map(|entry| entry.unwrap()).filter(|entry| entry.path().is_dir())
    {
        let file = entry.path().join("mod.rs");
        let text = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let comment: Vec<&str> = text.lines().take_while(|line| line.starts_with("//!")).collect();
        let sentence: String = comment.iter().take_while(|line| **line != "//!").copied().collect();
        assert!(sentence.ends_with('.'), "{}: the first paragraph is a sentence", file.display());
        let tokens = without_tests(text.parse().unwrap());
        let mut there: BTreeSet<String> = declared_modules(&tokens).into_iter().collect();
        there.retain(|name| {
            let path = entry.path().join(name);
            path.join("mod.rs").exists() || path.with_extension("rs").exists()
        });
        // What tests share may be in the map.
        there.extend(mapped(&comment).into_iter().filter(|name| text.contains(&format!("mod {name};"))));
        assert_eq!(mapped(&comment), there, "{}: the map lists each file", file.display());
    }
}

#[test]
fn the_readme_of_the_tests_lists_each_file() {
    let readme = fs::read_to_string("tests/README.md").unwrap();
    for executable in ["it", "slow"] {
        let text = fs::read_to_string(format!("tests/{executable}/main.rs")).unwrap();
        for module in declared_modules(&text.parse::<TokenStream>().unwrap().into_iter().collect::<Vec<_>>())
        {
            let is_listed = [format!("`{module}.rs`"), format!("`{module}/`"), format!("`../{module}/`")];
            let is_listed = is_listed.iter().any(|name| readme.contains(name));
            assert!(is_listed, "tests/README.md does not list {module} of tests/{executable}");
        }
    }
}
