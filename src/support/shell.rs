//! Text that is printed to be pasted into a shell.

use std::path::Path;

/// Returns a path as one word of a shell, which cannot be read as an option.
pub(crate) fn word(path: &Path) -> String {
    let path = path.display().to_string();
    let path = if path.starts_with('-') { format!("./{path}") } else { path };
    if !path.is_empty() && path.chars().all(|c| c.is_ascii_alphanumeric() || "./_-".contains(c)) {
        return path;
    }
    format!("'{}'", path.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::word;

    #[test]
    fn a_path_is_one_word_whatever_is_in_it() {
        assert_eq!(word("./splunk".as_ref()), "./splunk");
        assert_eq!(word("a b$(c)'d".as_ref()), r"'a b$(c)'\''d'");
        assert_eq!(word("-x".as_ref()), "./-x");
        assert_eq!(word("".as_ref()), "''");
    }
}
