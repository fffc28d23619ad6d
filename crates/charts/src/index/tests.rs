//! The scanner and the parser of indexes agree, and a text that is not an index is an error.

use std::io::{Cursor, Write as _};
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use source::{RepoPath, SourceFile};

use super::read::look_up_in_whole;
use super::scan::{Scan, scan};
use super::*;
use crate::entry::Entry;

fn found(text: &str, chart: &str) -> Result<Lookup, IndexError> {
    look_up(Cursor::new(text), chart, INDEX_LIMIT)
}

/// The versions of a chart, and true if the scanner found them.
fn versions(text: &str, chart: &str) -> (Vec<String>, bool) {
    let Ok(Lookup::Listed(entries)) = found(text, chart) else { return (Vec::new(), false) };
    let scanned = matches!(scan(text.as_bytes(), chart).unwrap(), Scan::Found(_));
    (entries.into_iter().map(|entry| entry.version).collect(), scanned)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

const INDEX: &str = r#"apiVersion: v1
entries:
  alpine:
  - apiVersion: v2
    appVersion: "3.20"
    created: "2024-05-01T10:11:12.123456789Z"
    description: |
      A chart.
      entries:
        nginx:
    digest: 515c58e5f79d8b2913a10cb400ebb6fa9c77fe813287afbacf1a0b897cd78727
    name: alpine
    urls:
    - https://charts.example/alpine-0.2.0.tgz
    - alpine-0.2.0.tgz
    version: 0.2.0
  - version: 0.1.0
    removed: true
  nginx:
  - version: 1.10
    urls: [nginx-1.10.tgz]
  empty:
generated: "2024-05-01T10:11:12Z"
"#;

#[test]
fn an_index_as_it_is_generated() {
    let Ok(Lookup::Listed(entries)) = found(INDEX, "alpine") else { panic!("it is listed") };
    let first = Entry {
        version: "0.2.0".to_owned(),
        urls: vec!["https://charts.example/alpine-0.2.0.tgz".to_owned(), "alpine-0.2.0.tgz".to_owned()],
        digest: "515c58e5f79d8b2913a10cb400ebb6fa9c77fe813287afbacf1a0b897cd78727".to_owned(),
        app_version: "3.20".to_owned(),
        created: "2024-05-01T10:11:12.123456789Z".to_owned(),
        removed: false,
    };
    let second = Entry { version: "0.1.0".to_owned(), removed: true, ..Entry::default() };
    assert_eq!(entries, [first, second]);
    assert_eq!(versions(INDEX, "nginx"), (vec!["1.10".to_owned()], true));
    assert_eq!(versions(INDEX, "empty"), (vec![], true));
    let charts = ["alpine", "nginx", "empty"].map(str::to_owned).to_vec();
    assert_eq!(found(INDEX, "redis"), Ok(Lookup::Missing { charts }));
    assert_eq!(look_up(Cursor::new(gzip(INDEX.as_bytes())), "nginx", INDEX_LIMIT), found(INDEX, "nginx"));
}

#[test]
fn forms_that_are_left_to_the_parser() {
    let one = |version: &str| (vec![version.to_owned()], false);
    for text in [
        r#"{"apiVersion":"v1","entries":{"web":[{"version":"1.0.0"}]}}"#,
        "entries: {web: [{version: 1.0.0}]}\n",
        "entries:\n  \"web\":\n  - version: 1.0.0\n",
        "entries:\n    web:\n    - version: 1.0.0\n",
        "entries:\n  web: [{version: 1.0.0}]\n",
        "entries:\n  web: &versions\n  - version: 1.0.0\n",
        "entries:\n  other: &versions\n  - version: 1.0.0\n  web: *versions\n",
        "entries:\n  other:\n  - &first\n    version: 1.0.0\n  web:\n  - *first\n",
        "entries: # all\n  web:\n  - version: 1.0.0\n",
        "\"entries\":\n  web:\n  - version: 1.0.0\n",
        "defaults: &web\n  web:\n  - version: 1.0.0\nentries:\n  <<: *web\n",
        "entries:\n  other:\n   [\n]\n  web:\n  - version: 1.0.0\n",
    ] {
        assert_eq!(versions(text, "web"), one("1.0.0"), "{text}");
    }
    for text in [
        "\u{feff}---\nentries:\r\n  web:   \r\n    - version: 1.0.0\r\n",
        "# made by hand\n\nserverInfo: {}\npublicKeys:\n- a\nentries:\n\n  # one\n  web:\n# comment\n  - version: 1.0.0\n",
    ] {
        assert_eq!(versions(text, "web"), (vec!["1.0.0".to_owned()], true), "{text}");
    }
}

#[test]
fn the_rest_of_the_index_is_not_read() {
    // The rest of the text is not valid.
    let text = "entries:\n  web:\n  - version: 1.0.0\n  other:\n  - {\n";
    assert_eq!(versions(text, "web").0, ["1.0.0"]);
    assert!(matches!(found(text, "other"), Err(IndexError::Malformed(_))));
}

#[test]
fn what_is_no_index() {
    for text in
        ["", "<html>login</html>", "[]", "a: 1\n", "{\"error\":\"denied\"}", "entries: {", "\u{0}\u{1}"]
    {
        assert!(matches!(found(text, "web"), Err(IndexError::Malformed(_))), "{text:?}");
    }
    assert_eq!(found("apiVersion: v1\n", "web"), Ok(Lookup::Missing { charts: vec![] }));
    let mut broken = gzip(INDEX.as_bytes());
    broken.truncate(60);
    let read = look_up(Cursor::new(broken), "redis", INDEX_LIMIT);
    assert!(matches!(read, Err(IndexError::Unreadable(_))), "{read:?}");
}

#[test]
fn a_bomb_is_bounded() {
    let mut text = b"entries:\n  web:\n  - description: ".to_vec();
    text.resize(2 << 20, b'a');
    let packed = gzip(&text);
    assert!(packed.len() < text.len() / 100);
    for (bytes, limit) in [(&packed, 1 << 20), (&text, 1 << 20)] {
        assert_eq!(look_up(Cursor::new(bytes), "web", limit), Err(IndexError::TooLarge(limit)));
    }
    let exact = look_up(Cursor::new(INDEX), "redis", INDEX.len() as u64);
    assert!(matches!(exact, Ok(Lookup::Missing { .. })), "{exact:?}");
}

/// A text that a chart may have, which the scanner must not read as structure.
fn description() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        "[a-z ]{0,12}",
        Just("entries:".to_owned()),
        Just("  web:".to_owned()),
        "[\"'#:&*-]{1,3}"
    ];
    proptest::collection::vec(line, 1..4).prop_map(|lines| lines.join("\n"))
}

