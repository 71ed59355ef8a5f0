//! The texts that a person reads, with their places.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use proc_macro2::{TokenStream, TokenTree};

/// A text and its place.
#[derive(Clone)]
pub struct Text {
    pub place: String,
    pub text: String,
}

impl Text {
    /// The words in lower case between blanks, without code and the names of format arguments.
    pub fn normal(&self) -> String {
        let prose: String = self.text.split('`').step_by(2).collect::<Vec<_>>().join(" ");
        let argument = |part: &str| part.split_once('}').map_or(part, |(_, rest)| rest).to_owned();
        let prose = prose.split('{').map(argument).collect::<Vec<_>>().join(" ");
        let is_part = |char: char| char.is_alphanumeric() || "-_'".contains(char);
        let words = prose.split(|char| !is_part(char)).filter(|word| !word.is_empty());
        let words: Vec<String> = words.map(str::to_lowercase).collect();
        format!(" {} ", words.join(" "))
    }

    /// True if a word, not code, ends in a question mark.
    pub fn is_question(&self) -> bool {
        let ends =
            |word: &str| word.strip_suffix('?').is_some_and(|word| word.ends_with(char::is_alphanumeric));
        self.text.split('`').step_by(2).any(|prose| prose.split_whitespace().any(ends))
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.text.trim())
    }
}

/// A document in Markdown.
pub struct Document {
    path: PathBuf,
    text: String,
}

/// The documents at the top, in docs/, and of examples/ and tests/.
pub fn documents() -> Vec<Document> {
    let mut documents = Vec::new();
    for directory in [".", "docs", "examples", "tests"] {
        for path in files(Path::new(directory)).filter(|path| path.extension().is_some_and(|end| end == "md"))
        {
            documents.push(Document { text: fs::read_to_string(&path).unwrap(), path });
        }
    }
    assert!(documents.len() > 20);
    documents
}

fn files(directory: &Path) -> impl Iterator<Item = PathBuf> {
    fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file())
}

impl Document {
    /// The paragraphs, items and rows outside of code blocks, without the targets of links.
    pub fn prose(&self) -> Vec<Text> {
        let lines = self.lines().filter(|(_, language, _)| language.is_none());
        let lines: Vec<(usize, &str)> = lines.map(|(number, _, line)| (number, line)).collect();
        let begins =
            |line: &str| ["", "|", "-", "#"].contains(&line.trim_start().get(..1).unwrap_or_default());
        let paragraphs = lines.chunk_by(|_, (_, line)| !begins(line));
        let paragraph = |lines: &[(usize, &str)]| {
            let text = lines.iter().map(|(_, line)| *line).collect::<Vec<_>>().join(" ");
            self.text(lines[0].0, &without_targets(&text))
        };
        paragraphs.map(paragraph).collect()
    }

    pub fn headings(&self) -> Vec<Text> {
        let lines = self.lines().filter(|(_, language, line)| language.is_none() && line.starts_with('#'));
        lines.map(|(number, _, line)| self.text(number, line.trim_start_matches('#'))).collect()
    }

    /// The first line of each table that has an empty cell in it.
    pub fn tables_without_headers(&self) -> Vec<Text> {
        let lines: Vec<&str> = self.text.lines().collect();
        let is_rule = |line: &str| {
            line.starts_with('|') && line.chars().all(|char| "|-: ".contains(char)) && line.contains("--")
        };
        let is_blank = |line: &str| {
            let cells = line.trim().trim_matches('|').split('|');
            cells.into_iter().any(|cell| cell.trim().is_empty())
        };
        (1..lines.len())
            .filter(|at| is_rule(lines[*at]) && is_blank(lines[at - 1]))
            .map(|at| self.text(at, lines[at - 1]))
            .collect()
    }

    /// The lines of code blocks that begin with a prompt.
    pub fn prompts(&self) -> Vec<Text> {
        let is_shell = |language: Option<&str>| {
            language.is_some_and(|name| ["sh", "bash", "shell", "console"].contains(&name))
        };
        let lines = self.lines().filter(|(_, language, line)| is_shell(*language) && line.starts_with("$ "));
        lines.map(|(number, _, line)| self.text(number, line)).collect()
    }

