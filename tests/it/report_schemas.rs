//! Reports for other programs are what those programs' own schemas say. `tests/schemas/` has them, and where
//! they come from.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use testkit::registry::Registry;
use testkit::repo::Repo;

use crate::reports::{check, trouble};
use crate::support::{Run, pod, pullable};

pub fn schema(name: &str) -> jsonschema::Validator {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schemas").join(name);
    let mut schema: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    // The standard's pattern for languages, which no report of ours names, is no regular expression.
    for holder in ["run", "toolComponent"] {
        let language = schema.pointer_mut(&format!("/definitions/{holder}/properties/language"));
        language.and_then(Value::as_object_mut).map(|language| language.remove("pattern"));
    }
    jsonschema::validator_for(&schema).unwrap()
}

/// The reports of a change with every kind of trouble, of a clean one, and of one that nobody asked about.
fn runs(format: &str) -> Vec<Run> {
    let registry = Registry::start();
    let repo = trouble(&registry);
    let args = ["images", "--base", "main", "--format", format];
    let clean = pullable(&repo, &["check", "ok.yaml", "--format", format]);
    assert_eq!(clean.code, 0);
    vec![check(&repo, format), pullable(&repo, &args), clean]
}

pub fn valid(schema: &jsonschema::Validator, document: &Value) {
    let errors: Vec<String> =
        schema.iter_errors(document).map(|error| format!("{error} at {}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

#[test]
fn sarif_is_what_its_standard_says_and_code_scanning_takes() {
    let schema = schema("sarif-2.1.0.json");
    for run in runs("sarif") {
        let json = run.json();
        valid(&schema, &json);
        let rules = json["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
        for rule in rules {
            assert!(rule["fullDescription"]["text"].as_str().unwrap().chars().count() <= 1_024);
        }
        for result in json["runs"][0]["results"].as_array().unwrap() {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(rules[index]["id"], result["ruleId"]);
            let place = &result["locations"][0]["physicalLocation"];
            let uri = place["artifactLocation"]["uri"].as_str().unwrap();
            assert!(!uri.is_empty() && !uri.contains([' ', ':', '%']) || uri.contains("%20"), "{uri}");
            let region = &place["region"];
            assert!(region["startLine"].as_u64().unwrap() >= 1, "{result}");
            let end = region["endLine"].as_u64();
            assert!(end.is_none_or(|end| Some(end) == region["startLine"].as_u64()), "one line: {result}");
            assert!(result["partialFingerprints"]["pullable/v1"].is_string());
        }
    }
    let columns = runs("sarif")[0].json();
    let tag = &columns["runs"][0]["results"][0];
    assert_eq!((&tag["ruleId"], &tag["level"]), (&json!("missing-tag"), &json!("error")));
    let region = &tag["locations"][0]["physicalLocation"]["region"];
    let width = region["endColumn"].as_u64().unwrap() - region["startColumn"].as_u64().unwrap();
    assert_eq!(width, "1.5.O".len() as u64, "ends are exclusive");
}

#[test]
fn code_quality_is_what_gitlab_reads() {
    let schema = schema("code-quality.json");
    for run in runs("gitlab") {
        valid(&schema, &run.json());
    }
    let many = "127.0.0.1:1/gone/web:1";
    let repo = Repo::new();
    repo.write("a.yaml", pod(&["Up:1", "Up:1", "Up:1"])).write("b.yaml", pod(&["Up:1", many]));
    let issues =
        pullable(&repo, &["check", "a.yaml", "b.yaml", "--deadline", "300ms", "--format", "gitlab"]).json();
    let issues = issues.as_array().unwrap();
    let distinct: BTreeSet<&str> =
        issues.iter().map(|issue| issue["fingerprint"].as_str().unwrap()).collect();
    assert_eq!((issues.len(), distinct.len()), (5, 5), "those of one fingerprint would be shown once");
    assert!(issues.iter().all(|issue| issue["description"].as_str().unwrap().contains(": ")));
    assert_eq!(runs("gitlab")[2].stdout, "[]\n", "an empty report is one too");
}

#[test]
fn junit_is_what_its_schema_says() {
    for run in runs("junit") {
        let document = roxmltree::Document::parse(&run.stdout).unwrap();
        let suite = document.root_element().first_element_child().unwrap();
        let cases: Vec<_> = suite.children().filter(|node| node.has_tag_name("testcase")).collect();
        let names: BTreeSet<_> =
            cases.iter().map(|case| (case.attribute("classname"), case.attribute("name"))).collect();
        assert_eq!(names.len(), cases.len(), "of two with one name only one counts");
        let told = |attribute: &str| suite.attribute(attribute).unwrap().parse::<usize>().unwrap();
        let count = |tag: &str| document.descendants().filter(|node| node.has_tag_name(tag)).count();
        assert_eq!(
            [told("tests"), told("failures"), told("errors"), told("skipped")],
            [cases.len(), count("failure"), count("error"), count("skipped")]
        );
        assert_eq!(run.code == 1, told("failures") > 0, "red where the check is: {}", run.stdout);
        xml_schema(&run.stdout);
    }
}

/// By `xmllint`, where it is installed.
fn xml_schema(text: &str) {
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schemas/junit-10.xsd");
    let mut command = Command::new("xmllint");
    command.args(["--noout", "--schema"]).arg(schema).arg("-");
    let spawned = command.stdin(Stdio::piped()).stderr(Stdio::piped()).stdout(Stdio::null()).spawn();
    let Ok(mut child) = spawned else {
        let _ = std::io::stderr().write_all(b"JUnit not held to its schema: xmllint is not installed\n");
        return;
    };
    // GitLab reads the file of a test case, which the schema of others does not know.
    let text = regex::Regex::new(" file=\"[^\"]*\"").unwrap().replace_all(text, "");
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let ended = child.wait_with_output().unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
}

#[test]
fn what_could_not_be_verified_is_an_error_or_skipped() {
    let repo = Repo::new();
    repo.write("a.yaml", pod(&["127.0.0.1:1/web:1", "127.0.0.1:1/api:1"]));
    for (flag, code, element) in [("fail", 3, "error"), ("warn", 0, "skipped")] {
        let args = ["check", "a.yaml", "--deadline", "300ms", "--on-unverified", flag, "--format", "junit"];
        let run = pullable(&repo, &args);
        let document = roxmltree::Document::parse(&run.stdout).unwrap();
        let told = document.descendants().find(|node| node.attribute("type") == Some("unreachable")).unwrap();
        assert_eq!((run.code, told.tag_name().name()), (code, element));
        assert!(!run.stdout.contains("<failure"), "nobody said that it is missing");
    }
}
