//! The `templatePatch` of a set, which is not applied: it is only searched for a way to change the sources of an Application.

use model::FileProblem;
use yaml::Node;

use super::expression::name;
use super::parameters::Parameters;
use super::pieces::{Piece, pieces};
use super::problems::{not_checked, unverified};

/// The fields of an Application that hold its sources. Argo CD reads keys without regard to case.
const SOURCES: [&str; 3] = ["source", "sources", "sourcehydrator"];

/// True if a parameter that a patch writes may name a field with sources, or be one.
pub(super) fn may_name_sources(written: &Written, parameters: &Parameters) -> bool {
    parameters.known.iter().any(|(name, value)| {
        let is_written = match written {
            Written::Any => true,
            Written::These(names) => names.iter().any(|one| is_within(name, one)),
        };
        let text = value.scalar().unwrap_or_default();
        is_written && (may_be_key(text) || name.split('.').skip(1).any(|word| is_one_of(word, &SOURCES)))
    })
}

/// The problem of a patch; `None` for one that has no part in what is deployed. `is_fed`: its parameters may name sources.
pub(super) fn problem(patch: &Node, is_fed: bool) -> Option<FileProblem> {
    let text = patch.scalar()?;
    if is_fed || may_change_sources(text) {
        let message = "the templatePatch of an ApplicationSet is not applied, and it may change the sources of its Applications";
        return Some(unverified(patch, "set-template-patch", message.to_owned()));
    }
    let message = "the templatePatch of an ApplicationSet is not applied, so images in it are not checked";
    is_about_images(text).then(|| not_checked(patch, "set-template-patch".to_owned(), message.to_owned()))
}

/// The parameters that a patch writes.
pub(super) enum Written {
    Any,
    These(Vec<String>),
}

/// The parameters that a patch writes, which may become fields.
pub(super) fn written(patch: &str) -> Written {
    let mut names = Vec::new();
    for piece in pieces(patch) {
        match piece {
            Piece::Text(_) | Piece::Condition(_) => {}
            Piece::Scope(_) => return Written::Any,
            Piece::Output(expression) => {
                let first = expression.split('|').next().unwrap_or_default();
                match name(first) {
                    Some(name) if !expression.contains('$') => names.push(name),
                    _ => return Written::Any,
                }
            }
        }
    }
    Written::These(names)
}

/// True for a parameter, or a value within it.
fn is_within(name: &str, parameter: &str) -> bool {
    name.strip_prefix(parameter).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn is_one_of(word: &str, names: &[&str]) -> bool {
    names.iter().any(|name| word.eq_ignore_ascii_case(name))
}

/// True if a value may be such a key, or holds a key of its own.
fn may_be_key(value: &str) -> bool {
    has_escape(value) || names_sources(value, true) || ends_a_key(value)
}

/// True if a text has a colon that YAML or JSON takes as the end of a key.
fn ends_a_key(text: &str) -> bool {
    text.match_indices(':').any(|(at, _)| {
        let (before, behind) = (text.get(..at).unwrap_or_default(), text.get(at + 1..).unwrap_or_default());
        let is_quoted = before.trim_end().ends_with(['"', '\'']);
        is_quoted || !behind.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '/')
    })
}

/// True if a patch may hold a field with sources.
fn may_change_sources(patch: &str) -> bool {
    let pieces = pieces(patch);
    let mut texts = pieces.iter().filter_map(Piece::text);
    // There are other ways to write a key than before a colon.
    let is_odd = texts.any(|text| text.contains(['?', '*', '&', '!']));
    let is_source = |(at, piece): (usize, &Piece<'_>)| match piece {
        Piece::Text(text) => {
            let goes_on = pieces.get(at + 1).is_some_and(|next| next.text().is_none());
            has_escape(text) || if is_odd { has_sources(text) } else { names_sources(text, goes_on) }
        }
        Piece::Output(text) => writes_sources(text),
        Piece::Scope(text) => has_sources(text),
        Piece::Condition(_) => false,
    };
    pieces.iter().enumerate().any(is_source) || makes_key(&pieces)
}

fn has_escape(text: &str) -> bool {
    ["\\u", "\\x", "\\U"].iter().any(|escape| text.contains(escape))
}

