//! The smallest revert: the scalars that decide a reference get their earlier text, with quotes. All changed
//! parts are reverted together; every other byte of the files is kept.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::Reference;
use source::edit::{Edit, apply};
use source::{RepoPath, Site, SourceFile, Span};

use super::edits::Edits;

/// The edits that replace the scalars of the first reference of each pair by those of the second; `None` if a
/// scalar has no counterpart, for example if a key was added.
pub(super) fn spliced(pairs: &[(&Reference, &Reference)]) -> Option<Edits> {
    let mut by_file: BTreeMap<RepoPath, (Arc<SourceFile>, Vec<Edit>)> = BTreeMap::new();
    for (bad, good) in pairs {
        for (now, then) in counterparts(bad, good)? {
            let (token, earlier) = (token(&now), token(&then));
            let (old, new) = (token.text(), earlier.text());
            if old == new {
                continue;
            }
            if key_before(&token) != key_before(&earlier) || old.contains('\n') || new.contains('\n') {
                return None;
            }
            let file = || (Arc::clone(&token.file), Vec::new());
            let (_, of_file) = by_file.entry(token.file.path().clone()).or_insert_with(file);
            of_file.push(Edit::new(token.span, new));
        }
    }
    let mut edits = Edits::default();
    for (path, (file, of_file)) in by_file {
        edits.set(path, apply(&file, &of_file).ok()?);
    }
    Some(edits)
}

/// The pairs of scalars of a reference and its counterpart: the deciding one, and the parts outside of it.
fn counterparts(bad: &Reference, good: &Reference) -> Option<Vec<(Site, Site)>> {
    let mut pairs = vec![(bad.site.clone(), good.site.clone())];
    let roles = [
        (&bad.parts.repository, &good.parts.repository),
        (&bad.parts.tag, &good.parts.tag),
        (&bad.parts.digest, &good.parts.digest),
    ];
    for (now, then) in roles {
        let now = now.as_ref().filter(|site| !is_within(site, &bad.site));
        let then = then.as_ref().filter(|site| !is_within(site, &good.site));
        match (now, then) {
            (Some(now), Some(then)) => pairs.push((now.clone(), then.clone())),
            (None, None) => {}
            _ => return None,
        }
    }
    Some(pairs)
}

fn is_within(site: &Site, outer: &Site) -> bool {
    let (inner, around) = (site.span, outer.span);
    site.file.path() == outer.file.path() && around.start <= inner.start && inner.end <= around.end
}

/// The scalar with its quotes.
fn token(site: &Site) -> Site {
    let (text, span) = (site.file.text(), site.span.range());
    let before = text.get(..span.start).and_then(|text| text.chars().next_back());
    let after = text.get(span.end..).and_then(|text| text.chars().next());
    match (before, after) {
        (Some('"'), Some('"')) | (Some('\''), Some('\'')) => {
            let quoted = Span::new(span.start - 1..span.end + 1);
            Site { file: site.file.clone(), span: quoted }
        }
        _ => site.clone(),
    }
}

/// The key before a scalar on its line; empty for an item of a list.
fn key_before(token: &Site) -> String {
    let text = token.file.text().get(..token.span.range().start).unwrap_or_default();
    let line = text.rsplit('\n').next().unwrap_or_default().trim_end();
    let Some(before) = line.strip_suffix(':') else { return String::new() };
    let key = before.rsplit([' ', '{', ',', '-', '\t']).next().unwrap_or_default();
    key.trim_matches(['"', '\'']).to_owned()
}
