//! What snapshots cannot give: spans slice back to their text in every encoding, and a report is the same
//! to the byte whatever order answers come in.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;
use testkit::registry::{Fault, Matcher, Registry};
use testkit::repo::Repo;

use crate::support::{pod, pullable, pullable_in};

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
    assert_eq!(run("1", "github"), run("64", "github"));
}
