//! The smallest revert: the scalars that decide a reference become again what they were, with their quotes. All parts
//! that changed go back together; every other byte of the files stays.

use std::collections::BTreeMap;

use model::Reference;
use source::{Files, RepoPath, Site, Span};

use super::edits::Edits;

/// The replacement of a piece of a file, in bytes as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Piece {
    start: usize,
    end: usize,
    text: String,
}

/// The edits that put the scalars of each pair's second reference in place of the first one's; `None` if a scalar has no
/// counterpart, as where a key was added.
pub(super) fn spliced(pairs: &[(&Reference, &Reference)], files: &dyn Files, limit: u64) -> Option<Edits> {
    let mut pieces: BTreeMap<RepoPath, Vec<Piece>> = BTreeMap::new();
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
            let at = token.location();
            let piece = Piece { start: at.byte_start, end: at.byte_end, text: new.to_owned() };
            let of_file = pieces.entry(token.file.path().clone()).or_default();
            if !of_file.contains(&piece) {
                of_file.push(piece);
            }
        }
    }
    let mut edits = Edits::default();
    for (path, of_file) in pieces {
        let bytes = files.read(&path, limit).ok()??;
        edits.set(path, applied(bytes, of_file)?);
    }
    Some(edits)
}

/// The scalars of a reference beside those of its counterpart: the one that decides, and the parts outside of it.
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

/// The key in front of a scalar on its line; empty for an item of a list.
fn key_before(token: &Site) -> String {
    let text = token.file.text().get(..token.span.range().start).unwrap_or_default();
    let line = text.rsplit('\n').next().unwrap_or_default().trim_end();
    let Some(before) = line.strip_suffix(':') else { return String::new() };
    let key = before.rsplit([' ', '{', ',', '-', '\t']).next().unwrap_or_default();
    key.trim_matches(['"', '\'']).to_owned()
}

/// The bytes with all pieces replaced; `None` where two of them overlap.
fn applied(mut bytes: Vec<u8>, mut pieces: Vec<Piece>) -> Option<Vec<u8>> {
    pieces.sort_by_key(|piece| piece.start);
    for pair in pieces.windows(2) {
        let [first, second] = pair else { continue };
        if first.end > second.start {
            return None;
        }
    }
    // UTF-16 has a zero byte in every ASCII character.
    if bytes.contains(&0) {
        return None;
    }
    for piece in pieces.into_iter().rev() {
        bytes.get(piece.start..piece.end)?;
        bytes.splice(piece.start..piece.end, piece.text.into_bytes());
    }
    Some(bytes)
}
