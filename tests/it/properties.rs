//! Properties that snapshots cannot test: spans give their text in every encoding, and a report is the same
//! byte for byte for every order of answers.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use model::{Finding, Report, Summary};
use model::{Rule, Severity};
use proptest::prelude::*;
use pullable::report::{self, Format, Style, Volume};
use serde_json::Value;
use source::{RepoPath, Site, SourceFile, Span};
use testkit::registry::{Fault, Matcher, Registry};
use testkit::repo::Repo;

use crate::support::{FORMATS, pod, pullable, pullable_in, scrub};

/// Values, manifests, aliases, escapes, block scalars and several documents in one file.
const TEXT: &str = "\
# é 😀 before everything
apiVersion: v1
kind: Pod
metadata: {name: 'é'}
spec:
  containers:
  - {name: a, image: ghcr.io/acme/plain:1}
  - image: 'ghcr.io/acme/single:1' # é
  - image: \"ghcr.io/acme/double:1\"
  - image: \"ghcr.io/acme/esc\\x61ped:1\"
  - image: &anchor ghcr.io/acme/anchor:1
  - image: *anchor
  - image: >-
      ghcr.io/acme/folded:1
  - image: ghcr.io/Acme/bad:1
---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: 😀}
spec:
  values:
    a: {image: {registry: ghcr.io, repository: acme/map, tag: v1}}
    b: &b {repository: ghcr.io/acme/merged, tag: v1}
    c: {<<: *b, tag: v2}
";

fn references(json: &Value) -> &Vec<Value> {
    json["references"].as_array().unwrap()
}

/// Every span of the report slices back to what it says, by bytes and by line and column.
fn slices_back(folder: &Path, name: &str, bytes: &[u8], decode: impl Fn(&[u8]) -> String) {
    std::fs::write(folder.join(name), bytes).unwrap();
    let json = pullable_in(folder, &["images", name, "--format", "json"]).json();
    assert_eq!(references(&json).len(), 10, "{name}: {json:#}");
    let text = decode(bytes);
    let lines: Vec<Vec<char>> = text.split('\n').map(|line| line.chars().collect()).collect();
    for reference in references(&json) {
        let number = |key: &str| usize::try_from(reference[key].as_u64().unwrap()).unwrap();
        let written = reference["written"].as_str().unwrap();
        assert_eq!(decode(&bytes[number("byte_start")..number("byte_end")]), written, "{name}");
        assert_eq!(number("line"), number("end_line"));
        let line: String =
            lines[number("line") - 1][number("column") - 1..number("end_column") - 1].iter().collect();
        assert_eq!(line, written, "{name}");
    }
}

#[test]
fn spans_slice_back_in_every_encoding() {
    let folder = tempfile::tempdir().unwrap();
    let utf8 =
        |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap().trim_start_matches('\u{feff}').to_owned();
    let crlf = TEXT.replace('\n', "\r\n");
    slices_back(folder.path(), "plain.yaml", TEXT.as_bytes(), utf8);
    slices_back(folder.path(), "crlf.yaml", crlf.as_bytes(), utf8);
    slices_back(folder.path(), "mark.yaml", format!("\u{feff}{TEXT}").as_bytes(), utf8);
    for (name, order, back) in [
        ("le.yaml", u16::to_le_bytes as fn(u16) -> [u8; 2], u16::from_le_bytes as fn([u8; 2]) -> u16),
        ("be.yaml", u16::to_be_bytes, u16::from_be_bytes),
    ] {
        let bytes: Vec<u8> = format!("\u{feff}{TEXT}").encode_utf16().flat_map(order).collect();
        let decode = move |bytes: &[u8]| {
            let units: Vec<u16> = bytes.chunks(2).map(|pair| back([pair[0], pair[1]])).collect();
            String::from_utf16(&units).unwrap().trim_start_matches('\u{feff}').to_owned()
        };
        slices_back(folder.path(), name, &bytes, decode);
    }
}

