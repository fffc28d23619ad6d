//! The scalars of a file, and their replacement by other text in the style of each.

use std::sync::Arc;

use thiserror::Error;

use source::edit::Edit;
use source::{SourceFile, Span};

use super::node::{Meaning, Node, Scalar, Style, Value, plain_meaning};
use super::parse::each_document;

/// The scalars of a file in the order of their places, keys among them.
///
/// ```
/// use std::sync::Arc;
///
/// use source::edit::apply;
/// use source::{RepoPath, SourceFile, Span};
/// use yaml::Scalars;
///
/// let file = Arc::new(SourceFile::decode(RepoPath::new("a.yaml"), b"tag: main # new\n".to_vec())?);
/// let tag = Scalars::read(&file).replace(Span::new(5..9), "1.20")?;
/// assert_eq!(apply(&file, &[tag.edit])?, b"tag: \"1.20\" # new\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Scalars {
    file: Arc<SourceFile>,
    all: Vec<Entry>,
    /// The anchor of each alias.
    aliased: Vec<Span>,
}

/// A scalar.
#[derive(Clone, Copy, Debug)]
struct Entry {
    span: Span,
    style: Style,
    /// True if a tag makes it text, independent of its form.
    is_text: bool,
    is_verbatim: bool,
    /// Its key, if it is the value of one.
    key: Option<Span>,
    /// The form of the mapping of which it is a value.
    mapping: Option<Form>,
}

/// The form of a mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// A key on each line.
    Block,
    /// In braces.
    Flow,
}

/// The edit that replaces a scalar, or a part of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacement {
    /// The edit.
    pub edit: Edit,
    /// The number of aliases that the edit also changes.
    pub aliases: usize,
}

/// The reason why a scalar is not replaced.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Refusal {
    /// There is no scalar at this place.
    #[error("the file has no scalar here")]
    NotAScalar,
    /// `|` or `>`.
    #[error("it is in a block scalar")]
    Block,
    /// An empty value without quotes: its place is before the colon, or beside a dash.
    #[error("the value is empty")]
    Empty,
    /// The value is not literal: it has escapes, or several lines.
    #[error("the scalar is written with escapes or on several lines")]
    Escaped,
    /// The new text has control characters.
    #[error("the new text holds characters that a scalar cannot hold as they are")]
    Unwritable,
    /// An entry cannot be added here.
    #[error("no entry can be added beside it")]
    NoRoom,
}

impl Scalars {
    /// Reads the scalars of all documents that can be read.
    pub fn read(file: &Arc<SourceFile>) -> Self {
        let mut scalars = Self { file: Arc::clone(file), all: Vec::new(), aliased: Vec::new() };
        each_document(file, |document| {
            if let Ok(root) = document {
                scalars.add(&root, None, None, false);
            }
        });
        scalars.all.sort_unstable_by_key(|entry| entry.span);
        scalars
    }

    /// `is_item`: it is an item of a list in brackets.
    fn add(&mut self, node: &Node, key: Option<Span>, mapping: Option<Form>, is_item: bool) {
        let target = node.target();
        if node.is_shared() && node.span != target.span {
            self.aliased.push(target.span);
            return;
        }
        match &target.value {
            Value::Scalar(scalar) => self.all.push(entry(target.span, scalar, key, mapping)),
            Value::Sequence(items) => {
                let in_brackets = self.text_from(target.span.start).starts_with('[');
                for item in items.iter() {
                    self.add(item, key, None, in_brackets);
                }
            }
            Value::Mapping(entries) => {
                let form = self.form(target.span, entries);
                // In brackets, `[a: b]` is an item with one entry, and no second one can be added.
                let form = Some(form).filter(|form| *form == Form::Flow || !is_item);
                for (key, value) in entries.iter() {
                    self.add(key, None, None, false);
                    // Nothing can be added beside a key that is a list or a mapping.
                    let is_scalar = matches!(key.target().value, Value::Scalar(_));
                    self.add(value, is_scalar.then_some(key.span), form, false);
                }
            }
            Value::Shared(_) | Value::Made(_) => {}
        }
    }

    /// The form of a mapping. One in block form begins with its first key, which may be a mapping in braces.
    fn form(&self, span: Span, entries: &[(Node, Node)]) -> Form {
        let is_key = entries.first().is_some_and(|(key, _)| key.span.start == span.start);
        if !is_key && self.text_from(span.start).starts_with('{') { Form::Flow } else { Form::Block }
    }

