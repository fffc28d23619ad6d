//! The commands of a line of a CI file: words with their places, without comments, keys of YAML, and prefixes
//! of commands.

/// A word, and the place where it begins in its line, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Word<'l> {
    pub(super) start: usize,
    pub(super) text: &'l str,
}

impl Word<'_> {
    /// The place after it.
    pub(super) fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

/// Keys whose values are prose.
const PROSE: [&str; 7] =
    ["name:", "description:", "displayName:", "label:", "title:", "default:", "message:"];
/// Words before a command.
const BEFORE: [&str; 21] = [
    "-", "sudo", "env", "exec", "time", "nohup", "xargs", "if", "then", "else", "do", "while", "until", "!",
    "sh", "bash", "bat", "-c", "-ec", "-lc", "|",
];

/// The commands of a line.
pub(super) fn commands(line: &str) -> Vec<Vec<Word<'_>>> {
    let mut commands = Vec::new();
    let line = without_comment(line);
    let mut start = 0;
    let is_end = |c: char| "|;&`()".contains(c);
    for part in line.split_inclusive(is_end) {
        let command = words(part.trim_end_matches(is_end), start);
        start += part.len();
        // The rest of the line is prose too.
        if command.iter().any(|word| PROSE.contains(&word.text)) {
            break;
        }
        commands.push(command);
    }
    commands
}

/// The words of a part of a line. Quotes, brackets and commas separate words.
fn words(part: &str, offset: usize) -> Vec<Word<'_>> {
    let is_between = |c: char| c.is_whitespace() || "\"'[]{},".contains(c);
    let mut words = Vec::new();
    let mut start = 0;
    for piece in part.split_inclusive(is_between) {
        let text = piece.trim_end_matches(is_between);
        if !text.is_empty() {
            words.push(Word { start: offset + start, text });
        }
        start += piece.len();
    }
    words
}

/// A command without keys, assignments and the words before it.
pub(super) fn bare<'w, 'l>(words: &'w [Word<'l>]) -> &'w [Word<'l>] {
    let is_before = |word: &Word<'_>| {
        let is_key = word.text.ends_with(':');
        let name = word.text.split_once('=').map_or("", |(name, _)| name);
        let is_assignment = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        is_key || is_assignment || BEFORE.contains(&word.text)
    };
    let first = words.iter().position(|word| !is_before(word)).unwrap_or(words.len());
    words.get(first..).unwrap_or_default()
}

/// A line up to its comment: `#` after a blank, or `//` at the start of a word, outside of quotes.
fn without_comment(line: &str) -> &str {
    let mut quote = None;
    let mut before = ' ';
    for (at, c) in line.char_indices() {
        let rest = line.get(at..).unwrap_or_default();
        let begins = before.is_whitespace() && (c == '#' || rest.starts_with("//"));
        if quote.is_none() && begins {
            return line.get(..at).unwrap_or_default();
        }
        match quote {
            Some(open) if open == c => quote = None,
            None if c == '"' || c == '\'' => quote = Some(c),
            _ => {}
        }
        before = c;
    }
    line
}