#[test]
fn a_report_is_the_same_whatever_the_order_of_answers() {
    let registry = Registry::start();
    let repo = Repo::new();
    repo.write("a.yaml", "").commit("before");
    let mut images = Vec::new();
    for n in 0..40 {
        let name = format!("shop/web{}", n % 7);
        if n % 3 == 0 {
            registry.push(&name, &format!("1.{n}.0"));
        }
        images.push(format!("{}/{name}:1.{n}.0", registry.host()));
    }
    for (file, part) in images.chunks(9).enumerate() {
        repo.write(format!("apps/{file}.yaml"), pod(&part.iter().map(String::as_str).collect::<Vec<_>>()));
    }
    // Some answers are late, others fail once.
    registry.fault(Matcher::any("/web1/").times(3), Fault::Delay(Duration::from_millis(150)));
    registry.fault(Matcher::head("/web2/").times(2), Fault::Delay(Duration::from_millis(80)));
    let run = |concurrency: &str, format: &str| {
        let args = ["check", "--base", "main", "--format", format, "--concurrency", concurrency];
        let run = pullable(&repo, &args);
        assert_eq!(run.code, 1);
        run.stdout
    };
    let first = run("64", "json");
    for concurrency in ["1", "3", "64"] {
        assert!(first == run(concurrency, "json"), "--concurrency {concurrency}");
    }
    // Text reports contain the time of the run.
    for format in FORMATS {
        let alike = scrub(&run("1", format)) == scrub(&run("64", format));
        assert!(alike, "{format}");
    }
}

/// A report of findings about files and places, with any text in them.
fn findings() -> impl Strategy<Value = Report> {
    let text = "\\PC{0,40}|[\\x00-\\x7f]{0,40}";
    let one = (0..Rule::ALL.len(), 0..3_usize, text, text, proptest::option::of(0..20_u32));
    proptest::collection::vec(one, 0..9).prop_map(|rows| {
        let findings = rows.into_iter().enumerate().map(|(n, (rule, severity, path, message, at))| {
            let path = RepoPath::new(&format!("p{path}"));
            let file = SourceFile::decode(path.clone(), "image: é\nimage: 😀😀\n".into()).unwrap();
            Finding {
                rule: Rule::ALL[rule],
                severity: [Severity::Error, Severity::Warning, Severity::Notice][severity],
                message,
                help: Some("help".to_owned()),
                suggestions: Vec::new(),
                fixes: Vec::new(),
                candidates: Vec::new(),
                reference: None,
                path,
                site: at.map(|at| Site { file: Arc::new(file), span: Span { start: 0, end: at } }),
                fingerprint: format!("{n:032x}"),
            }
        });
        Report {
            renderer: None,
            audit: None,
            at: 0,
            files_at: None,
            comparison: None,
            references: Vec::new(),
            findings: findings.collect(),
            summary: Summary::default(),
            baseline: None,
            removed: None,
            overridden: None,
            asked: true,
            files: 1,
            unread: Vec::new(),
            excluded: Vec::new(),
            elapsed: Duration::ZERO,
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn every_reporter_mentions_every_finding(report in findings()) {
        let style = Style { color: false, links: false, unicode: true, width: 100, volume: Volume::Normal, explain: false };
        let n = report.findings.len();
        let written = |format| report::render(&report, format, style);
        let list = |format| serde_json::from_str::<Value>(&written(format)).unwrap();
        let len = |value: &Value| value.as_array().unwrap().len();
        prop_assert_eq!(len(&list(Format::Json)["findings"]), n);
        prop_assert_eq!(len(&list(Format::Gitlab)), n);
        prop_assert_eq!(len(&list(Format::Sarif)["runs"][0]["results"]), n);
        let junit = written(Format::Junit);
        let document = roxmltree::Document::parse(&junit).unwrap();
        prop_assert_eq!(document.descendants().filter(|node| node.has_tag_name("testcase")).count(), n);
        let diagnostics = written(Format::Rdjsonl);
        prop_assert_eq!(diagnostics.lines().count(), n);
        for line in diagnostics.lines() {
            prop_assert!(serde_json::from_str::<Value>(line).unwrap()["location"]["path"].is_string());
        }
        prop_assert_eq!(written(Format::Concise).lines().count(), n + 1);
        let (human, github, markdown) = (written(Format::Human), written(Format::Github), written(Format::Markdown));
        prop_assert_eq!(markdown.lines().filter(|line| line.contains("| <code>p")).count(), n);
        let annotations = github.lines().filter(|line| line.contains(",title=pullable%3A "));
        prop_assert_eq!(annotations.filter(|line| line.starts_with("::")).count(), n);
        for finding in &report.findings {
            let headings = human.lines().filter(|line| *line == finding.rule.id()).count();
            prop_assert_eq!(headings, report.findings.iter().filter(|other| other.rule == finding.rule).count());
        }
    }
}
