//! `docs/troubleshooting.md` quotes messages that the program has, and every error, cause and rule has an entry.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

/// Fewest letters of a message that are its own, and not those of its parts.
const FEWEST_LETTERS: usize = 4;
/// The errors of `src/error.rs` whose text is all made elsewhere, each with a text that the page has for it.
const MADE_ELSEWHERE: &[(&str, &str)] = &[
    ("Usage", "--history and --keep-list name the same file"),
    ("RegistriesConf", "this is version 1 of the format; version 2 has [[registry]]"),
    ("Baseline", "this is not a baseline: WHY"),
    ("NothingToRevert", "nothing deploys IMAGE"),
    ("RevertReport", "this is not a JSON report of pullable: WHY"),
    ("Dump", "the dump is empty"),
    ("Merge", "this is not the report of a shard"),
    ("Plot", "no completed audit is recorded in it"),
    ("Secret", "it holds no secret"),
];

/// The end of a line of a literal that goes on in the next line.
static LINE_BREAK: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\\\n\s*").unwrap());
/// Parts of a message that follow each other.
static PARTS: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(\{[^}]*\})+").unwrap());

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn page() -> String {
    fs::read_to_string(root().join("docs/troubleshooting.md")).unwrap()
}

/// A message as the source has it: the texts between its parts.
#[derive(Debug, PartialEq)]
struct Message(Vec<String>);

impl Message {
    /// The message of a string literal, between its quotation marks.
    fn new(literal: &str) -> Self {
        let line = LINE_BREAK.replace_all(literal, "");
        let text =
            line.replace("\\\"", "\"").replace("\\\\", "\\").replace("{{", "\u{1}").replace("}}", "\u{2}");
        let texts = PARTS.split(&text).map(|text| text.replace('\u{1}', "{").replace('\u{2}', "}"));
        Self(texts.collect())
    }

    /// True if it has words of its own.
    fn has_words(&self) -> bool {
        let letters = self.0.iter().flat_map(|text| text.chars()).filter(|c| c.is_alphabetic());
        letters.count() >= FEWEST_LETTERS
    }

    /// The parts of a quote that take the place of the message's parts; `None` if it is another message.
    fn parts<'a>(&self, quote: &'a str) -> Option<Vec<&'a str>> {
        let (first, others) = self.0.split_first()?;
        let mut rest = quote.strip_prefix(first.as_str())?;
        let Some((last, middle)) = others.split_last() else {
            return rest.is_empty().then(Vec::new);
        };
        let mut parts = Vec::new();
        for text in middle {
            let (part, behind) = rest.split_once(text.as_str())?;
            parts.push(part);
            rest = behind;
        }
        parts.push(rest.strip_suffix(last.as_str())?);
        Some(parts)
    }

    /// True if the quote is this message, with a word in capital letters or another message in the place of each part.
    fn is_quoted(&self, quote: &str, all: &[Message]) -> bool {
        let Some(parts) = self.parts(quote) else { return false };
        parts.iter().all(|part| is_placeholder(part) || all.iter().any(|message| message.is_alone(part)))
    }

    /// True if the quote is this message, with a word in capital letters in the place of each part.
    fn is_alone(&self, quote: &str) -> bool {
        self.parts(quote).is_some_and(|parts| parts.into_iter().all(is_placeholder))
    }
}

/// `FILE`, or `"FILE"`, or nothing.
fn is_placeholder(part: &str) -> bool {
    part.trim_matches('"').chars().all(|c| c.is_ascii_uppercase())
}

/// The Rust files of the program and of its crates.
fn sources() -> Vec<String> {
    let mut folders = vec![root().join("src")];
    folders
        .extend(fs::read_dir(root().join("crates")).unwrap().map(|entry| entry.unwrap().path().join("src")));
    let mut texts = Vec::new();
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() && path.file_name().unwrap() != "tests" {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                texts.push(source(&path));
            }
        }
    }
    texts
}

/// A file without its tests and its comments.
fn source(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let code = text.split("#[cfg(test)]").next().unwrap().lines();
    let kept: Vec<&str> = code.filter(|line| !line.trim_start().starts_with("//")).collect();
    kept.join("\n").replace("'\"'", "' '")
}

/// The messages that a pattern finds, whose first group is the literal.
fn messages(sources: &[String], pattern: &str) -> Vec<Message> {
    let pattern = Regex::new(pattern).unwrap();
    let found = sources.iter().flat_map(|text| pattern.captures_iter(text));
    found.map(|found| Message::new(&found[1])).filter(Message::has_words).collect()
}