    /// The lines with their numbers and the languages of their code blocks.
    fn lines(&self) -> impl Iterator<Item = (usize, Option<&str>, &str)> {
        let mut block = None;
        self.text.lines().enumerate().filter_map(move |(index, line)| {
            let Some(language) = line.trim_start().strip_prefix("```") else {
                return Some((index + 1, block, line));
            };
            block = if block.is_some() { None } else { Some(language) };
            None
        })
    }

    fn text(&self, number: usize, text: &str) -> Text {
        Text { place: format!("{}:{number}", self.path.display()), text: text.to_owned() }
    }
}

fn without_targets(line: &str) -> String {
    let mut parts = line.split("](");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + " " + part.split_once(')').map_or("", |(_, rest)| rest))
}

/// The sentences among the string literals of src/, outside of tests, and the doc comments of metrics, which are HELP texts.
pub fn literals() -> Vec<Text> {
    let mut texts = Vec::new();
    for directory in ["src", "services", "examples/services"] {
        add_literals(Path::new(directory), &mut texts);
    }
    texts
}

fn add_literals(directory: &Path, texts: &mut Vec<Text>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() && !["tests", "properties", "fuzz", "pages"].contains(&name) {
            add_literals(&path, texts);
        } else if name.ends_with(".rs") && name != "tests.rs" {
            let source = fs::read_to_string(&path).unwrap();
            let code = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
            let tokens: TokenStream =
                code.parse().unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let is_service = !path.starts_with("src");
            add_sentences(tokens, is_service, &path, texts);
        }
    }
}

fn add_sentences(tokens: TokenStream, with_docs: bool, path: &Path, texts: &mut Vec<Text>) {
    let mut is_attribute = false;
    for token in tokens {
        match token {
            TokenTree::Group(group) if with_docs || !is_attribute => {
                add_sentences(group.stream(), with_docs, path, texts);
            }
            TokenTree::Literal(literal) => {
                let written = literal.to_string();
                let text = written.trim_matches(|char| char == '"' || char == '#').replace("\\n", "\n");
                if written.contains('"') && text.trim().contains(' ') {
                    let place = format!("{}:{}", path.display(), literal.span().start().line);
                    texts.push(Text { place, text });
                }
            }
            TokenTree::Punct(ref mark) => {
                is_attribute = mark.as_char() == '#' || is_attribute && mark.as_char() == '!';
                continue;
            }
            _ => {}
        }
        is_attribute = false;
    }
}

/// The files that are printed, served or generated as they are.
pub fn templates() -> Vec<Text> {
    let mut paths: Vec<PathBuf> =
        ["src/status/page.html", "src/status/page.js", "config.schema.json"].map(PathBuf::from).into();
    for directory in [
        "src/tools/scaffold/templates",
        "src/tools/scaffold/templates/project",
        "packaging",
        "packaging/monitoring",
    ] {
        paths.extend(
            files(Path::new(directory)).filter(|path| path.extension().is_none_or(|end| end != "sh")),
        );
    }
    let read = |path: &PathBuf| Some((path.display().to_string(), fs::read_to_string(path).ok()?));
    let files: Vec<(String, String)> = paths.iter().filter_map(read).collect();
    let lines = files.iter().flat_map(|(name, text)| {
        text.lines()
            .enumerate()
            .map(move |(index, line)| Text { place: format!("{name}:{}", index + 1), text: line.to_owned() })
    });
    lines.collect()
}

/// The help of each command.
pub fn help() -> Vec<Text> {
    let commands = [
        "",
        "run",
        "once",
        "check",
        "list",
        "targets",
        "kubernetes",
        "new",
        "new-project",
        "dashboard",
        "alerts",
        "prometheus-config",
    ];
    let help = commands.map(|command| {
        let arguments = command.split_whitespace().chain(["--help"]);
        let output = Command::new(env!("CARGO_BIN_EXE_cton")).args(arguments).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        Text { place: format!("cton {command} --help"), text }
    });
    help.into()
}
