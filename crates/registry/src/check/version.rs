//! Versions and ranges of versions, as Helm, Flux and Argo CD read them: with
//! [Masterminds/semver](https://github.com/Masterminds/semver).

use std::cmp::{Ordering, Reverse};

use semver::{BuildMetadata, Prerelease, Version};

use super::queue::Numbers;

/// Maximum length of a range, in bytes.
const LONGEST: usize = 512;

/// The tags that are versions, the newest first. A `_` in a tag represents the `+` of a version, which tags
/// cannot contain. A leading `v` is accepted, as in Flux and Argo CD.
pub(super) fn of_tags(tags: &[String], numbers: Numbers) -> Vec<(String, Version)> {
    let mut versions = Vec::new();
    for tag in tags {
        let text = tag.replacen('_', "+", 1);
        let version = match numbers {
            Numbers::Strict => Version::parse(text.strip_prefix('v').unwrap_or(&text)).ok(),
            Numbers::Loose => three_parts(&text),
        };
        versions.extend(version.map(|version| (tag.clone(), version)));
    }
    versions.sort_by(|(a, x), (b, y)| y.cmp_precedence(x).then_with(|| Reverse(a).cmp(&Reverse(b))));
    versions
}

/// A version as the library reads it: a `v`, leading zeros, and one or two numbers are accepted.
pub fn loose(text: &str) -> Option<Version> {
    if text.len() > LONGEST {
        return None;
    }
    let text = text.strip_prefix('v').unwrap_or(text);
    let (text, build) = split_at(text, '+');
    let (core, pre) = split_at(text, '-');
    let mut numbers = [0; 3];
    let mut parts = core.split('.');
    for (at, number) in numbers.iter_mut().enumerate() {
        match parts.next() {
            None if at > 0 => break,
            Some(digits) if is_number(digits) => *number = digits.parse().ok()?,
            _ => return None,
        }
    }
    if parts.next().is_some() || pre == Some("") || build == Some("") {
        return None;
    }
    let [major, minor, patch] = numbers;
    let pre = Prerelease::new(pre.unwrap_or_default()).ok()?;
    let build = BuildMetadata::new(build.unwrap_or_default()).ok()?;
    Some(Version { major, minor, patch, pre, build })
}

/// A version as Flux reads it: the same, with three numbers.
pub fn three_parts(text: &str) -> Option<Version> {
    if text.split('.').count() < 3 { None } else { loose(text) }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `^1.2`, `>=1 <2`, `1.x || ~2.1`, `1.2 - 1.4`.
#[derive(Debug)]
pub struct Range(Vec<Vec<Comparator>>);

#[derive(Debug)]
struct Comparator {
    operator: Operator,
    version: Version,
    /// The first number that is left open: 0 for all of them, 3 for none.
    open: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    GreaterEqual,
    Less,
    LessEqual,
    Tilde,
    Caret,
}

const OPERATORS: [(&str, Operator); 11] = [
    (">=", Operator::GreaterEqual),
    ("=>", Operator::GreaterEqual),
    ("<=", Operator::LessEqual),
    ("=<", Operator::LessEqual),
    ("~>", Operator::Tilde),
    ("!=", Operator::NotEqual),
    ("=", Operator::Equal),
    (">", Operator::Greater),
    ("<", Operator::Less),
    ("~", Operator::Tilde),
    ("^", Operator::Caret),
];

impl Range {
    /// Parses a range; `None` if the text is not one.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        text.split("||").map(every).collect::<Option<_>>().map(Self)
    }

    /// True if a version is in the range. A pre-release is only in a part of the range that names one.
    pub fn admits(&self, version: &Version) -> bool {
        self.0.iter().any(|all| admit(all, version))
    }
}

/// True if all comparators of a part admit a version.
fn admit(all: &[Comparator], version: &Version) -> bool {
    let names_pre_release = all.iter().any(|one| !one.version.pre.is_empty());
    (version.pre.is_empty() || names_pre_release) && all.iter().all(|one| one.admits(version))
}

