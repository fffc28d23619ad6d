//! The YAML test suite (`suite/README.md`): valid documents become the tree that the suite describes, invalid ones are
//! refused, and every span is the place of its text.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop")]

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value as Json;
use source::{RepoPath, SourceFile};
use yaml::{Broken, Meaning, Node, Style, each_document};

/// Invalid documents that are read, each with the reason.
const READ_ALTHOUGH_INVALID: [(&str, &str); 1] = [(
    "9C9N",
    "a flow sequence may begin its next line at the margin: the YAML reader of Kubernetes accepts it",
)];

/// Valid documents that are read as another tree than the suite describes, each with the reason.
const READ_OTHERWISE: [(&str, &str); 1] =
    [("2JQS", "a mapping with two empty keys: of a repeated key the last value counts")];

/// Valid documents that are refused, because the YAML readers of Go and libyaml read another tree.
const READ_OTHERWISE_BY_GO: [(&str, &str); 5] = [
    ("2SXE", "a colon at the end of the name of an anchor ends it"),
    ("W5VH", "all characters that YAML 1.2 allows in a name"),
    ("Y2GN", "a colon within a name"),
    ("652Z", "a question mark in braces in front of a text is the mark of a key"),
    ("HM87/01", "the same in brackets"),
];

/// A case of the suite.
#[derive(Deserialize)]
struct Case {
    id: String,
    name: String,
    yaml: String,
    /// True if the text is not YAML.
    error: bool,
    #[serde(default)]
    events: String,
    json: Option<String>,
}

fn cases() -> Vec<Case> {
    let cases: Vec<Case> =
        include_str!("suite/cases.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(cases.len(), 402, "the suite is complete");
    cases
}

fn read(text: &str) -> Vec<Result<Node, Broken>> {
    let file = SourceFile::decode(RepoPath::new("case.yaml"), text.as_bytes().to_vec()).unwrap();
    let mut documents = Vec::new();
    each_document(&Arc::new(file), |document| documents.push(document));
    documents
}

/// Compares the cases that fail with the list of exceptions: both must hold the same cases.
fn only_these_fail(failed: &[(String, String)], exceptions: &[(&str, &str)]) {
    let expected: BTreeSet<&str> = exceptions.iter().map(|(id, _)| *id).collect();
    let unexpected: Vec<String> = failed
        .iter()
        .filter(|(id, _)| !expected.contains(&**id))
        .map(|(id, why)| format!("{id}: {why}"))
        .collect();
    assert!(unexpected.is_empty(), "{} cases fail:\n{}", unexpected.len(), unexpected.join("\n"));
    let failed: BTreeSet<&str> = failed.iter().map(|(id, _)| &**id).collect();
    let passed: Vec<&&str> = expected.difference(&failed).collect();
    assert!(passed.is_empty(), "these exceptions pass, remove them: {passed:?}");
}

#[test]
fn invalid_documents_are_refused() {
    let mut failed = Vec::new();
    for case in cases().into_iter().filter(|case| case.error) {
        if read(&case.yaml).iter().all(Result::is_ok) {
            failed.push((case.id, format!("{} is read:\n{}", case.name, case.yaml)));
        }
    }
    only_these_fail(&failed, &READ_ALTHOUGH_INVALID);
}

#[test]
fn valid_documents_become_the_tree_of_the_suite() {
    let mut failed = Vec::new();
    for case in cases().into_iter().filter(|case| !case.error) {
        let documents = read(&case.yaml);
        let mut found = Vec::new();
        for document in &documents {
            match document {
                Ok(root) => {
                    found.push("+DOC".to_owned());
                    events(root, &mut found);
                }
                Err(broken) => found.push(format!("refused: {}", broken.message)),
            }
        }
        let expected = events_of_suite(&case.events);
        if found != expected {
            let (yaml, name) = (case.yaml, case.name);
            failed.push((case.id, format!("{name}\n{yaml}\nexpected {expected:?}\nfound    {found:?}\n")));
        }
    }
    only_these_fail(&failed, &[&READ_OTHERWISE[..], &READ_OTHERWISE_BY_GO].concat());
}

/// The events of a tree, as far as it keeps them: not the names of anchors and tags, not which quotes.
fn events(node: &Node, found: &mut Vec<String>) {
    let target = node.target();
    if node.is_shared() && node.span != target.span {
        found.push("=ALI".to_owned());
        return;
    }
    let anchor = if node.is_shared() { " &" } else { "" };
    if node.is_mapping() {
        found.push(format!("+MAP{anchor}"));
        for (key, value) in node.entries() {
            events(key, found);
            events(value, found);
        }
        found.push("-MAP".to_owned());
    } else if node.is_sequence() {
        found.push(format!("+SEQ{anchor}"));
        node.items().iter().for_each(|item| events(item, found));
        found.push("-SEQ".to_owned());
    } else {
        let text = node.scalar().unwrap();
        // An empty value is a null, which is written as `~`.
        let text = if text == "~" && target.span.is_empty() { "" } else { text };
        found.push(format!("=VAL{anchor} {:?} {text}", node.style().unwrap()));
    }
}

/// The same of the suite's own lines.
fn events_of_suite(lines: &str) -> Vec<String> {
    let mut events = Vec::new();
    for line in lines.lines() {
        let line = line.trim_start();
        let (event, rest) = line.split_at(4);
        let anchor = if rest.trim_start_matches(" {}").trim_start_matches(" []").starts_with(" &") {
            " &"
        } else {
            ""
        };
        match event {
            "+MAP" | "+SEQ" => events.push(format!("{event}{anchor}")),
            "-MAP" | "-SEQ" | "+DOC" | "=ALI" => events.push(event.to_owned()),
            "=VAL" => {
                let (style, text) = value(rest);
                events.push(format!("{event}{anchor} {style:?} {text}"));
            }
            _ => {}
        }
    }
    events
}

/// The style and the text of a value: ` &anchor <tag> :text`.
fn value(rest: &str) -> (Style, String) {
    let mut rest = rest.trim_start();
    while rest.starts_with(['&', '<']) {
        rest = rest.split_once(' ').unwrap().1;
    }
    let (mark, text) = rest.split_at(1);
    let style = match mark {
        ":" => Style::Plain,
        "'" | "\"" => Style::Quoted,
        _ => Style::Block,
    };
    let mut value = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        value.push(match (character, character == '\\') {
            (_, true) => match characters.next().unwrap() {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                'b' => '\u{8}',
                other => other,
            },
            (other, _) => other,
        });
    }
    (style, value)
}

