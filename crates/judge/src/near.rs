//! What may have been meant: tags near a missing one, rules near a misspelt one.

use std::cmp::{Ordering, Reverse};

use strsim::osa_distance;

use model::Rule;
use model::nearest;

/// Most suggestions.
const MOST: usize = 3;

/// The tags that may have been meant by `wanted`, the likeliest first: those a slip of the keyboard away,
/// else the newest that begin with the same version numbers.
pub(super) fn tags(wanted: &str, tags: &[String]) -> Vec<String> {
    let reach = (wanted.chars().count() / 3).clamp(1, 2);
    let real = || tags.iter().filter(|tag| *tag != wanted && !tag.starts_with("sha256-"));
    let distance = |tag: &String| {
        let near = tag.len().abs_diff(wanted.len()) <= reach;
        if is_sibling(wanted, tag) { Some(slip(wanted, tag).min(1)) } else { near.then(|| slip(wanted, tag)) }
    };
    let mut near: Vec<(usize, &String)> = real()
        .filter_map(|tag| Some((distance(tag)?, tag)))
        .filter(|(distance, _)| *distance <= reach)
        .collect();
    near.sort_by(|(a, x), (b, y)| a.cmp(b).then_with(|| by_version(y, x)));
    // A slip is likelier than two: farther tags are noise beside it.
    let best = near.first().map(|(distance, _)| *distance);
    near.retain(|(distance, _)| Some(*distance) == best);
    if near.is_empty() {
        let (numbers, shape) = (numbers(wanted), shape(wanted));
        let alike =
            |tag: &&String| shape == self::shape(tag) && numbers.first() == self::numbers(tag).first();
        let mut alike: Vec<&String> = real().filter(|_| !numbers.is_empty()).filter(alike).collect();
        alike.sort_by(|a, b| by_version(b, a));
        near = alike.into_iter().map(|tag| (0, tag)).collect();
    }
    near.into_iter().take(MOST).map(|(_, tag)| tag.clone()).collect()
}

/// The distance of two tags, where characters that look alike and a leading `v` count as none.
fn slip(a: &str, b: &str) -> usize {
    let alike = |text: &str| -> String {
        let text = text
            .strip_prefix('v')
            .filter(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
            .unwrap_or(text);
        let digit = |c| match c {
            'O' | 'o' => '0',
            'l' | 'I' => '1',
            c => c.to_ascii_lowercase(),
        };
        text.chars().map(digit).collect()
    };
    osa_distance(&alike(a), &alike(b))
}

/// Whether two tags are versions that differ in the last number alone: `1.27.9` and `1.27.10`.
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

/// A tag without its numbers: `v1.27.3-alpine` and `v1.28.0-alpine` have the same.
fn shape(tag: &str) -> String {
    tag.chars().filter(|c| !c.is_ascii_digit() && *c != '.').collect()
}

/// The order of versions, where a release stands after its pre-releases; the text decides last.
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
    fn rules() {
        assert_eq!(rule("missing-tags"), Some(Rule::MissingTag));
        assert_eq!(rule("nonsense"), None);
    }
}
