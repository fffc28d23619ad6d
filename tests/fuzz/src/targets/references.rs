//! The grammar of references: the same texts as the one of the distribution project.

use std::sync::LazyLock;

use image::{Fault, parse};
use regex::Regex;

/// The grammar of <https://pkg.go.dev/github.com/distribution/reference>.
static GRAMMAR: LazyLock<Regex> = LazyLock::new(|| {
    let label = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
    let host = format!(r"(?:{label}(?:\.{label})*|\[[a-fA-F0-9:]+\])");
    let component = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
    let name = format!(r"(?:{host}(?::[0-9]+)?/)?{component}(?:/{component})*");
    let digest = "[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}";
    let tag = "[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}";
    Regex::new(&format!(r"\A({name})(?::({tag}))?(?:@({digest}))?\z")).unwrap()
});

/// Reads any text as a reference.
pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let grammar = GRAMMAR.captures(text);
    match (parse(text), grammar) {
        (Ok((image, parts)), Some(found)) => {
            let at = |n: usize| found.get(n).map(|part| part.range());
            assert_eq!((Some(parts.name), parts.tag, parts.digest), (at(1), at(2), at(3)), "{text:?}");
            let (again, _) = parse(&image.to_string()).expect("what is printed is a reference");
            assert_eq!(again.to_string(), image.to_string(), "{text:?}");
            assert_eq!(again.effective_tag(), image.effective_tag());
        }
        (Err(error), Some(_)) => assert!(is_stricter(&error.fault), "{text:?} is a reference: {error:?}"),
        (Ok((image, _)), None) => panic!("{text:?} is no reference, and is read as {image}"),
        (Err(error), None) => {
            assert!(text.get(error.at.clone()).is_some(), "{text:?}: {error:?}");
            assert!(text.is_empty() || !error.at.is_empty(), "{text:?}: {error:?}");
        }
    }
}

/// True for what the grammar of the distribution project leaves to others: container runtimes refuse it.
fn is_stricter(fault: &Fault) -> bool {
    match fault {
        Fault::ImageId | Fault::LongName | Fault::Port(_) => true,
        Fault::DigestAlgorithm(_) | Fault::DigestLength { .. } | Fault::DigestCharacter(_) => true,
        // An address of IPv6 that is none; and a host with an underscore, which the grammar takes for a part of the path.
        Fault::Host(host) => host.starts_with('[') || host.contains('_'),
        _ => false,
    }
}