#[test]
fn values_mean_what_the_json_of_the_suite_holds() {
    let mut failed = Vec::new();
    for case in cases() {
        let Some(json) = &case.json else { continue };
        let expected: Vec<Json> =
            serde_json::Deserializer::from_str(json).into_iter().map(Result::unwrap).collect();
        let documents = read(&case.yaml);
        let found: Vec<&Node> = documents.iter().filter_map(|document| document.as_ref().ok()).collect();
        let is_same = found.len() == expected.len()
            && found.iter().zip(&expected).all(|(node, json)| is_the_same(node, json));
        if !is_same {
            failed.push((case.id.clone(), format!("{}\n{}\n{json}\n", case.name, case.yaml)));
        }
    }
    only_these_fail(&failed, &READ_OTHERWISE_BY_GO);
}

fn is_the_same(node: &Node, json: &Json) -> bool {
    match json {
        Json::Array(items) => {
            node.is_sequence()
                && node.items().len() == items.len()
                && node.items().iter().zip(items).all(|(item, json)| is_the_same(item, json))
        }
        Json::Object(fields) => {
            node.is_mapping()
                && node.entries().len() == fields.len()
                && node.entries().iter().all(|(key, value)| {
                    let name = if key.is_null() { Some("") } else { key.scalar() };
                    name.and_then(|name| fields.get(name)).is_some_and(|json| is_the_same(value, json))
                })
        }
        Json::Null => node.is_null(),
        Json::Bool(value) => {
            node.meaning() == Some(Meaning::Bool) && node.scalar() == Some(&*value.to_string())
        }
        Json::Number(number) => match node.meaning() {
            Some(Meaning::Number(found)) => (found.0 - number.as_f64().unwrap()).abs() < f64::EPSILON,
            _ => false,
        },
        Json::String(text) => node.meaning() == Some(Meaning::Text(text)),
    }
}

#[test]
fn every_span_is_the_place_of_its_text() {
    let mut failed = Vec::new();
    let mut scalars = 0;
    for case in cases() {
        for root in read(&case.yaml).iter().flatten() {
            scalars += places(root, &mut |why| failed.push(format!("{}: {why}", case.id)));
        }
    }
    assert!(failed.is_empty(), "{} spans are wrong:\n{}", failed.len(), failed.join("\n"));
    assert!(scalars > 1000, "{scalars} scalars");
}

/// Reports the spans below a node that are not where the text is; the number of its scalars.
fn places(node: &Node, report: &mut dyn FnMut(String)) -> usize {
    if node.is_shared() && node.span != node.target().span {
        return 0;
    }
    let node = node.target();
    let mut scalars = 0;
    let children = node.items().iter().chain(node.entries().iter().flat_map(|(key, value)| [key, value]));
    for child in children {
        if child.span.start < node.span.start || node.span.end < child.span.end {
            report(format!("{:?} is outside of {:?}", child.site().text(), node.site().text()));
        }
        scalars += places(child, report);
    }
    let Some(value) = node.scalar() else { return scalars };
    let text = node.site().text().to_owned();
    let is_there = match node.style() {
        Some(Style::Quoted) => reads_back(node, value),
        Some(Style::Plain) if text.is_empty() => value == "~" || value.is_empty(),
        _ => words(&text) == words(value),
    };
    if !is_there {
        report(format!("{text:?} is the place of {value:?}"));
    }
    scalars + 1
}

/// True if the quotes around a place hold the value.
fn reads_back(node: &Node, value: &str) -> bool {
    let whole = node.file.text();
    let (start, end) = (node.span.start as usize, node.span.end as usize);
    let quoted = whole.get(start - 1..=end).unwrap_or_default();
    let is_quoted = ["'", "\""].iter().any(|quote| quoted.starts_with(quote) && quoted.ends_with(quote));
    let read = read(quoted);
    is_quoted && matches!(&*read, [Ok(root)] if root.scalar() == Some(value))
}

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}
