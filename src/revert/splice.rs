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

#[cfg(test)]
mod tests {
    use crate::revert::example::references_of;
    use model::Parts;

    use super::*;

    const PATH: &str = "prod/values.yaml";

    /// A reference that scalars of a text decide: the one of the site, and those of its repository and its tag.
    fn decided(text: &str, site: &str, repository: Option<&str>, tag: Option<&str>) -> Reference {
        let pod = "apiVersion: v1\nkind: Pod\nspec: {containers: [{image: r.io/web}]}\n";
        let reference = references_of(pod).remove(0);
        let file = Arc::new(SourceFile::decode(RepoPath::new(PATH), text.as_bytes().to_vec()).unwrap());
        let place = |part: &str| {
            let start = text.find(part).unwrap();
            Site { file: Arc::clone(&file), span: Span::new(start..start + part.len()) }
        };
        let parts = Parts { repository: repository.map(place), tag: tag.map(place), digest: None };
        Reference { site: place(site), parts, ..*reference }
    }

    fn back(bad: &Reference, good: &Reference) -> Option<Edits> {
        spliced(&[(bad, good)])
    }

    /// The edits that give the file this text.
    fn gives(text: &str) -> Edits {
        let mut edits = Edits::default();
        edits.set(RepoPath::new(PATH), text.as_bytes().to_vec());
        edits
    }

    #[test]
    fn a_scalar_goes_back_with_its_quotes() {
        for (now, then, expected) in [
            ("image: web:2 # pinned\r\n", "image: web:1\n", "image: web:1 # pinned\r\n"),
            ("image: \"web:2\" # pinned\n", "image: 'web:1'\n", "image: 'web:1' # pinned\n"),
            ("image: 'web:2'\n", "image: web:1\n", "image: web:1\n"),
            ("\"image\": web:2\n", "image: \"web:1\"\n", "\"image\": \"web:1\"\n"),
            ("- web:2\n", "  - web:1\n", "- web:1\n"),
        ] {
            let (bad, good) = (decided(now, "web:2", None, None), decided(then, "web:1", None, None));
            assert_eq!(back(&bad, &good), Some(gives(expected)), "{now}");
        }
    }

    /// The parts of one scalar are within its site.
    #[test]
    fn a_part_within_the_scalar_is_not_replaced_twice() {
        let bad = decided("image: old/web:2\n", "old/web:2", Some("old/web"), Some("2"));
        let good = decided("image: new/web:1\n", "new/web:1", Some("new/web"), Some("1"));
        assert_eq!(back(&bad, &good), Some(gives("image: new/web:1\n")));
    }

    #[test]
    fn parts_before_and_after_the_deciding_scalar_go_back_with_it() {
        let now = "repository: old/web\ntag: 'v2'\nx: 1\n";
        let then = "x: 1\ntag: v1\nrepository: \"new/web\"\n";
        let expected = Some(gives("repository: \"new/web\"\ntag: v1\nx: 1\n"));
        let by_tag =
            |text: &str, repository: &str, tag: &str| decided(text, tag, Some(repository), Some(tag));
        assert_eq!(back(&by_tag(now, "old/web", "v2"), &by_tag(then, "new/web", "v1")), expected);
        let by_repository =
            |text: &str, repository: &str, tag: &str| decided(text, repository, Some(repository), Some(tag));
        assert_eq!(
            back(&by_repository(now, "old/web", "v2"), &by_repository(then, "new/web", "v1")),
            expected
        );
        // A file that is the same as before needs no edit.
        let same = by_tag(now, "old/web", "v2");
        assert_eq!(back(&same, &same), Some(Edits::default()));
    }

    #[test]
    fn a_scalar_without_a_counterpart_is_not_replaced() {
        let with_tag = decided("repository: web\ntag: v2\n", "web", Some("web"), Some("v2"));
        let without = decided("repository: web\n", "web", Some("web"), None);
        assert_eq!(back(&with_tag, &without), None);
        assert_eq!(back(&without, &with_tag), None);
        let of = |text, site| decided(text, site, None, None);
        let tag = of("newTag: v2\n", "v2");
        assert_eq!(back(&tag, &of("digest: v1\n", "v1")), None);
        assert_eq!(back(&tag, &of("- v1\n", "v1")), None);
        // A scalar of several lines has the indentation of its place.
        let lines = of("newTag: v\n  1\n", "v\n  1");
        assert_eq!(back(&lines, &tag), None);
        assert_eq!(back(&tag, &lines), None);
    }
}
