//! Suggestions: tags near a missing one, rules near a misspelt one.

use std::cmp::{Ordering, Reverse};

use strsim::osa_distance;

use model::Rule;
use model::nearest;

/// Maximum number of suggestions.
const MOST: usize = 3;

/// The tags that may have been meant by `wanted`, the most likely first: those that differ by a typing
/// mistake, otherwise the newest that begin with the same version numbers.
pub(super) fn tags(wanted: &str, tags: &[String]) -> Vec<String> {
    let mut near = slips(wanted, tags);
    if near.is_empty() {
        near = of_the_same_line(wanted, tags);
    }
    near.truncate(MOST);
    near.into_iter().map(str::to_owned).collect()
}

/// The tags that differ from `wanted` by a typing mistake, the most likely first.
pub(super) fn mistaken<'a>(wanted: &str, tags: &'a [String]) -> Vec<&'a str> {
    let mut near = slips(wanted, tags);
    near.truncate(MOST);
    near
}

/// The only tag that can be meant by `wanted`: the one that looks the same, or, if there is none, the only
/// one at distance one, which has to name the same version.
pub(super) fn only_slip<'a>(wanted: &str, tags: &'a [String]) -> Option<&'a str> {
    let look = alike(wanted);
    let mut same = others(wanted, tags).filter(|tag| alike(tag) == look);
    if let Some(first) = same.next() {
        return same.next().is_none().then_some(first);
    }
    let mut near = others(wanted, tags).filter(|tag| osa_distance(wanted, tag) == 1);
    let first = near.next()?;
    let is_certain = near.next().is_none() && numbers(&look) == numbers(&alike(first));
    is_certain.then_some(first)
}

/// The nearest tags, within the distance of a typing mistake.
fn slips<'a>(wanted: &str, tags: &'a [String]) -> Vec<&'a str> {
    let reach = (wanted.chars().count() / 3).clamp(1, 2);
    let mut near: Vec<(usize, &str)> = Vec::new();
    for tag in others(wanted, tags) {
        let distance = if is_sibling(wanted, tag) {
            slip(wanted, tag).min(1)
        } else if tag.len().abs_diff(wanted.len()) <= reach {
            slip(wanted, tag)
        } else {
            continue;
        };
        if distance <= reach {
            near.push((distance, tag));
        }
    }
    near.sort_by(|(a, x), (b, y)| a.cmp(b).then_with(|| by_version(y, x)));
    // One mistake is more likely than two: tags at a greater distance are not useful.
    let best = near.first().map(|(distance, _)| *distance);
    near.retain(|(distance, _)| Some(*distance) == best);
    near.into_iter().map(|(_, tag)| tag).collect()
}

/// The tags of the same form with the same first number, the newest first.
fn of_the_same_line<'a>(wanted: &str, tags: &'a [String]) -> Vec<&'a str> {
    let Some(first) = numbers(wanted).first().copied() else { return Vec::new() };
    let form = shape(wanted);
    let mut found: Vec<&str> = Vec::new();
    for tag in others(wanted, tags) {
        if shape(tag) == form && numbers(tag).first() == Some(&first) {
            found.push(tag);
        }
    }
    found.sort_by(|a, b| by_version(b, a));
    found
}

/// The tags besides `wanted`, without those of signatures and attestations.
fn others<'a>(wanted: &str, tags: &'a [String]) -> impl Iterator<Item = &'a str> {
    tags.iter().map(String::as_str).filter(move |tag| *tag != wanted && !tag.starts_with("sha256-"))
}

/// The distance of two tags. Characters that look alike, and a leading `v`, do not count.
fn slip(a: &str, b: &str) -> usize {
    osa_distance(&alike(a), &alike(b))
}

/// A tag without a leading `v`, with one form for characters that look alike.
fn alike(tag: &str) -> String {
    let version = tag.strip_prefix('v').filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    version.unwrap_or(tag).chars().map(look).collect()
}

fn look(c: char) -> char {
    match c {
        'O' | 'o' => '0',
        'l' | 'I' => '1',
        c => c.to_ascii_lowercase(),
    }
}

