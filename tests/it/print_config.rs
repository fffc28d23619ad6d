//! `check --print-config`: each setting in effect, with its source, and no secret.

use std::collections::BTreeMap;

use serde_json::Value;
use testkit::repo::Repo;

use crate::support::{Run, pod, pullable, pullable_in, pullable_with};

const CONFIG: &str = ".pullable.yaml";

/// The settings of a JSON listing: value and source by key.
fn settings(run: &Run) -> BTreeMap<String, (Value, String)> {
    assert_eq!(run.code, 0, "{}", run.stderr);
    let json = run.json();
    let schema: Value = serde_json::from_str(include_str!("../../schemas/effective.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(&json).map(|error| error.to_string()).collect();
    assert_eq!(errors, [""; 0]);
    let mut settings = BTreeMap::new();
    for setting in json["settings"].as_array().unwrap() {
        let text = |key: &str| setting[key].as_str().unwrap().to_owned();
        settings.insert(text("key"), (setting["value"].clone(), text("source")));
    }
    settings
}

fn print(repo: &Repo, args: &[&str]) -> Run {
    pullable(repo, &[&["check", "--print-config", "--base", "main", "--format", "json"], args].concat())
}

/// A repository with this configuration at the base of its change.
fn configured(config: &str) -> Repo {
    let repo = Repo::new();
    repo.write(CONFIG, config).write("a.yaml", "").commit("before");
    repo.branch("change").write("a.yaml", pod(&["127.0.0.1:1/a:1"])).commit("after");
    repo
}

#[test]
fn each_value_has_its_source() {
    let config = "strict: true\non-unverified: warn\nplatforms: linux/arm64\nexclude: tests/**\n\
                  rules: {missing-tag: warning, rate-limited: error, mutable-tag: error}\n";
    let repo = configured(config);
    repo.write(CONFIG, "strict: false\n").commit("of the change");
    let found = settings(&print(&repo, &["--head", "HEAD"]));
    let is = |key: &str, value: &str, source: &str| {
        let (found, of) = found.get(key).unwrap_or_else(|| panic!("{key} is not listed: {found:?}"));
        let text = found.as_str().map_or_else(|| found.to_string(), str::to_owned);
        assert_eq!((text.as_str(), of.as_str()), (value, source), "{key}");
    };
    is("base", "main", "command-line");
    is("strict", "true", "base");
    is("on-unverified", "warn", "base");
    is("rules.missing-tag", "warning", "base");
    is("rules.rate-limited", "error", "base");
    is("rules.unreachable", "warning", "base");
    is("rules.unresolved-reference", "error", "base");
    is("rules.missing-digest", "error", "default");
    is("rules.digest-required", "off", "default");
    is("exclude", "[\"tests/**\"]", "base");
    is("platforms", "[\"linux/arm64\"]", "base");
    is("charts", "true", "default");
    is("sentry.max-age", "24h", "default");
    let run = print(&repo, &["--head", "HEAD"]);
    assert_eq!(run.json()["configuration"]["base"], repo.git(&["rev-parse", "main"]).trim());
}

#[test]
fn flags_and_variables_win() {
    let repo =
        configured("strict: false\nrules: {rate-limited: warning, not-checked: notice}\nrender: never\n");
    let args = [
        "--strict",
        "--platform",
        "linux/amd64",
        "--no-charts",
        "--render",
        "auto",
        "--on-unverified",
        "fail",
    ];
    let found = settings(&print(&repo, &args));
    for key in ["strict", "rules.not-checked", "rules.rate-limited", "platforms", "charts", "render.when"] {
        assert_eq!(found[key].1, "command-line", "{key}");
    }
    assert_eq!(found["rules.rate-limited"].0, "error");
    let variables = [("PULLABLE_OVERRIDE", "incident 7"), ("PULLABLE_BASE", "main")];
    let args = ["check", "--print-config", "--format", "json"];
    let found = settings(&pullable_with(&repo, &variables, &args));
    for (key, value) in [("base", "main"), ("override", "incident 7"), ("rules.unreachable", "warning")] {
        assert_eq!(found[key], (value.into(), "environment".to_owned()), "{key}");
    }
    let named = repo.path().join("../other.yaml");
    std::fs::write(&named, "strict: true\n").unwrap();
    let found = settings(&print(&repo, &["--config", &named.display().to_string()]));
    assert_eq!(found["strict"], (true.into(), "file".to_owned()));
}

#[test]
fn lists_and_registries_have_their_source() {
    let config = "rules:\n  registry-not-allowed: {severity: error, allow: [ghcr.io/acme, quay.io]}\n  \
                  mutable-tag: {severity: warning, tags: [edge]}\ndeny-private-networks: true\nregistries:\n  \
                  a.example: {verify: false, reason: internal}\n  docker.io: {mirrors: [mirror.example/hub]}\n  \
                  b.example: {insecure: true}\nrender: {kube-version: '1.33', api-versions: [acme.io/v1]}\nignore:\n  \
                  - {rule: missing-tag, path: a.yaml, reason: built later}\n  \
                  - {rule: missing-tag, path: b.yaml, reason: of last year, expires: 2020-01-01}\n";
    let repo = configured(config);
    repo.write("baseline.json", "{}");
    let args = [
        "--baseline",
        "baseline.json",
        "--mirror",
        "quay.io=mirror.example/quay",
        "--insecure-registry",
        "c.example",
    ];
    let found = settings(&print(&repo, &args));
    let is = |key: &str, value: Value, source: &str| {
        let setting = found.get(key).unwrap_or_else(|| panic!("{key} is not listed: {found:?}"));
        assert_eq!(*setting, (value, source.to_owned()), "{key}");
    };
    is("baseline", "baseline.json".into(), "command-line");
    is("rules.registry-not-allowed", "error".into(), "base");
    is("rules.registry-not-allowed.allow", ["ghcr.io/acme", "quay.io"].as_slice().into(), "base");
    is("rules.mutable-tag.tags", ["edge"].as_slice().into(), "base");
    is("deny-private-networks", true.into(), "base");
    is("registries.a.example", "not queried: internal".into(), "base");
    is("registries.docker.io.mirrors", "mirror.example/hub".into(), "base");
    is("registries.quay.io.mirrors", "mirror.example/quay".into(), "command-line");
    is("registries.b.example.insecure", true.into(), "base");
    is("registries.c.example.insecure", true.into(), "command-line");
    is("render.kube-version", "1.33".into(), "base");
    is("render.api-versions", ["acme.io/v1"].as_slice().into(), "base");
    let ignores = found["ignore"].0.as_array().unwrap();
    assert_eq!(ignores.len(), 2, "{ignores:?}");
    assert_eq!(
        (&ignores[0], &ignores[1]),
        (&"line 11: built later".into(), &"line 12, expired: of last year".into())
    );
    let found = settings(&print(&repo, &["--deny-private-networks=false"]));
    assert_eq!(found["deny-private-networks"], (false.into(), "command-line".to_owned()));
}

#[test]
fn no_secret_is_printed_and_no_registry_is_queried() {
    let config = "repositories: {'https://ada:hunter2@git.example/acme/gitops.git?token=hunter3': .}\n\
                  ignore: [{rule: old-manifest, reason: known}]\n";
    let repo = configured(config);
    repo.add_remote("upstream", "https://bob:hunter4@git.example/acme/other.git");
    let secrets = [("HTTPS_PROXY", "http://eve:hunter5@proxy.example:3128"), ("GITHUB_TOKEN", "hunter6")];
    for format in ["json", "human"] {
        let args = ["check", "--print-config", "--base", "main", "--format", format];
        let run = pullable_with(&repo, &secrets, &args);
        assert_eq!(run.code, 0, "{}", run.stderr);
        assert!(!run.stdout.contains("hunter"), "{}", run.stdout);
        assert!(run.stdout.contains("repositories.git.example/acme/gitops"), "{}", run.stdout);
        assert!(run.stdout.contains("repositories.git.example/acme/other"), "{}", run.stdout);
    }
}

#[test]
fn people_read_a_table() {
    let repo = configured("strict: true\n");
    let run = pullable(&repo, &["check", "--print-config", "--base", "main"]);
    assert_eq!(run.code, 0);
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert!(lines[0].starts_with("configuration: .pullable.yaml of the base commit "), "{}", run.stdout);
    let strict = lines.iter().find(|line| line.starts_with("strict ")).unwrap();
    assert_eq!(strict.split_whitespace().collect::<Vec<_>>(), ["strict", "true", "base", "commit"]);
    let folder = tempfile::tempdir().unwrap();
    let none = pullable_in(folder.path(), &["check", "--print-config", "."]);
    assert!(none.stdout.starts_with("there is no configuration file"), "{}{}", none.stdout, none.stderr);
}

#[test]
fn other_formats_and_broken_files_are_refused() {
    let repo = configured("");
    pullable(&repo, &["check", "--print-config", "--base", "main", "--format", "sarif"]).refused(&[
        "--print-config",
        "human",
        "json",
    ]);
    let repo = configured("strikt: true\n");
    print(&repo, &[]).refused(&["the configuration has no key \"strikt\""]);
}