#[derive(Clone, Debug)]
struct Written {
    version: String,
    url: String,
    description: String,
    literal: bool,
}

fn written() -> impl Strategy<Value = Written> {
    ("v?[0-9]\\.[0-9]{1,2}\\.[0-9]", "[a-z]{1,8}\\.tgz", description(), any::<bool>())
        .prop_map(|(version, url, description, literal)| Written { version, url, description, literal })
}

/// An index as generators write it, or with deeper lists or names in quotes.
fn index(charts: &[(String, Vec<Written>)], deeper: bool, quoted: bool) -> String {
    let mut text = "apiVersion: v1\nentries:\n".to_owned();
    let indent = if deeper { "    " } else { "  " };
    for (name, versions) in charts {
        let quote = if quoted { "\"" } else { "" };
        text.push_str(&format!("  {quote}{name}{quote}:\n"));
        for written in versions {
            text.push_str(&format!("{indent}- version: {}\n", written.version));
            if written.literal {
                text.push_str(&format!("{indent}  description: |2\n"));
                for line in written.description.lines() {
                    text.push_str(&format!("{indent}    {line}\n"));
                }
            } else {
                text.push_str(&format!("{indent}  description: {:?}\n", written.description));
            }
            text.push_str(&format!("{indent}  urls:\n{indent}  - {}\n", written.url));
        }
    }
    text + "generated: \"2024-05-01T10:11:12Z\"\n"
}

/// True if a mapping has a key twice, which Helm refuses and the scanner does not see.
fn repeats(text: &str) -> bool {
    let file = SourceFile::decode(RepoPath::new("index.yaml"), text.as_bytes().to_vec()).unwrap();
    let mut repeated = false;
    yaml::each_document_and_repeated_key(&Arc::new(file), |_| {}, |_| repeated = true);
    repeated
}

/// True if scanner and parser agree about a chart; `None` if the whole index is refused.
fn agree(text: &str, chart: &str) -> Option<bool> {
    if repeats(text) {
        return None;
    }
    let parsed = look_up_in_whole(Cursor::new(text), chart, INDEX_LIMIT).ok()?;
    Some(match scan(text.as_bytes(), chart).unwrap() {
        Scan::Unclear => true,
        Scan::Found(entries) => parsed == Lookup::Listed(entries),
        Scan::Absent(charts) => parsed == Lookup::Missing { charts },
    })
}

proptest! {
    #[test]
    fn scanner_and_parser_agree(
        charts in proptest::collection::btree_map("[a-z0-9]{1,3}(-[a-z]{1,3})?|web", proptest::collection::vec(written(), 0..4), 1..5),
        deeper in any::<bool>(),
        quoted in proptest::bool::weighted(0.1),
    ) {
        let charts: Vec<_> = charts.into_iter().collect();
        let text = index(&charts, deeper, quoted);
        let names = charts.iter().map(|(name, _)| name.as_str()).chain(["web", "no-such-chart"]);
        for name in names {
            prop_assert_eq!(agree(&text, name), Some(true), "{} in\n{}", name, text);
            if !quoted && charts.iter().any(|(known, _)| known == name) {
                prop_assert!(matches!(scan(text.as_bytes(), name).unwrap(), Scan::Found(_)), "{}", text);
            }
        }
    }

    /// Lines that are moved, left out or repeated: where the parser can still read the index, the scanner agrees.
    #[test]
    fn they_agree_on_what_is_damaged(
        charts in proptest::collection::btree_map("a|b|web", proptest::collection::vec(written(), 1..3), 1..4),
        damage in proptest::collection::vec((any::<proptest::sample::Index>(), any::<proptest::sample::Index>(), 0..4u8), 1..3),
    ) {
        let text = index(&charts.into_iter().collect::<Vec<_>>(), false, false);
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        for (from, to, kind) in damage {
            let line = lines[from.index(lines.len())].clone();
            let at = to.index(lines.len());
            match kind {
                0 => lines.insert(at, line),
                1 => _ = lines.remove(at),
                2 => lines[at] = format!(" {}", lines[at]),
                _ => lines[at] = lines[at].trim_start().to_owned(),
            }
            if lines.is_empty() {
                lines.push(String::new());
            }
        }
        let text = lines.join("\n");
        for name in ["a", "web"] {
            prop_assert!(agree(&text, name) != Some(false), "{} in\n{}", name, text);
        }
    }
}
