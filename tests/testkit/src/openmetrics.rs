//! A strict reader of OpenMetrics text, for the part of the format that holds gauges: families in one piece, each declared
//! once and before its samples, no sample twice, `# EOF` at the end and nothing behind it.
//! <https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md>

use std::collections::{BTreeMap, BTreeSet};

/// A sample: the name of its family, and its labels in the order of the text.
pub type Sample = (String, Vec<(String, String)>);

/// The samples of a text, with their values.
///
/// # Errors
/// The first fault of the text, with its line.
pub fn read(text: &str) -> Result<BTreeMap<Sample, f64>, String> {
    let body = text.strip_suffix("# EOF\n").ok_or("the text does not end with # EOF and a line end")?;
    let mut samples = BTreeMap::new();
    let mut families: BTreeSet<String> = BTreeSet::new();
    let mut current = String::new();
    let mut described: BTreeSet<(String, String)> = BTreeSet::new();
    for line in body.split_terminator('\n') {
        let fault = |why: &str| format!("{why}: {line:?}");
        if let Some(comment) = line.strip_prefix("# ") {
            let mut words = comment.splitn(3, ' ');
            let (kind, name, rest) = (words.next(), words.next(), words.next());
            let (Some(kind @ ("TYPE" | "HELP")), Some(name), Some(rest)) = (kind, name, rest) else {
                return Err(fault("no description of a family"));
            };
            if !is_name(name, true) || kind == "TYPE" && rest != "gauge" {
                return Err(fault("no name, or no gauge"));
            }
            if !described.insert((kind.to_owned(), name.to_owned())) {
                return Err(fault("described twice"));
            }
            if name != current && !families.insert(name.to_owned()) {
                return Err(fault("the family is in two pieces"));
            }
            name.clone_into(&mut current);
            if samples.keys().any(|(family, _): &Sample| family == name) {
                return Err(fault("described behind a sample"));
            }
            continue;
        }
        let (sample, value) = sample(line).ok_or_else(|| fault("no sample"))?;
        if sample.0 != current {
            return Err(fault("a sample outside of its family"));
        }
        if samples.insert(sample, value).is_some() {
            return Err(fault("a sample is there twice"));
        }
    }
    Ok(samples)
}

/// `name{label="value"} 1`.
fn sample(line: &str) -> Option<(Sample, f64)> {
    let end = line.find(['{', ' '])?;
    let (name, rest) = line.split_at(end);
    let (labels, rest) = match rest.strip_prefix('{') {
        Some(rest) => labels(rest)?,
        None => (Vec::new(), rest),
    };
    let value = rest.strip_prefix(' ')?;
    let is_number =
        !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit() || b".-".contains(&byte));
    (is_name(name, true) && is_number).then_some(((name.to_owned(), labels), value.parse().ok()?))
}

/// The labels behind `{`, and the text behind `}`.
fn labels(text: &str) -> Option<(Vec<(String, String)>, &str)> {
    let (mut labels, mut rest) = (Vec::new(), text);
    loop {
        let (name, behind) = rest.split_once("=\"")?;
        if !is_name(name, false) || labels.iter().any(|(known, _)| known == name) {
            return None;
        }
        let (value, behind) = quoted(behind)?;
        labels.push((name.to_owned(), value));
        match behind.split_at_checked(1)? {
            (",", behind) => rest = behind,
            ("}", behind) => return Some((labels, behind)),
            _ => return None,
        }
    }
}

/// The value of a label up to its closing quote, and the text behind it.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => value.push(match chars.next()?.1 {
                'n' => '\n',
                c @ ('"' | '\\') => c,
                _ => return None,
            }),
            c => value.push(c),
        }
    }
    None
}

fn is_name(text: &str, with_colon: bool) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_' || with_colon && byte == b':';
    let starts_well = text.bytes().next().is_some_and(is_letter);
    starts_well && text.bytes().all(|byte| is_letter(byte) || byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "# TYPE a gauge\n# HELP a b c\na{x=\"q\\\"\\\\\",y=\"1\"} 2\na 3\n# EOF\n";

    #[test]
    fn what_is_well_formed_is_read() {
        let samples = read(GOOD).unwrap();
        let labels = vec![("x".to_owned(), "q\"\\".to_owned()), ("y".to_owned(), "1".to_owned())];
        assert_eq!(samples[&("a".to_owned(), labels)].to_bits(), 2f64.to_bits());
        assert_eq!(samples.len(), 2);
    }

    #[test]
    fn what_is_not_is_refused() {
        for (from, to) in [
            ("# EOF\n", ""),
            ("# EOF\n", "# EOF"),
            ("# EOF\n", "# EOF\na 4\n"),
            ("a 3\n", "a 3\na 3\n"),
            ("a 3\n", "b 3\n"),
            ("a 3\n", "a 3\n# TYPE b gauge\n# HELP b c\nb 1\n# HELP a c\n"),
            ("a 3\n", "a  3\n"),
            ("a 3\n", "a three\n"),
            ("a 3\n", "\na 3\n"),
            ("\\\\\"", "\\x\""),
            ("y=", "x="),
            ("y=", "1y="),
            ("gauge", "thing"),
            ("# HELP a b c\n", "# TYPE a gauge\n"),
        ] {
            assert!(read(&GOOD.replacen(from, to, 1)).is_err(), "{from:?} {to:?}");
        }
    }
}