/// The messages that the page quotes: its headings in code, and the first column of its tables of messages.
fn quotes() -> Vec<String> {
    let code = Regex::new(r"^(?:### |\| )(?:`` (.+?) ``|`(.+?)`)(?: \||$)").unwrap();
    let page = page();
    let found = page.lines().filter_map(|line| code.captures(line));
    let quotes: Vec<String> =
        found.map(|found| found.iter().flatten().last().unwrap().as_str().replace("\\|", "|")).collect();
    assert!(quotes.len() > 150, "{} messages are quoted", quotes.len());
    quotes
}

const LITERAL: &str = r#""((?:[^"\\]|\\[\s\S])*)""#;

#[test]
fn quoted_messages_exist() {
    let all = messages(&sources(), LITERAL);
    assert!(all.len() > 1_000, "{} literals are read", all.len());
    let mut unknown = quotes();
    unknown.retain(|quote| !all.iter().any(|message| message.is_quoted(quote, &all)));
    assert!(unknown.is_empty(), "docs/troubleshooting.md quotes what no source has: {unknown:#?}");
}

#[test]
fn every_error_has_an_entry() {
    let sources = sources();
    let all = messages(&sources, LITERAL);
    let quotes = quotes();
    let mut absent = messages(&sources, &format!(r"#\[error\(\s*{LITERAL}"));
    assert!(absent.len() > 100, "{} errors are read", absent.len());
    absent.retain(|message| !quotes.iter().any(|quote| message.is_quoted(quote, &all)));
    assert!(absent.is_empty(), "docs/troubleshooting.md has no entry for: {absent:#?}");
}

#[test]
fn every_error_that_is_made_elsewhere_has_an_entry() {
    let text = source(&root().join("src/error.rs"));
    let variant = Regex::new(&format!(r"#\[error\(\s*{LITERAL}[^\n]*\)\]\s+(\w+)")).unwrap();
    let bare = variant.captures_iter(&text).filter(|found| !Message::new(&found[1]).has_words());
    let mut bare: Vec<String> = bare.map(|found| found[2].to_owned()).collect();
    let mut known: Vec<&str> = MADE_ELSEWHERE.iter().map(|(name, _)| *name).collect();
    bare.sort_unstable();
    known.sort_unstable();
    assert_eq!(bare, known);
    let quotes = quotes();
    for (name, quote) in MADE_ELSEWHERE {
        assert!(quotes.iter().any(|known| known == quote), "{name}: {quote}");
    }
}

#[test]
fn every_cause_has_an_entry() {
    let model = source(&root().join("crates/model/src/answer.rs"));
    let (_, list) = model.split_once("pub enum Cause {").unwrap();
    let mut causes: Vec<&str> = list.split('}').next().unwrap().split(',').map(str::trim).collect();
    causes.retain(|cause| !cause.is_empty());
    let judge = source(&root().join("crates/judge/src/statement.rs"));
    let page = page();
    assert!(causes.len() > 5);
    for cause in causes {
        let hint = Regex::new(&format!(r"Cause::{cause} => (?:\{{\s*)?\(Rule::\w+, {LITERAL}\)")).unwrap();
        let hint = hint.captures(&judge).unwrap_or_else(|| panic!("{cause} has no hint"));
        assert!(page.contains(&format!("The hint after the message is: `{}`.", &hint[1])), "{cause}");
    }
}

#[test]
fn every_rule_has_an_entry() {
    let text = source(&root().join("crates/model/src/rule.rs"));
    let rule = Regex::new(&format!(r#"(?m)^    \w+ "([a-z-]+)" ([\w:]+), {LITERAL};"#)).unwrap();
    let list = fs::read_to_string(root().join("docs/rules/README.md")).unwrap();
    let mut count = 0;
    for found in rule.captures_iter(&text) {
        let (id, class, summary) = (&found[1], &found[2], &found[3]);
        let severity = match class {
            "Class::Unverified" => "not verified",
            "Class::Optional" => "off",
            known => &known.to_lowercase(),
        };
        let row = format!("| [{id}]({id}.md) | {severity} | {summary} |");
        assert!(list.contains(&row), "docs/rules/README.md lacks: {row}");
        count += 1;
    }
    assert!(count > 20, "{count} rules are read");
}

#[test]
fn messages_are_matched_by_their_words() {
    let all = [Message::new("cannot be read: {why}"), Message::new(" in this {kind} clone")];
    let message = Message::new(r#"\"{{}}\" {}{rest:?} of {file} is gone{}"#);
    assert!(message.is_quoted(r#""{}" "NAME" of FILE is gone"#, &all));
    assert!(message.is_quoted(r#""{}" NAME of FILE is gone in this SHALLOW clone"#, &all));
    assert!(!message.is_quoted(r#""{}" NAME of FILE is gone away"#, &all));
    assert!(!message.is_quoted(r#""{}" NAME of the FILE is gone"#, &all));
    assert!(!Message::new("{}: {why}").has_words());
}
