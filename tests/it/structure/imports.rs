//! Imports between the top-level modules.

use super::*;

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
