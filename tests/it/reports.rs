//! The formats: JSON by its schema, annotations that nobody's text can break out of, and that every format
//! tells every finding.

use std::sync::LazyLock;

use regex::Regex;
use testkit::registry::{Fault, Matcher, Registry, Reply};
use testkit::repo::Repo;

use crate::support::{FORMATS, Run, change, pod, pullable, pullable_with};

/// A repository whose change holds every kind of trouble at once.
pub fn trouble(registry: &Registry) -> Repo {
    let host = registry.host();
    registry.push("shop/web", "1.5.0");
    registry.push("shop/old", "1");
    registry.fault(
        Matcher::any("/shop/sick/"),
        Fault::Status(Reply::error(400, "BAD", "##[error]::error::no\u{1b}[31m")),
    );
    let repo = Repo::new();
    repo.write("ok.yaml", pod(&[&format!("{host}/shop/web:1.5.0")])).commit("before");
    repo.branch("change");
    let images = [
        "shop/web:1.5.O",
        "shop/wbe:1",
        "shop/sick:1",
        "shop/old:1@sha256:00",
        "shop/Upper:1",
        "shop/web:${X}",
    ];
    let images: Vec<String> = images.iter().map(|image| format!("{host}/{image}")).collect();
    repo.write("apps/a, b: 100%.yaml", pod(&images.iter().map(String::as_str).collect::<Vec<_>>()));
    repo.write("values.yaml", format!("image: {{repository: {host}/shop/web, tag: 1.10}}\n"));
    repo.write("broken.yaml", "image: [\n").write("main.jsonnet", "{}");
    repo
}

pub fn check(repo: &Repo, format: &str) -> Run {
    pullable(repo, &["check", "--base", "main", "--format", format])
}

#[test]
fn json_is_what_its_schema_says() {
    let registry = Registry::start();
    let repo = trouble(&registry);
    let schema =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/report.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap();
    let runs = [
        check(&repo, "json"),
        pullable(&repo, &["images", "--base", "main", "--format", "json"]),
        pullable(&repo, &["images", "--all", "--format", "json"]),
        pullable(&repo, &["check", "ok.yaml", "--format", "json"]),
    ];
    for run in runs {
        let json = run.json();
        let errors: Vec<String> = validator.iter_errors(&json).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
        let count = |key: &str| json["summary"][key].as_u64().unwrap();
        let verdicts = ["present", "missing", "unverified", "skipped", "malformed"].map(count);
        if run.code != 0 || count("images") > 0 {
            assert!(verdicts.iter().sum::<u64>() <= count("references"));
        }
        assert_eq!(
            count("errors") + count("warnings") + count("notices"),
            json["findings"].as_array().unwrap().len() as u64
        );
    }
}

#[test]
fn every_format_tells_every_finding() {
    let registry = Registry::start();
    let repo = trouble(&registry);
    let json = check(&repo, "json").json();
    let findings = json["findings"].as_array().unwrap();
    let rules: Vec<&str> = findings.iter().map(|finding| finding["rule"].as_str().unwrap()).collect();
    for rule in ["missing-tag", "missing-repository", "registry-error", "malformed-reference", "numeric-tag"]
    {
        assert!(rules.contains(&rule), "{rule} in {rules:?}");
    }
    for rule in ["unparseable-file", "unresolved-reference", "not-checked"] {
        assert!(rules.contains(&rule), "{rule} in {rules:?}");
    }
    for format in FORMATS {
        let run = check(&repo, format);
        assert_eq!(run.code, 1, "the exit code knows no format");
        for finding in findings {
            let (rule, path) = (finding["rule"].as_str().unwrap(), finding["path"].as_str().unwrap());
            let message = finding["message"].as_str().unwrap();
            let text = text_of(format, &run.stdout);
            // Lines may be wrapped, and control characters shown otherwise.
            let start = message.split_whitespace().next().unwrap();
            for part in [rule, path, start] {
                assert!(text.contains(part), "{part} is not in {format}:\n{}", run.stdout);
            }
        }
    }
}

/// What a reader of a format gets to see of it.
fn text_of(format: &str, out: &str) -> String {
    fn strings(value: &serde_json::Value, out: &mut String) {
        match value {
            serde_json::Value::String(text) => out.push_str(&format!("{text}\n")),
            serde_json::Value::Array(values) => values.iter().for_each(|value| strings(value, out)),
            serde_json::Value::Object(values) => values.values().for_each(|value| strings(value, out)),
            _ => {}
        }
    }
    let mut text = String::new();
    match format {
        "json" | "gitlab" | "sarif" => strings(&serde_json::from_str(out).unwrap(), &mut text),
        "rdjsonl" => {
            for line in out.lines() {
                strings(&serde_json::from_str(line).unwrap(), &mut text);
            }
        }
        "junit" => {
            let document = roxmltree::Document::parse(out).unwrap();
            for node in document.descendants() {
                node.attributes().for_each(|attribute| text.push_str(&format!("{}\n", attribute.value())));
                text.push_str(node.text().unwrap_or_default());
            }
        }
        "markdown" => {
            static ENTITY: LazyLock<Regex> = LazyLock::new(|| Regex::new("&#([0-9]+);").unwrap());
            let decoded =
                |found: &regex::Captures| char::from_u32(found[1].parse().unwrap()).unwrap().to_string();
            text = ENTITY.replace_all(out, decoded).replace('\u{200b}', "");
        }
        _ => text.push_str(out),
    }
    if format == "sarif" {
        text.replace("%20", " ").replace("%2C", ",").replace("%3A", ":").replace("%25", "%")
    } else {
        text
    }
}

