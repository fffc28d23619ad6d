//! YAML as `kubectl` writes it: the text is cut at the items of its lists, and each item is parsed by itself.
//! All lines of an item are indented deeper than its dash, so that no line of a value can be mistaken for the
//! start of the next item.

use std::io::BufRead;
use std::sync::Arc;

use serde_json::{Map, Value};
use source::{RepoPath, SourceFile};
use yaml::{Meaning, Node};

use crate::dump::{Dump, is_workload_kind};
use crate::error::DumpError;
use crate::object::Object;

/// Maximum length of an item, in bytes: etcd holds no object that is longer than a few megabytes.
const LONGEST: usize = 16 << 20;
/// Maximum depth and number of values of an item: aliases multiply values.
const DEEPEST: usize = 128;
const MOST_VALUES: usize = 1_000_000;

/// A part of the text that is parsed by itself.
#[derive(Default)]
struct Part {
    text: String,
    /// The lines before it.
    line: usize,
}

/// Reads documents to the end of a stream. `lines`: those before it.
pub(crate) fn read(stream: &mut impl BufRead, lines: usize, dump: &mut Dump) -> Result<(), DumpError> {
    let mut part = Part { text: String::new(), line: lines };
    // The columns before the dash of an item; none outside of a list.
    let mut dash: Option<usize> = None;
    let mut number = lines;
    let mut list = ListSeen::default();
    while let Some(line) = next_line(stream, number)? {
        let indent = line.len() - line.trim_start_matches(' ').len();
        let is_item = line.get(indent..).is_some_and(|rest| rest.starts_with("- ") || rest.trim_end() == "-");
        list.see(&line);
        if line.starts_with("---") || line.starts_with("...") {
            part.end(number + 1, dump)?;
            list.end(number)?;
            dash = None;
        } else if line.trim_end() == "items:" {
            part.end(number + 1, dump)?;
            dash = Some(usize::MAX);
        } else if let Some(known) = dash.filter(|known| is_item && (*known == usize::MAX || *known == indent))
        {
            part.end(number, dump)?;
            dash = Some(if known == usize::MAX { indent } else { known });
            part.text = line;
        } else if dash.is_some_and(|known| known != usize::MAX && indent <= known && !line.trim().is_empty())
        {
            // The fields of the list that follow its items.
            part.end(number, dump)?;
            dash = None;
            part.text = line;
        } else {
            part.text.push_str(&line);
        }
        if part.text.len() > LONGEST {
            return Err(DumpError::LongItem { line: part.line + 1, limit: LONGEST });
        }
        number += 1;
    }
    part.end(number, dump)?;
    list.end(number)
}

/// The parts of a list that were seen. `kubectl` writes the kind of a list after its items.
#[derive(Default)]
struct ListSeen {
    items: bool,
    kind: bool,
}

impl ListSeen {
    fn see(&mut self, line: &str) {
        self.items |= line.starts_with("items:");
        self.kind |= line.starts_with("kind:");
    }

    /// Ends a document.
    fn end(&mut self, line: usize) -> Result<(), DumpError> {
        let is_cut = self.items && !self.kind;
        *self = Self::default();
        if is_cut { Err(DumpError::Truncated { line }) } else { Ok(()) }
    }
}

/// The next line with its end; `None` at the end of the stream.
fn next_line(stream: &mut impl BufRead, number: usize) -> Result<Option<String>, DumpError> {
    let mut bytes = Vec::new();
    let read = std::io::Read::take(&mut *stream, LONGEST as u64 + 1).read_until(b'\n', &mut bytes)?;
    if read > LONGEST {
        return Err(DumpError::LongItem { line: number + 1, limit: LONGEST });
    }
    let text = String::from_utf8(bytes).map_err(|_| DumpError::Syntax {
        form: "YAML",
        line: number + 1,
        column: 1,
    })?;
    Ok((read > 0).then_some(text))
}

impl Part {
    /// Parses the part, and begins the next one after `line`.
    fn end(&mut self, line: usize, dump: &mut Dump) -> Result<(), DumpError> {
        let part = std::mem::replace(self, Self { text: String::new(), line });
        let file = Arc::new(SourceFile::of_text(RepoPath::new("dump"), &part.text));
        let mut problem = None;
        yaml::each_document(&file, |document| match document {
            Ok(root) => {
                for item in if root.is_sequence() { root.items() } else { std::slice::from_ref(&root) } {
                    if let Err(error) = add(item, part.line, dump) {
                        problem.get_or_insert(error);
                    }
                }
            }
            Err(broken) => {
                let at = file.location(broken.at);
                let error = DumpError::Syntax { form: "YAML", line: part.line + at.line, column: at.column };
                problem.get_or_insert(error);
            }
        });
        problem.map_or(Ok(()), Err)
    }
}

/// Adds the object of an item; the fields of the list itself are not an object.
fn add(item: &Node, before: usize, dump: &mut Dump) -> Result<(), DumpError> {
    let kind = item.get("kind").and_then(Node::scalar).unwrap_or_default();
    for inner in item.list("items") {
        add(inner, before, dump)?;
    }
    if item.get("metadata").and_then(|metadata| metadata.get("name")).is_none()
        || kind.is_empty()
        || kind.ends_with("List")
    {
        return Ok(());
    }
    let api_version = item.get("apiVersion").and_then(Node::scalar).unwrap_or_default();
    if !is_workload_kind(api_version, kind) {
        dump.others += 1;
        return Ok(());
    }
    let at = item.site().location();
    let refused = DumpError::Type { line: before + at.line, column: at.column };
    let mut fuel = MOST_VALUES;
    let value = value(item, DEEPEST, &mut fuel);
    match serde_json::from_value::<Object>(value) {
        Ok(object) if fuel > 0 => dump.add(object),
        _ => return Err(refused),
    }
    Ok(())
}

/// A node as JSON.
fn value(node: &Node, depth: usize, fuel: &mut usize) -> Value {
    *fuel = fuel.saturating_sub(1);
    let Some(deeper) = depth.checked_sub(1).filter(|_| *fuel > 0) else { return Value::Null };
    if node.is_mapping() {
        let mut map = Map::new();
        node.each_entry(|key, entry| {
            _ = key.scalar().map(|key| map.insert(key.to_owned(), value(entry, deeper, fuel)));
        });
        return Value::Object(map);
    }
    if node.is_sequence() {
        return Value::Array(node.items().iter().map(|item| value(item, deeper, fuel)).collect());
    }
    let text = node.scalar().unwrap_or_default();
    match node.meaning() {
        None | Some(Meaning::Null) => Value::Null,
        Some(Meaning::Bool) => Value::Bool(text.eq_ignore_ascii_case("true")),
        Some(Meaning::Number(_)) => {
            text.parse::<i64>().map_or_else(|_| Value::String(text.to_owned()), Value::from)
        }
        Some(Meaning::Text(text)) => Value::String(text.to_owned()),
    }
}