    /// The scalar that contains a place.
    fn at(&self, place: Span) -> Option<&Entry> {
        let behind = self.all.partition_point(|entry| entry.span.start <= place.start);
        self.all.get(behind.checked_sub(1)?).filter(|entry| place.end <= entry.span.end)
    }

    /// The key whose value, or an item of whose list, contains a place.
    pub fn key(&self, place: Span) -> Option<&str> {
        Some(self.file.slice(self.at(place)?.key?))
    }

    /// The text of the whole scalar that contains a place.
    pub fn text(&self, place: Span) -> Option<&str> {
        Some(self.file.slice(self.at(place)?.span))
    }

    /// Replaces the text at a place, a scalar or a part of one. The scalar keeps its quotes, and quotes are
    /// added only if YAML would not read the new text as text.
    ///
    /// # Errors
    /// [`Refusal`] if the style of the scalar does not allow it.
    pub fn replace(&self, place: Span, text: &str) -> Result<Replacement, Refusal> {
        let entry = self.writable(place)?;
        if text.chars().any(char::is_control) {
            return Err(Refusal::Unwritable);
        }
        let aliases = self.aliases(entry.span);
        let edit = match (entry.style, self.quote(entry)) {
            (Style::Quoted, '\'') => Edit::new(place, text.replace('\'', "''")),
            (Style::Quoted, _) => Edit::new(place, escaped(text)),
            _ => self.replace_plain(entry, place, text),
        };
        Ok(Replacement { edit, aliases })
    }

    fn replace_plain(&self, entry: &Entry, place: Span, text: &str) -> Edit {
        let part = |from: u32, to: u32| self.file.slice(Span { start: from, end: to });
        let before = part(entry.span.start, place.start);
        let whole = format!("{before}{text}{}", part(place.end, entry.span.end));
        if is_plain(&whole) && (entry.is_text || is_text(&whole)) {
            return Edit::new(place, text);
        }
        Edit::new(entry.span, format!("\"{}\"", escaped(&whole)))
    }

    /// Adds an entry after the one whose value contains a place, in the style of that entry. The value is
    /// plain.
    ///
    /// # Errors
    /// [`Refusal`] if the style of the mapping does not allow it.
    pub fn add_beside(&self, place: Span, key: &str, value: &str) -> Result<Replacement, Refusal> {
        let entry = self.writable(place)?;
        let (Some(beside), Some(mapping)) = (entry.key, entry.mapping) else { return Err(Refusal::NoRoom) };
        if !is_plain(key) || !is_plain(value) || !is_text(value) {
            return Err(Refusal::Unwritable);
        }
        let edit = match mapping {
            Form::Flow => self.add_in_flow(entry, beside, key, value)?,
            Form::Block => self.add_line(entry, beside, key, value)?,
        };
        Ok(Replacement { edit, aliases: self.aliases(entry.span) })
    }

    fn add_in_flow(&self, entry: &Entry, beside: Span, key: &str, value: &str) -> Result<Edit, Refusal> {
        let quotes = usize::from(entry.style == Style::Quoted);
        let end = entry.span.end as usize + quotes;
        // A plain text may not be continued by a line that begins with a tab.
        let behind = self.file.text().get(end..).unwrap_or_default();
        let space = behind.len() - behind.trim_start().len();
        let space = behind.get(..space).unwrap_or_default();
        if space.contains('\t') && space.contains(['\r', '\n']) {
            return Err(Refusal::NoRoom);
        }
        // As in JSON, where keys and values have quotes.
        let is_quoted = self.text_before(beside.start).ends_with('"');
        let added = if is_quoted { format!(", \"{key}\": \"{value}\"") } else { format!(", {key}: {value}") };
        Ok(Edit::new(Span::new(end..end), added))
    }

