//! The names of the changed resources that other documents look up by name. A unit whose files contain none
//! of these names, and no expression that can compose a name, looks none of them up.

use std::collections::{BTreeSet, HashSet};

use model::Rule;
use regex::bytes::Regex;
use source::RepoPath;

use crate::engine::file;
use crate::engine::index::is_candidate;
use crate::engine::named_kind::NamedKind;
use crate::engine::part::Part;
use crate::engine::reads::Difference;
use crate::engine::side::Side;
use crate::engine::tree::Tree;

/// Maximum number of names that are searched for at once.
const MAX_NAMES: usize = 500;

/// Text that may compose a name, or turn another resource into a release: variables, and fields of
/// kustomizations and patches that copy values or change kinds. Escaped letters are excluded by the words of
/// a file.
const MAKERS: &str = r"\$[{(]|replacements|transformers|allowKindChange|/kind";

/// The names that a change touches.
#[derive(Debug)]
pub(crate) struct Names {
    named: HashSet<(NamedKind, String)>,
    /// True if a file that differs may hold resources of any name, because it cannot be read.
    is_any: bool,
    search: Search,
}

/// The search for the names in a text.
#[derive(Debug)]
enum Search {
    /// No name is searched for.
    Nothing,
    Pattern(Regex),
    /// Every text matches: there are too many names, or one that may be written in several ways.
    Everything,
}

impl Names {
    pub(crate) fn new(head: &Side<'_>, base: Option<&Side<'_>>, difference: &Difference) -> Self {
        let (mut named, mut is_any) = (HashSet::new(), false);
        for side in std::iter::once(head).chain(base) {
            for path in difference.files() {
                is_any |= !add_resources(side, path, &mut named);
            }
        }
        let mut texts: BTreeSet<&str> = named.iter().map(|(_, name)| name.as_str()).collect();
        texts.extend(head.graph().differing_generators(base.map(Side::graph), difference));
        texts.extend(
            base.into_iter()
                .flat_map(|base| base.graph().differing_generators(Some(head.graph()), difference)),
        );
        let search = if is_any { Search::Everything } else { Search::new(&texts) };
        Self { named, is_any, search }
    }

    /// True if a resource of this kind and name differs.
    pub(crate) fn holds(&self, kind: NamedKind, name: &str) -> bool {
        self.is_any || self.named.contains(&(kind, name.to_owned()))
    }

    /// True if a chart repository differs: objects in other files may name it for a release.
    pub(crate) fn holds_repository(&self) -> bool {
        self.is_any || self.named.iter().any(|(kind, _)| *kind == NamedKind::HelmRepository)
    }

    /// True if there is none.
    pub(crate) fn is_empty(&self) -> bool {
        matches!(self.search, Search::Nothing)
    }

    /// True if a text may name one of them.
    pub(crate) fn may_be_in(&self, text: &[u8]) -> bool {
        match &self.search {
            Search::Nothing => false,
            Search::Pattern(pattern) => pattern.is_match(text),
            Search::Everything => true,
        }
    }
}

impl Search {
    fn new(names: &BTreeSet<&str>) -> Self {
        if names.is_empty() {
            return Self::Nothing;
        }
        if names.len() > MAX_NAMES || !names.iter().all(|name| is_written_plainly(name)) {
            return Self::Everything;
        }
        let escaped: Vec<String> = names.iter().map(|name| regex::escape(name)).collect();
        Regex::new(&format!("{MAKERS}|{}", escaped.join("|"))).map_or(Self::Everything, Self::Pattern)
    }
}

/// True if a scalar with this text contains it literally in every style.
fn is_written_plainly(name: &str) -> bool {
    !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'))
}

/// Adds the resources of a file that others look up by name; false if it may hold others, which only deployers read.
fn add_resources(side: &Side<'_>, path: &RepoPath, named: &mut HashSet<(NamedKind, String)>) -> bool {
    if !is_candidate(path) || !NamedKind::is_any_possible(side.index.words(path)) {
        return true;
    }
    let Ok(Some(file)) = file::read(&Tree::new(side), path) else { return true };
    let mut is_read = true;
    file::documents(&file, &mut |part| match part {
        Part::Document(document) => {
            if let Some(kind) = NamedKind::of(&document)
                && let Some(name) = document.resource().and_then(|resource| resource.name.clone())
            {
                named.insert((kind, name));
            }
        }
        Part::Problem(problem) => is_read &= problem.rule != Rule::UnreadableFile,
    });
    is_read
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(names: &[&str]) -> Names {
        let search = Search::new(&names.iter().copied().collect());
        Names { named: HashSet::new(), is_any: false, search }
    }

    #[test]
    fn a_text_names_what_it_holds_or_puts_together() {
        let names = search(&["web-chart", "db.v2"]);
        for text in ["chartRef: {name: web-chart}", "name: 'db.v2'", "name: ${APP}", "replacements:\n"] {
            assert!(names.may_be_in(text.as_bytes()), "{text}");
        }
        assert!(!names.may_be_in(b"chartRef: {name: web, kind: OCIRepository}\nname: dbxv2\n"));
        assert!(!search(&[]).may_be_in(b"name: ${APP}"));
        assert!(
            search(&["it's"]).may_be_in(b"name: 'it''s'"),
            "a name with quotes may be written in many ways"
        );
    }
}