/// Comparators that have to hold together.
fn every(text: &str) -> Option<Vec<Comparator>> {
    if text.split(',').any(|part| part.trim().is_empty()) {
        return None;
    }
    let text = text.replace(',', " ");
    let mut words = text.split_whitespace().peekable();
    let mut all = Vec::new();
    while let Some(word) = words.next() {
        let (operator, rest) = split_operator(word);
        // White space may separate an operator from its version.
        let rest = if rest.is_empty() { words.next()? } else { rest };
        if operator.is_none() && words.next_if_eq(&"-").is_some() {
            all.push(comparator(Operator::GreaterEqual, rest)?);
            all.push(comparator(Operator::LessEqual, words.next()?)?);
        } else {
            all.push(comparator(operator.unwrap_or(Operator::Equal), rest)?);
        }
    }
    (!all.is_empty()).then_some(all)
}

/// The operator at the start of a word, and the rest.
fn split_operator(word: &str) -> (Option<Operator>, &str) {
    for (sign, operator) in OPERATORS {
        if let Some(rest) = word.strip_prefix(sign) {
            return (Some(operator), rest);
        }
    }
    (None, word)
}

fn split_at(text: &str, separator: char) -> (&str, Option<&str>) {
    match text.split_once(separator) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

fn comparator(operator: Operator, text: &str) -> Option<Comparator> {
    let text = text.strip_prefix('v').unwrap_or(text);
    let (text, build) = split_at(text, '+');
    let (core, pre) = split_at(text, '-');
    let build = match build {
        Some(build) => BuildMetadata::new(build).ok()?,
        None => BuildMetadata::EMPTY,
    };
    let pre = match pre {
        Some("") => return None,
        Some(pre) => Prerelease::new(pre).ok()?,
        None => Prerelease::EMPTY,
    };
    let mut numbers = [0; 3];
    let mut open = None;
    let mut parts = core.split('.');
    for (at, number) in numbers.iter_mut().enumerate() {
        match parts.next() {
            None if at == 0 => return None,
            None | Some("x" | "X" | "*") => open = open.or(Some(at)),
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                let value = digits.parse().ok()?;
                // Numbers after an open one do not count.
                *number = if open.is_none() { value } else { 0 };
            }
            Some(_) => return None,
        }
    }
    let [major, minor, patch] = numbers;
    let version = Version { major, minor, patch, pre, build };
    parts.next().is_none().then_some(Comparator { operator, version, open: open.unwrap_or(3) })
}

impl Comparator {
    fn admits(&self, version: &Version) -> bool {
        let order = version.cmp_precedence(&self.version);
        // The library reads a bare star as 0.0.0 with all numbers written, unless there is no operator.
        let open = if self.open == 0 { 3 } else { self.open };
        match self.operator {
            Operator::Equal if self.open < 3 => self.tilde(version, order),
            Operator::Equal => order.is_eq(),
            Operator::NotEqual if open < 3 => !self.same(version, open),
            Operator::NotEqual => order.is_ne(),
            Operator::Greater => order.is_gt() && (open == 3 || !self.same(version, open)),
            Operator::GreaterEqual => order.is_ge(),
            Operator::Less => order.is_lt(),
            Operator::LessEqual if self.open == 0 => self.same(version, 2),
            Operator::LessEqual => order.is_le() || (open < 3 && self.same(version, open)),
            Operator::Tilde => self.tilde(version, order),
            Operator::Caret => self.caret(version, order, open),
        }
    }

    /// True if the first `numbers` numbers are equal.
    fn same(&self, version: &Version, numbers: usize) -> bool {
        let here = [self.version.major, self.version.minor, self.version.patch];
        let there = [version.major, version.minor, version.patch];
        here.iter().zip(there).take(numbers).all(|(here, there)| *here == there)
    }

    fn tilde(&self, version: &Version, order: Ordering) -> bool {
        // An exception of the library: `~0.0.0` admits every version, and so does a star.
        let zero = self.same(&Version::new(0, 0, 0), 3) && matches!(self.open, 0 | 3);
        order.is_ge() && (zero || self.same(version, self.open.min(2)))
    }