    /// Adds a line after that of an entry, which has to begin with the key.
    fn add_line(&self, entry: &Entry, beside: Span, key: &str, value: &str) -> Result<Edit, Refusal> {
        // These are line breaks for YAML, and not for editors.
        let is_break = |c: char| matches!(c, '\r' | '\u{85}' | '\u{2028}' | '\u{2029}');
        if self.file.text().split("\r\n").any(|line| line.contains(is_break)) {
            return Err(Refusal::NoRoom);
        }
        let before = self.text_before(beside.start);
        let line = before.rsplit('\n').next().unwrap_or_default();
        let quote = usize::from(line.ends_with(['"', '\'']));
        let indentation = line.len() - quote;
        // The first key of an item is after its dash.
        if !line.chars().take(indentation).all(|c| matches!(c, ' ' | '-')) {
            return Err(Refusal::NoRoom);
        }
        // A key after `?` has its colon on a separate line.
        let behind = self.text_from(beside.end);
        let behind = behind.strip_prefix(['"', '\'']).unwrap_or(behind);
        if !behind.trim_start_matches(' ').starts_with(':') {
            return Err(Refusal::NoRoom);
        }
        let rest = self.text_from(entry.span.end);
        let end = rest.find('\n').unwrap_or(rest.len());
        let line_end = if self.file.text().contains("\r\n") { "\r\n" } else { "\n" };
        let end = if rest.get(..end).is_some_and(|line| line.ends_with('\r')) { end - 1 } else { end };
        // Only a comment may follow the value: a bracket would end the list that holds the entry.
        let behind_value = rest.get(..end).unwrap_or_default();
        let behind_value = behind_value.strip_prefix(['"', '\'']).unwrap_or(behind_value).trim_start();
        if beside.is_empty() || !(behind_value.is_empty() || behind_value.starts_with('#')) {
            return Err(Refusal::NoRoom);
        }
        let at = entry.span.end as usize + end;
        let added = format!("{line_end}{}{key}: {value}", " ".repeat(indentation));
        Ok(Edit::new(Span::new(at..at), added))
    }

    /// The scalar at a place, if its text is literal and can be replaced.
    fn writable(&self, place: Span) -> Result<&Entry, Refusal> {
        let entry = self.at(place).ok_or(Refusal::NotAScalar)?;
        match entry.style {
            Style::Block => Err(Refusal::Block),
            Style::Plain if entry.span.is_empty() => Err(Refusal::Empty),
            _ if !entry.is_verbatim => Err(Refusal::Escaped),
            _ => Ok(entry),
        }
    }

    fn aliases(&self, span: Span) -> usize {
        let holds = |whole: &&Span| whole.start <= span.start && span.end <= whole.end;
        self.aliased.iter().filter(holds).count()
    }

    /// The character before a scalar: the quote of a quoted one.
    fn quote(&self, entry: &Entry) -> char {
        self.text_before(entry.span.start).chars().next_back().unwrap_or_default()
    }

    fn text_before(&self, offset: u32) -> &str {
        self.file.text().get(..offset as usize).unwrap_or_default()
    }

    fn text_from(&self, offset: u32) -> &str {
        self.file.text().get(offset as usize..).unwrap_or_default()
    }
}

fn entry(span: Span, scalar: &Scalar, key: Option<Span>, mapping: Option<Form>) -> Entry {
    let Scalar { style, string, decoded } = scalar;
    Entry { span, style: *style, is_text: *string, is_verbatim: decoded.is_none(), key, mapping }
}

/// A text within double quotes. Control characters are refused before.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

/// True if YAML reads a plain scalar of this text as text, and not as a number, a boolean, a date or null.
fn is_text(text: &str) -> bool {
    let is_word = matches!(text, "=" | "<<");
    let is_special = [".inf", ".nan", "-.inf", "+.inf"].iter().any(|word| text.eq_ignore_ascii_case(word));
    matches!(plain_meaning(text), Meaning::Text(_)) && !is_word && !is_special && !is_date(text)
}

/// True for a text that begins like `2026-11-26`.
fn is_date(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let digits = |part: Option<&str>, most: usize| {
        part.is_some_and(|part| {
            (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
        })
    };
    digits(parts.next(), 4)
        && digits(parts.next(), 2)
        && parts.next().is_some_and(|day| day.starts_with(|c: char| c.is_ascii_digit()))
}

/// True if a text can be a plain scalar everywhere, in `[]` and `{}` too.
fn is_plain(text: &str) -> bool {
    const INDICATORS: &str = "-?:,[]{}#&*!|>'\"%@`";
    let Some(first) = text.chars().next() else { return false };
    let is_spaced = text.starts_with(char::is_whitespace) || text.ends_with(char::is_whitespace);
    !INDICATORS.contains(first)
        && !is_spaced
        && !text.contains(|c: char| c.is_control() || ",[]{}".contains(c))
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.ends_with(':')
}

#[cfg(test)]
mod tests;