#[test]
fn annotations_are_escaped() {
    let registry = Registry::start();
    let repo = trouble(&registry);
    let out = check(&repo, "github").stdout;
    assert!(out.contains("::error file=apps/a%2C b%3A 100%25.yaml,line=8,endLine=8,col="), "{out}");
    for text in [out, check(&repo, "human").stdout] {
        assert!(!text.contains("##["), "{text}");
        assert!(!text.contains('\u{1b}'), "{text}");
    }
}

#[test]
fn of_many_findings_nine_are_annotations_and_the_log_has_all() {
    let registry = Registry::start();
    let images: Vec<String> = (0..25).map(|n| format!("{}/gone/web{n}:1", registry.host())).collect();
    let repo = Repo::new();
    repo.write("a.yaml", "").commit("before");
    repo.write("a.yaml", pod(&images.iter().map(String::as_str).collect::<Vec<_>>()));
    let out = pullable(&repo, &["check", "--base", "main", "--format", "github"]).stdout;
    assert_eq!(out.lines().filter(|line| line.starts_with("::error file=")).count(), 9);
    assert!(
        out.contains("::error title=pullable::16 more, see the summary or the log of this step"),
        "{out}"
    );
    for n in 0..25 {
        assert!(out.contains(&format!("has no repository gone/web{n}")), "{n}");
    }
}

#[test]
fn colours_and_widths() {
    let registry = Registry::start();
    let repo = trouble(&registry);
    let with = |name: &str, value: &str| {
        let mut command = repo.command(crate::support::PULLABLE);
        crate::support::run(
            command.args(["check", "--base", "main"]).env("LC_ALL", "C.UTF-8").env(name, value),
        )
        .stdout
    };
    assert!(with("CLICOLOR_FORCE", "1").contains("\u{1b}["));
    assert!(!with("NO_COLOR", "1").contains("\u{1b}["));
    let narrow = with("COLUMNS", "60");
    let numbered =
        |line: &&str| line.trim_start().starts_with(|c: char| c.is_ascii_digit()) && line.contains('│');
    let excerpts = narrow.lines().filter(numbered);
    assert!(excerpts.map(|line| line.chars().count()).max().unwrap() <= 62, "{narrow}");
    let ascii = with("LC_ALL", "C");
    assert!(ascii.lines().all(|line| !line.contains('─')), "{ascii}");
}

/// A label stays on its line in a narrow terminal, however long the text before the mark is.
#[test]
fn labels_fit_narrow_terminals() {
    let registry = Registry::start();
    registry.push("a", "1");
    let image = format!("{}/a:1.0", registry.host());
    let repo = change("a.yaml", "", &pod(&[&image]));
    let mut command = repo.command(crate::support::PULLABLE);
    command.args(["check", "--base", "main"]).env("LC_ALL", "C.UTF-8").env("COLUMNS", "40");
    let shown = crate::support::run(&mut command).stdout;
    let label = shown.lines().find(|line| line.contains("╰── no such tag")).unwrap();
    assert!(label.chars().count() <= 40, "{shown}");
}

/// Places in Markdown are links if the CI system names its forge.
#[test]
fn places_are_links_to_the_forge() {
    let repo = Repo::new();
    repo.write("a b.yaml", pod(&["nginx:1"])).commit("before");
    let head = repo.branch("change").write("a b.yaml", pod(&["nginx:2"])).commit("after");
    let github = [
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_SERVER_URL", "https://github.com"),
        ("GITHUB_REPOSITORY", "acme/shop"),
    ];
    let gitea = [&github[..], &[("GITEA_ACTIONS", "true")]].concat();
    let gitlab = [("GITLAB_CI", "true"), ("CI_PROJECT_URL", "https://gitlab.com/acme/shop")];
    let odd = [("GITLAB_CI", "true"), ("CI_PROJECT_URL", "https://x/](y)")];
    let args = ["images", "--base", "main", "--head", "change", "--format", "markdown"];
    for (variables, link) in [
        (&github[..], format!("](https://github.com/acme/shop/blob/{head}/a%20b.yaml#L")),
        (&gitea, format!("](https://github.com/acme/shop/src/commit/{head}/a%20b.yaml#L")),
        (&gitlab, format!("](https://gitlab.com/acme/shop/-/blob/{head}/a%20b.yaml#L")),
    ] {
        let text = pullable_with(&repo, variables, &args).stdout;
        assert!(text.contains(&link), "{text}");
    }
    for variables in [&odd[..], &[]] {
        let text = pullable_with(&repo, variables, &args).stdout;
        assert!(!text.contains("#L"), "{text}");
    }
}