/// The words of a text, each with the text behind it.
fn words(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    let mut rest = text;
    std::iter::from_fn(move || {
        let start = rest.find(is_part)?;
        let from = rest.get(start..)?;
        let (word, behind) = from.split_at(from.find(|c: char| !is_part(c)).unwrap_or(from.len()));
        rest = behind;
        Some((word, behind))
    })
}

/// True if a text has the name of a field with sources.
fn has_sources(text: &str) -> bool {
    words(text).any(|(word, _)| is_one_of(word, &SOURCES))
}

/// True if a text has the name of a field with sources before a colon on the same line. `goes_on`: a colon may follow the
/// text.
fn names_sources(text: &str, goes_on: bool) -> bool {
    words(text).any(|(word, behind)| {
        let behind = behind.trim_start_matches([' ', '\t', '"', '\'', '`']);
        is_one_of(word, &SOURCES) && (behind.starts_with(':') || behind.is_empty() && goes_on)
    })
}

/// True if the own texts of an expression may be a key, or a part of the structure.
fn writes_sources(expression: &str) -> bool {
    let has_text = expression.contains(['"', '`']);
    has_sources(expression) || has_text && expression.contains([':', '\\'])
}

/// True if a template puts such a key together. A key that is one expression without texts of its own is the value of a
/// parameter.
fn makes_key(pieces: &[Piece<'_>]) -> bool {
    let mut key = Key::default();
    for piece in pieces {
        let Piece::Text(text) = piece else {
            key.add(piece);
            continue;
        };
        let mut rest = *text;
        while let Some(at) = rest.find(ENDS) {
            let (part, behind) = rest.split_at(at);
            key.push(part);
            // A key may be quoted, and blanks may follow it.
            let is_end = behind.trim_start_matches(['"', '\'', ' ']).starts_with(':');
            if is_end && key.may_be_sources() {
                return true;
            }
            key = Key::default();
            rest = behind.get(1..).unwrap_or_default();
        }
        key.push(rest);
    }
    false
}

/// The characters that are not a part of these keys.
const ENDS: [char; 12] = ['\n', '\r', '\t', ' ', ':', ',', '{', '}', '[', ']', '"', '\''];

/// A key that a template makes of texts, and of values that are not known.
#[derive(Default)]
struct Key {
    texts: Vec<String>,
    outputs: usize,
    has_own_text: bool,
    /// True if the last part is a value.
    is_open: bool,
}

impl Key {
    fn add(&mut self, piece: &Piece<'_>) {
        if let Piece::Output(expression) = piece {
            self.outputs += 1;
            self.has_own_text |= expression.contains(['"', '`']);
        }
        if self.texts.is_empty() {
            self.texts.push(String::new());
        }
        self.is_open = true;
    }

    fn push(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        match self.texts.last_mut() {
            Some(last) if !self.is_open => last.push_str(text),
            _ => self.texts.push(text.to_owned()),
        }
        self.is_open = false;
    }

    /// True if some values make it the name of a field with sources.
    fn may_be_sources(&self) -> bool {
        let is_one_value = self.outputs == 1 && self.texts.iter().all(String::is_empty);
        if self.outputs == 0 || is_one_value {
            return self.has_own_text;
        }
        SOURCES.iter().any(|name| self.fits(name))
    }

    /// True if the texts are in a name, in their order, with the first at its beginning and the last at its end.
    fn fits(&self, name: &str) -> bool {
        let mut rest = name;
        for (at, text) in self.texts.iter().enumerate() {
            let text = text.to_ascii_lowercase();
            let is_last = at + 1 == self.texts.len() && !self.is_open;
            let found = if at == 0 {
                rest.starts_with(&text).then_some(0)
            } else if is_last {
                rest.ends_with(&text).then(|| rest.len() - text.len())
            } else {
                rest.find(&text)
            };
            let Some(found) = found else { return false };
            rest = rest.get(found + text.len()..).unwrap_or_default();
        }
        true
    }
}

fn is_about_images(patch: &str) -> bool {
    ["image", "kustomize", "helm", "chart", "source", "targetRevision"]
        .iter()
        .any(|word| patch.contains(word))
}

#[cfg(test)]
mod tests;