/// True for two versions that differ only in the last number: `1.27.9` and `1.27.10`.
fn is_sibling(a: &str, b: &str) -> bool {
    let (x, y) = (numbers(a), numbers(b));
    let (Some((_, x)), Some((_, y))) = (x.split_last(), y.split_last()) else { return false };
    !x.is_empty() && x == y && shape(a) == shape(b)
}

/// The rule that may have been meant.
pub fn rule(wanted: &str) -> Option<Rule> {
    nearest(wanted, Rule::ALL.iter().map(|rule| rule.id())).and_then(Rule::from_id)
}

fn numbers(tag: &str) -> Vec<u64> {
    tag.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse().ok()).collect()
}

/// A tag without its numbers: `v1.27.3-alpine` and `v1.28.0-alpine` have the same shape.
fn shape(tag: &str) -> String {
    tag.chars().filter(|c| !c.is_ascii_digit() && *c != '.').collect()
}

/// The order of versions: a release comes after its pre-releases, and equal versions are compared as text.
fn by_version(a: &str, b: &str) -> Ordering {
    let key = |tag: &str| (numbers(tag), Reverse(shape(tag).len()));
    key(a).cmp(&key(b)).then_with(|| a.cmp(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(wanted: &str, there: &[&str]) -> Vec<String> {
        tags(wanted, &there.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn slips_come_first() {
        assert_eq!(near("1.5.O", &["1.4.0", "1.5.0", "1.5.1"]), ["1.5.0"]);
        assert_eq!(near("1.5.0", &["v1.5.0", "1.5.1", "1.4.0"]), ["v1.5.0"]);
        assert_eq!(near("lastest", &["latest", "stable"]), ["latest"]);
        assert_eq!(near("1.27-alpin", &["1.27-alpine", "1.26-alpine"]), ["1.27-alpine"]);
    }

    #[test]
    fn the_distance_grows_with_the_length_and_the_tag_itself_is_not_near() {
        assert_eq!(near("stibla", &["stable"]), ["stable"]);
        assert_eq!(near("maixy", &["mainz"]), Vec::<String>::new());
        assert_eq!(near("1.5.0", &["1.5.0", "sha256-1.5.0"]), Vec::<String>::new());
    }

    #[test]
    fn of_equals_the_newest_come_first_and_at_most_three() {
        assert_eq!(
            near("1.27.9", &["1.27.1", "1.27.2", "1.27.10", "1.27.3"]),
            ["1.27.10", "1.27.3", "1.27.2"]
        );
    }

    #[test]
    fn else_the_same_line_of_versions() {
        assert_eq!(near("2.99.123", &["1.0.0", "2.1.0", "2.10.0", "2.9.0-rc1"]), ["2.10.0", "2.1.0"]);
        assert_eq!(near("main", &["1.0.0", "2.1.0"]), Vec::<String>::new());
        assert_eq!(near("1.0.0", &[]), Vec::<String>::new());
    }

    #[test]
    fn a_slip_is_certain_where_the_version_is_the_same_and_nothing_else_is_as_near() {
        let only = |wanted: &str, there: &[&str]| {
            let there: Vec<String> = there.iter().map(ToString::to_string).collect();
            only_slip(wanted, &there).map(str::to_owned)
        };
        assert_eq!(only("1.5.O", &["1.4.0", "1.5.0", "1.5.1"]).as_deref(), Some("1.5.0"));
        assert_eq!(only("1.5.0", &["v1.5.0", "1.4.0-x"]).as_deref(), Some("v1.5.0"));
        assert_eq!(only("v1.5.0", &["1.5.0"]).as_deref(), Some("1.5.0"));
        assert_eq!(only("lastest", &["latest", "stable"]).as_deref(), Some("latest"));
        // Another version may be a build that is not pushed yet.
        assert_eq!(only("1.5.1", &["1.5.0"]), None);
        assert_eq!(only("1.5.1-alpin", &["1.5.1-alpine", "1.5.1-alpina"]), None);
        assert_eq!(only("1.5.O", &["1.5.0", "v1.5.0"]), None, "both look the same");
        assert_eq!(only("1.5.0", &[]), None);
    }

    #[test]
    fn rules() {
        assert_eq!(rule("missing-tags"), Some(Rule::MissingTag));
        assert_eq!(rule("nonsense"), None);
    }
}
