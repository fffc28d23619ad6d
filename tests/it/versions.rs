//! Ranges of versions of charts and artifacts: which version they take, and what is said where none fits.

use testkit::registry::{Fault, Matcher, Registry, Reply};

use crate::gate::{Gate, only, outcome, suggestions};
use crate::support::Run;

fn registry(tags: &[&str]) -> Registry {
    let registry = Registry::start();
    for tag in tags {
        registry.push_raw("charts/web", tag, testkit::registry::MANIFEST, manifest());
    }
    registry
}

fn manifest() -> String {
    let config = r#"{"mediaType":"application/vnd.cncf.helm.config.v1+json","digest":"sha256:00","size":2}"#;
    format!(r#"{{"schemaVersion":2,"config":{config},"layers":[]}}"#)
}

fn dependency(registry: &Registry, range: &str, args: &[&str]) -> Run {
    let host = registry.host();
    let chart = format!(
        "apiVersion: v2\nname: all\nversion: 1.0.0\ndependencies:\n  - name: web\n    version: \"{range}\"\n    \
         repository: oci://{host}/charts\n"
    );
    Gate::new().check_file("Chart.yaml", &chart, args)
}

const TAGS: [&str; 7] = ["1.2.0", "1.4.1", "1.4.2_build.7", "2.0.0-rc.1", "latest", "v0.9.0", "1.10.0"];

#[test]
fn a_range_takes_the_newest_version_in_it() {
    let registry = registry(&TAGS);
    for (range, takes) in [
        ("^1.2", "1.10.0"),
        ("~1.4", "1.4.2_build.7"),
        (">=1.2 <1.4.2", "1.4.1"),
        ("1.x || 3", "1.10.0"),
        ("0.x", "v0.9.0"),
        ("*", "1.10.0"),
        (">=2.0.0-0", "2.0.0-rc.1"),
    ] {
        registry.clear_requests();
        let run = dependency(&registry, range, &[]);
        assert_eq!(outcome(&run), (0, vec![]), "{range}: {}", run.stdout);
        assert_eq!(run.json()["references"][0]["version"], takes, "{range}");
        assert!(run.json()["references"][0]["digest"].is_string());
        let asked: Vec<_> = registry.requests().into_iter().map(|request| request.method).collect();
        assert_eq!(asked, ["GET", "GET", "GET"], "challenge, tags, manifest");
    }
    let text = dependency(&registry, "^1.2", &["-v", "--format", "human"]).stdout;
    assert!(text.contains("/charts/web (range ^1.2) takes 1.10.0 sha256:"), "{text}");
}

#[test]
fn a_range_that_takes_nothing() {
    let registry = registry(&TAGS);
    let run = dependency(&registry, "^2.0", &[]);
    assert_eq!(outcome(&run), (1, vec!["missing-tag".to_owned()]));
    let host = registry.host();
    assert_eq!(only(&run).1, format!("no version of {host}/charts/web is in the range ^2.0"));
    assert_eq!(suggestions(&run), ["2.0.0-rc.1", "1.10.0", "1.4.2_build.7"]);
    let run = dependency(&registry, ">>1", &[]);
    assert_eq!(outcome(&run), (1, vec!["malformed-reference".to_owned()]), "{}", run.stdout);
    assert_eq!(run.json()["references"][0]["verdict"], "malformed");
}

#[test]
fn what_the_tag_list_does_not_say_is_no_verdict() {
    let all: Vec<String> = (0..21_000).map(|n| format!("1.0.{n}")).collect();
    let long = serde_json::json!({ "name": "charts/web", "tags": all }).to_string();
    let faults: [(Fault, &str); 4] = [
        (Reply::status(500).into(), "registry-error"),
        (Reply::error(403, "DENIED", "").into(), "missing-or-private"),
        (Reply::status(200).body(r#"{"name":"charts/web","tags":[]}"#).into(), "missing-or-private"),
        (Reply::status(200).body(long).into(), "registry-error"),
    ];
    for (fault, rule) in faults {
        let registry = registry(&TAGS);
        registry.fault(Matcher::any("/tags/list"), fault);
        assert_eq!(outcome(&dependency(&registry, "^2.0", &[])), (3, vec![rule.to_owned()]));
    }
    // A full page, and no word of another.
    let registry = registry(&TAGS);
    let page: Vec<String> = (0..1000).map(|n| format!("1.0.{n}")).collect();
    let page = serde_json::json!({ "name": "charts/web", "tags": page }).to_string();
    registry.fault(Matcher::any("/tags/list"), Reply::status(200).body(page));
    assert_eq!(outcome(&dependency(&registry, "^2.0", &[])), (3, vec!["registry-error".to_owned()]));
    let absent = Registry::start();
    assert_eq!(outcome(&dependency(&absent, "^2.0", &[])), (1, vec!["missing-repository".to_owned()]));
}

/// A newer one may stand in what is not read: there is one, and which it takes nobody can tell.
#[test]
fn a_part_of_the_tag_list_names_no_version() {
    let registry = registry(&TAGS);
    let part = r#"{"name":"charts/web","tags":["1.2.0","1.4.1"]}"#;
    let more = "<https://other.example/v2/>; rel=next";
    registry.fault(Matcher::any("/tags/list"), Reply::status(200).header("Link", more).body(part));
    let run = dependency(&registry, "^1.2", &[]);
    assert_eq!(outcome(&run), (0, vec![]), "{}", run.stdout);
    let reference = &run.json()["references"][0];
    assert_eq!(reference["verdict"], "present");
    assert!(reference["version"].is_null() && reference["digest"].is_null(), "{reference}");
}

#[test]
fn a_range_of_an_oci_repository() {
    let registry = registry(&TAGS);
    let host = registry.host();
    let source = |range: &str| {
        format!(
            "apiVersion: source.toolkit.fluxcd.io/v1\nkind: OCIRepository\nmetadata: {{name: web}}\nspec:\n  url: \
             oci://{host}/charts/web\n  ref:\n    semver: \"{range}\"\n"
        )
    };
    let run = Gate::new().check_file("a.yaml", &source("~1.2"), &[]);
    assert_eq!(outcome(&run), (0, vec![]), "{}", run.stdout);
    assert_eq!(run.json()["references"][0]["version"], "1.2.0");
    let run = Gate::new().check_file("a.yaml", &source(">=3"), &[]);
    assert_eq!(outcome(&run), (1, vec!["missing-tag".to_owned()]));
    assert_eq!(run.json()["findings"][0]["line"], 7, "at the range");
}