    /// The same up to the first number that is not zero.
    fn caret(&self, version: &Version, order: Ordering, open: usize) -> bool {
        let numbers = [self.version.major, self.version.minor, self.version.patch];
        let first = numbers.iter().position(|number| *number > 0).unwrap_or(2);
        order.is_ge() && self.same(version, (first + 1).min(open))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The results of the library with which Helm, Flux and Argo CD read ranges.
    const TABLE: &str = include_str!("../tests/ranges.txt");

    #[test]
    fn as_others_read_them() {
        let mut lines = TABLE.lines().skip(1);
        let versions: Vec<&str> = lines.next().unwrap().split(' ').collect();
        let mut wrong = Vec::new();
        for line in lines {
            let (text, expected) = line.split_once('\t').unwrap();
            let taken = Range::parse(text).map_or("?".to_owned(), |range| {
                let takes = |version: &&str| range.admits(&Version::parse(version).unwrap());
                versions.iter().map(|version| if takes(version) { '1' } else { '0' }).collect()
            });
            if taken != expected {
                let pairs = versions.iter().zip(taken.chars().zip(expected.chars()));
                let differ: Vec<_> = pairs.filter(|(_, (a, b))| a != b).map(|(version, _)| version).collect();
                wrong.push(format!("{text:?}: {differ:?} {}", expected == "?"));
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn tags_that_are_versions() {
        let tags = ["1.2.0", "latest", "v1.10.0", "1.9.0_b.1", "1.9.0", "1.9", "2.0.0-rc.1", "sha256-abc"];
        let tags: Vec<String> = tags.iter().map(ToString::to_string).collect();
        let names: Vec<String> = of_tags(&tags, Numbers::Strict).into_iter().map(|(tag, _)| tag).collect();
        assert_eq!(names, ["2.0.0-rc.1", "v1.10.0", "1.9.0_b.1", "1.9.0", "1.2.0"]);
    }

    #[test]
    fn versions_that_are_read() {
        for (text, read) in [
            ("1.2.3", Some("1.2.3")),
            ("v1.2.3", Some("1.2.3")),
            ("2025.02.03", Some("2025.2.3")),
            ("v2025.02.03-rc.1+b.01", Some("2025.2.3-rc.1+b.01")),
            ("1", Some("1.0.0")),
            ("1.2-a-b", Some("1.2.0-a-b")),
            ("1.2.3.4", None),
            ("1.2.x", None),
            ("1..3", None),
            ("", None),
            ("v", None),
            ("1.2.3-01", None),
            ("1.2.3-", None),
            ("1.2.3+", None),
            ("1.2.3 ", None),
            ("V1.2.3", None),
            ("99999999999999999999.0.0", None),
        ] {
            assert_eq!(loose(text).map(|version| version.to_string()).as_deref(), read, "{text}");
        }
        assert!(three_parts("1.2").is_none() && three_parts("v1.02.3").is_some());
    }

    #[test]
    fn leading_zeros() {
        let tags = ["2025.02.03", "v2025.10.01-rc.1", "2025.00.1", "2025.1", "2025..1", "2025.1.0x"];
        let tags: Vec<String> = tags.iter().map(ToString::to_string).collect();
        let read = |numbers| -> Vec<String> {
            of_tags(&tags, numbers).into_iter().map(|(_, version)| version.to_string()).collect()
        };
        assert_eq!(read(Numbers::Loose), ["2025.10.1-rc.1", "2025.2.3", "2025.0.1"]);
        assert_eq!(read(Numbers::Strict), Vec::<String>::new());
    }

    proptest::proptest! {
        #[test]
        fn any_text(text in "[ -~é|^<>=x*.0-9]{0,40}") {
            if let Some(range) = Range::parse(&text) {
                range.admits(&Version::new(1, 2, 3));
            }
        }
    }
}
