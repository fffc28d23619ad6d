use model::Rule;
use model::policy::{Date, FILE, Level};
use serde_json::{Value, json};

use super::super::{ignores, registries};
use super::*;

fn parse(text: &str) -> Result<File, ConfigError> {
    File::parse(RepoPath::new(FILE), text.as_bytes().to_vec())
}

/// The error of a wrong configuration: the place, the marked text, the message, the help.
fn wrong(text: &str) -> (String, String, String) {
    let error = parse(text).unwrap_err();
    let marked = error.site.as_ref().map(|site| site.text().to_owned()).unwrap_or_default();
    (error.to_string(), marked, error.help.unwrap_or_default())
}

#[test]
fn a_configuration_is_read() {
    let text = "\
# comment
on-unverified: warn
ignore:
  - path: \"tests/**\"
    image: [\"ghcr.io/acme/*\", nginx]
    rule: [missing-tag, missing-digest]
    reason: \"built by the release job\"
    expires: 2026-12-31
  - rule: old-manifest
    reason: |
      known
";
    let file = parse(text).unwrap();
    assert_eq!(file.unverified_fails, Some(false));
    let [first, second] = file.ignores.as_slice() else { panic!("{file:?}") };
    assert_eq!((first.line, first.reason.as_str()), (4, "built by the release job"));
    assert_eq!(first.rules, [Rule::MissingTag, Rule::MissingDigest]);
    assert_eq!(first.expires, Date::parse("2026-12-31"));
    assert_eq!((second.line, second.reason.as_str(), second.expires), (9, "known", None));

    let path = RepoPath::new("tests/a.yaml");
    let names = ["ghcr.io/acme/web".to_owned(), "ghcr.io/acme/web:1".to_owned()];
    assert!(first.covers(&[&path], &names, Some(Rule::MissingTag)));
    assert!(!first.covers(&[&path], &names, Some(Rule::MissingRepository)), "another rule");
    assert!(!first.covers(&[&path], &names, None), "not all rules");
    assert!(!first.covers(&[&RepoPath::new("apps/a.yaml")], &names, Some(Rule::MissingTag)), "another path");
    assert!(!first.covers(&[&path], &[], Some(Rule::MissingTag)), "a finding about the file has no image");
    assert!(second.covers(&[&path], &[], Some(Rule::OldManifest)));
}

#[test]
fn what_says_nothing_changes_nothing() {
    for text in ["", "# nothing\n", "---\n", "{}\n", "ignore:\n", "ignore: []\n", "\u{feff}ignore:\n"] {
        let file = parse(text).unwrap();
        assert_eq!((file.unverified_fails, file.ignores.len()), (None, 0), "{text:?}");
    }
}

/// A configuration, the place, the marked text, the message, the help.
type Slip = (&'static str, &'static str, &'static str, &'static str, &'static str);

#[rustfmt::skip]
const SLIPS: &[Slip] = &[
    ("ignores: []", "1:1", "ignores", "the configuration has no key \"ignores\"", "did you mean ignore?"),
    ("zzzzzzzzz: 1", "1:1", "zzzzzzzzz", "the configuration has no key \"zzzzzzzzz\"",
        "the configuration has the keys on-unverified, strict, rules, exclude, ignore, platforms, deny-private-networks, registries, charts, render, repositories, revert, sentry, suspended, drift"),
    ("<<: {}", "1:1", "<<", "the configuration has no key \"<<\"",
        "the configuration has the keys on-unverified, strict, rules, exclude, ignore, platforms, deny-private-networks, registries, charts, render, repositories, revert, sentry, suspended, drift"),
    ("platforms: linux/amd64\nplatforms: linux/arm64", "2:1", "platforms",
        "the key \"platforms\" is written twice",
        "keep one of the two; several values are a list: [one, two]"),
    ("registries:\n  a.io: {insecure: true}\n  a.io: {mirrors: m.io}", "3:3", "a.io",
        "the key \"a.io\" is written twice", "keep one of the two; several values are a list: [one, two]"),
    ("[a]", "1:1", "[a]", "the configuration, a mapping, belongs here, not a list", ""),
    ("text", "1:1", "text", "the configuration, a mapping, belongs here, not \"text\"", ""),
    ("a: 1\n---\nb: 2", "3:1", "b: 2", "a configuration is one document", ""),
    ("ignore: [", "1:9", "[", "this is not YAML: unclosed bracket '['", ""),
    ("ignore: *x", "1:9", "*", "this is not YAML: nothing above is anchored as *x", ""),
    ("on-unverified: maybe", "1:16", "maybe", "`fail` or `warn` belongs here, not \"maybe\"", ""),
    ("on-unverified: no", "1:16", "no", "`fail` or `warn` belongs here, not the boolean no", "quote it: \"no\""),
    ("on-unverified:", "1:14", "", "`fail` or `warn` belongs here, not nothing", ""),
    ("ignore: {}", "1:9", "{}", "a list of ignores belongs here, not a mapping", ""),
    ("ignore: [tests]", "1:10", "tests", "an ignore, a mapping, belongs here, not \"tests\"", ""),
    ("ignore:\n- reason: why", "2:3", "reason",
        "this ignore would cover everything: `path`, `image` or `rule` is missing",
        "path: \"**\" covers every file, if that is meant"),
    ("ignore:\n- path: a", "2:3", "path", "this ignore has no `reason`",
        "state the reason for later readers: reason: \"built by the release job\""),
    ("ignore:\n- {path: a, reason: ' '}", "2:22", " ", "the reason is empty", ""),
    ("ignore:\n- {path: a, reason: 5}", "2:21", "5", "a reason belongs here, not the number 5",
        "quote it: \"5\""),
    ("ignore:\n- {rule: mising-tag, reason: x}", "2:10", "mising-tag", "there is no rule \"mising-tag\"",
        "did you mean missing-tag?"),
    ("ignore:\n- {rule: [old-manifest, nonsense], reason: x}", "2:25", "nonsense",
        "there is no rule \"nonsense\"", "`pullable explain` lists all rules"),
    ("ignore:\n- {rule: [], reason: x}", "2:10", "[]",
        "the name of a rule, or a list of them belongs here: this is empty", ""),
    ("ignore:\n- {rule: {a: b}, reason: x}", "2:10", "{a: b}",
        "the name of a rule belongs here, not a mapping", ""),
    ("platforms: [linux/amd46]", "1:13", "linux/amd46", "unknown architecture \"amd46\": 386, amd64, arm, \
        arm64, loong64, mips64le, ppc64le, riscv64, s390x, wasm", ""),
    ("platforms: amd64", "1:12", "amd64", "a platform is written linux/amd64 or linux/arm/v7", ""),
    ("deny-private-networks: yes", "1:24", "yes", "`true` or `false` belongs here, not the boolean yes",
        "quote it: \"yes\""),
    ("registries: [a.io]", "1:13", "[a.io]",
        "a mapping of registries to their properties belongs here, not a list", ""),
    ("registries:\n  acme: {insecure: true}", "2:3", "acme",
        "\"acme\" is not a registry: the host needs a dot or a port, or is localhost", ""),
    ("registries:\n  a.io/b: {insecure: true}", "2:3", "a.io/b",
        "a key of `registries` is a host, without a path", ""),
    ("registries:\n  a.io: {verfy: false}", "2:10", "verfy", "a registry has no key \"verfy\"",
        "did you mean verify?"),
    ("registries:\n  a.io: {verify: false}", "2:18", "false", "`verify: false` needs a `reason`",
        "state the reason for later readers: reason: \"only the cluster reaches it\""),
    ("registries:\n  a.io: {verify: false, reason: ''}", "2:34", "", "the reason is empty", ""),
    ("registries:\n  '*.a.io': {insecure: true}", "2:24", "true",
        "name the one host that this is about", ""),
    ("repositories: [a]", "1:15", "[a]",
        "a mapping of the URLs of Git repositories to folders belongs here, not a list", ""),
    ("repositories: {charts: .}", "1:16", "charts", "the URL of a Git repository belongs here, not \"charts\"",
        "a URL is written https://example.org/acme/gitops or git@example.org:acme/gitops"),
    ("repositories: {'https://a.io/b': ../b}", "1:34", "../b", "a folder of this repository belongs here, not \"../b\"",
        "a folder is written as its path from the top: charts; the whole of the repository is ."),
    ("repositories: {'https://a.io/b': 5}", "1:34", "5", "a folder of this repository belongs here, not the number 5",
        "quote it: \"5\""),
    ("revert: {label: x}", "1:10", "label", "`revert` has no key \"label\"", "did you mean labels?"),
    ("revert: {reviewers: '@ada'}", "1:22", "@ada", "\"@ada\" is not a name", ""),
    ("rules: [missing-tag]", "1:8", "[missing-tag]", "a mapping of rules to severities belongs here, not a list", ""),
    ("rules: {missing-tags: off}", "1:9", "missing-tags", "there is no rule \"missing-tags\"", "did you mean missing-tag?"),
    ("rules: {missing-tag: info}", "1:22", "info", "`error`, `warning`, `notice` or `off` belongs here, not \"info\"", ""),
    ("rules: {missing-tag: [off]}", "1:22", "[off]", "`error`, `warning`, `notice` or `off` belongs here, not a list", ""),
    ("rules: {unreachable: off}", "1:22", "off",
        "`unreachable` cannot be `off`: it reports an unverified reference or file",
        "the minimum is warning; an entry of `ignore` with a reason covers single files"),
    ("rules: {not-checked: off}", "1:22", "off", "`not-checked` cannot be `off`: it reports a file that could not be checked",
        "the minimum is notice; an entry of `ignore` with a reason covers single files"),
    ("rules: {mutable-tag: {tags: [latest]}}", "1:9", "mutable-tag", "`mutable-tag` has no `severity`",
        "a severity is error, warning, notice or off"),
    ("rules: {missing-tag: {severity: off, tags: a}}", "1:38", "tags", "`missing-tag` has no key \"tags\"",
        "`missing-tag` has the keys severity"),
    ("rules: {registry-not-allowed: error}", "1:9", "registry-not-allowed",
        "`registry-not-allowed` needs `allow`, the list of allowed registries",
        "write registry-not-allowed: {severity: error, allow: [ghcr.io/acme]}"),
    ("rules: {registry-not-allowed: {severity: error, allow: acme}}", "1:56", "acme",
        "\"acme\" is not a registry: the host needs a dot or a port, or is localhost", ""),
    ("rules: {registry-not-allowed: {severity: error, allow: ghcr.io/acme/*}}", "1:56", "ghcr.io/acme/*",
        "an entry covers everything below it: write ghcr.io/acme", ""),
    ("strict: on", "1:9", "on", "`true` or `false` belongs here, not the boolean on", "quote it: \"on\""),
    ("exclude: [a, '!b']", "1:15", "!b", "\"!b\" is not a pattern: an ignore has no exceptions", ""),
    ("registries:\n  a.io: {mirrors: [mirror]}", "2:20", "mirror",
        "\"mirror\" is not a registry: the host needs a dot or a port, or is localhost", ""),
];

/// The same for a line of an entry.
#[rustfmt::skip]
const SLIPS_OF_ENTRIES: &[Slip] = &[
    ("rules: old-manifest", "4:5", "rules", "an ignore has no key \"rules\"", "did you mean rule?"),
    ("reason: again", "4:5", "reason", "the key \"reason\" is written twice",
        "keep one of the two; several values are a list: [one, two]"),
    ("until: 2026-12-31", "4:5", "until", "an ignore has no key \"until\"",
        "an ignore has the keys path, image, rule, reason, expires"),
    ("path: *.yaml", "4:11", "*.yaml", "a pattern belongs here, not the alias *.yaml", "quote it: \"*.yaml\""),
    ("path:", "4:9", "", "a pattern belongs here, not nothing", ""),
    ("path: [a, 'b[']", "4:16", "b[", "\"b[\" is not a pattern: unclosed character class; missing ']'", ""),
    ("image: '!a'", "4:13", "!a", "\"!a\" is not a pattern: an ignore has no exceptions", ""),
    ("image: ['']", "4:14", "", "\"\" is not a pattern: it is empty", ""),
    ("image: [[a]]", "4:13", "[a]", "a pattern belongs here, not a list", ""),
    ("expires: 2026-02-30", "4:14", "2026-02-30", "\"2026-02-30\" is not a date", "a date is written 2026-12-31"),
    ("expires: soon", "4:14", "soon", "\"soon\" is not a date", "a date is written 2026-12-31"),
    ("expires: 20261231", "4:14", "20261231", "a date belongs here, not the number 20261231",
        "a date is written 2026-12-31"),
];

#[test]
fn every_slip_is_told_where_it_is() {
    let whole = SLIPS.iter().map(|slip| (slip.0.to_owned(), slip));
    let entry = |line: &str| format!("ignore:\n  - rule: missing-tag\n    reason: why\n    {line}\n");
    let entries = SLIPS_OF_ENTRIES.iter().map(|slip| (entry(slip.0), slip));
    for (text, (_, place, marked, message, help)) in whole.chain(entries) {
        let expected =
            (format!(".pullable.yaml:{place}: {message}"), (*marked).to_owned(), (*help).to_owned());
        assert_eq!(wrong(&text), expected, "{text}");
    }
    let error = File::parse(RepoPath::new(FILE), vec![b'a', 0xff]).unwrap_err();
    let message = ".pullable.yaml: the file is not UTF-8: byte 1 does not belong to a character";
    assert_eq!(error.to_string(), message);
}

fn schema() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schemas/config.schema.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn the_schema_has_the_parsers_keys_and_all_rules() {
    let schema = schema();
    let keys = |at: &str| {
        let mut keys: Vec<String> =
            schema.pointer(at).unwrap().as_object().unwrap().keys().cloned().collect();
        keys.sort();
        keys
    };
    let sorted = |keys: &[&str]| {
        let mut keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
        keys.sort();
        keys
    };
    assert_eq!(keys("/properties"), sorted(KEYS));
    assert_eq!(keys("/properties/ignore/items/properties"), sorted(ignores::ENTRY_KEYS));
    let of_registries = keys("/properties/registries/additionalProperties/properties");
    assert_eq!(of_registries, sorted(registries::ENTRY_KEYS));
    let rules: Vec<&str> = Rule::ALL.iter().map(|rule| rule.id()).collect();
    assert_eq!(schema.pointer("/$defs/rule/enum"), Some(&json!(rules)));
}

#[test]
fn schema_and_parser_accept_the_same() {
    let schema = schema();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let entry = |key: &str, value: Value| {
        let mut entry = json!({"rule": "missing-tag", "reason": "why"});
        entry[key] = value;
        json!({"ignore": [entry]})
    };
    let valid = [
        json!(null),
        json!({}),
        json!({"on-unverified": "fail", "ignore": null}),
        json!({"on-unverified": "warn", "ignore": []}),
        entry("path", json!("tests/**")),
        entry("path", json!(["*.yaml", "/a"])),
        entry("image", json!("ghcr.io/acme/*")),
        entry("rule", json!(["missing-tag", "not-checked"])),
        entry("expires", json!("2026-12-31")),
        json!({"ignore": [{"image": "nginx", "reason": "x"}]}),
        json!({"charts": false, "render": "never"}),
        json!({"render": {"when": "always", "kube-version": "1.30", "api-versions": ["a.b/v1"]}}),
        json!({"strict": true, "rules": null, "exclude": null}),
        json!({"rules": {"missing-tag": "off", "unreachable": {"severity": "warning"}}, "exclude": "tests/**"}),
        json!({"rules": {"mutable-tag": {"severity": "error", "tags": ["latest", "pr-*"]}}, "exclude": ["/a", "b/"]}),
        json!({"rules": {"registry-not-allowed": {"severity": "error", "allow": ["ghcr.io/acme", "*.b.io"]}}}),
        json!({"rules": {"registry-not-allowed": "off"}}),
        json!({"revert": null}),
        json!({"revert": {"labels": ["incident", "team/web"], "reviewers": "ada"}}),
        json!({"sentry": null}),
        json!({"sentry": {"max-age": "12h", "cooldown": "10m", "max-open": 3, "fault-share": 100}}),
        json!({"platforms": "linux/amd64", "deny-private-networks": false, "registries": null}),
        json!({"platforms": ["linux/arm/v7", "windows/amd64"], "registries": {}}),
        json!({"registries": {"a.io:5000": {"verify": false, "reason": "x"}, "*.b.io": {"mirrors": "m.io"}}}),
        json!({"registries": {"a.io": {"verify": true, "insecure": true, "mirrors": ["m.io/hub", "n.io"]}}}),
    ];
    let invalid = [
        json!([]),
        json!("text"),
        json!({"ignores": []}),
        json!({"on-unverified": "maybe"}),
        json!({"on-unverified": null}),
        json!({"platforms": []}),
        json!({"platforms": "amd64"}),
        json!({"deny-private-networks": "yes"}),
        json!({"charts": "no"}),
        json!({"render": "sometimes"}),
        json!({"render": {"kube-version": 1.3}}),
        json!({"render": {"kube-version": "--x"}}),
        json!({"render": {"api-versions": "a"}}),
        json!({"strict": "yes"}),
        json!({"rules": []}),
        json!({"rules": {"missing-tags": "off"}}),
        json!({"rules": {"missing-tag": "info"}}),
        json!({"rules": {"missing-tag": false}}),
        json!({"rules": {"missing-tag": {"severity": "off", "tags": "a"}}}),
        json!({"rules": {"mutable-tag": {"tags": "a"}}}),
        json!({"rules": {"mutable-tag": {"severity": "error", "tags": []}}}),
        json!({"rules": {"registry-not-allowed": "error"}}),
        json!({"rules": {"registry-not-allowed": {"severity": "error", "allow": []}}}),
        json!({"exclude": []}),
        json!({"exclude": {"a": "b"}}),
        json!({"revert": []}),
        json!({"revert": {"label": "x"}}),
        json!({"revert": {"labels": []}}),
        json!({"revert": {"labels": [" "]}}),
        json!({"revert": {"labels": "a,b"}}),
        json!({"revert": {"reviewers": ["@ada"]}}),
        json!({"revert": {"reviewers": 5}}),
        json!({"sentry": []}),
        json!({"sentry": {"max-age": "1d"}}),
        json!({"sentry": {"cooldown": "0m"}}),
        json!({"sentry": {"cooldown": 30}}),
        json!({"sentry": {"max-open": 0}}),
        json!({"sentry": {"max-open": "5"}}),
        json!({"sentry": {"fault-share": 101}}),
        json!({"sentry": {"faultshare": 20}}),
        json!({"registries": {"a.io": {"verify": false}}}),
        json!({"registries": {"a.io": {"verify": "no"}}}),
        json!({"registries": {"a.io": {"mirror": "m.io"}}}),
        json!({"registries": {"a.io": null}}),
        json!({"ignore": {}}),
        json!({"ignore": ["tests"]}),
        json!({"ignore": [{"reason": "x"}]}),
        json!({"ignore": [{"path": "a"}]}),
        entry("path", json!("")),
        entry("path", json!("/")),
        entry("path", json!("!a")),
        entry("path", json!([])),
        entry("path", json!(5)),
        entry("image", json!(null)),
        entry("rule", json!([])),
        entry("rule", json!("mising-tag")),
        entry("reason", json!(" ")),
        entry("reason", json!(5)),
        entry("expires", json!("2026-13-01")),
        entry("expires", json!("soon")),
        entry("until", json!("2026-12-31")),
    ];
    for (samples, fine) in [(&valid[..], true), (&invalid[..], false)] {
        for sample in samples {
            assert_eq!(validator.is_valid(sample), fine, "the schema of {sample}");
            assert_eq!(parse(&sample.to_string()).is_ok(), fine, "the parser of {sample}");
        }
    }
}

#[test]
fn severities_that_hide_what_nobody_saw_are_refused_by_schema_and_parser() {
    let schema = schema();
    let rules: Vec<&String> =
        schema.pointer("/properties/rules/properties").unwrap().as_object().unwrap().keys().collect();
    assert_eq!(rules.len(), Rule::ALL.len());
    let validator = jsonschema::validator_for(&schema).unwrap();
    for rule in Rule::ALL {
        for level in Level::ALL {
            let mut setting = json!({ "severity": level.as_str() });
            if *rule == Rule::RegistryNotAllowed {
                setting["allow"] = json!("ghcr.io");
            }
            let sample = json!({ "rules": { rule.id(): setting } });
            assert_eq!(validator.is_valid(&sample), level.fits(*rule), "the schema of {sample}");
            let parsed = parse(&sample.to_string());
            assert_eq!(parsed.is_ok(), level.fits(*rule), "the parser of {sample}");
            if let Ok(file) = parsed {
                assert_eq!(file.rules.level(*rule), Some(level));
            }
        }
    }
}
