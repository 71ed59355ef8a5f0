//! The maps of files in `mod.rs` files and in tests/README.md.

use super::*;

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
