//! `rules` of the configuration: the severity of each rule, and the lists of those that are off by default.

use model::policy::{Allowed, Level, MUTABLE_TAGS, Patterns, Rules, Setting};
use model::{Class, Rule, Severity};
use yaml::Node;

use super::error::ConfigError;
use super::ignores::{patterns, rule};
use super::read::{expected, keys, one_or_several, text};
use super::registries::place;

const SEVERITY: &str = "severity";
const TAGS: &str = "tags";
const ALLOW: &str = "allow";

/// Reads the mapping from rules to severities; an empty value is an empty mapping.
pub(super) fn rules(node: &Node) -> Result<Rules, ConfigError> {
    let mut rules = Rules::default();
    if node.is_null() {
        return Ok(rules);
    }
    if !node.is_mapping() {
        return Err(expected(node, "a mapping of rules to severities"));
    }
    for (key, value) in node.entries() {
        entry(&mut rules, key, value)?;
    }
    Ok(rules)
}

fn entry(rules: &mut Rules, key: &Node, value: &Node) -> Result<(), ConfigError> {
    let rule = rule(key)?;
    let level = if value.is_mapping() {
        keys(value, keys_of(rule), &format!("`{rule}`"))?;
        let Some(severity) = value.get(SEVERITY) else {
            return Err(ConfigError::at(key.site(), format!("`{rule}` has no `severity`")).help(LEVELS));
        };
        level(rule, severity)?
    } else {
        level(rule, value)?
    };
    if rule == Rule::MutableTag {
        rules.mutable_tags = Some(mutable_tags(value)?);
    }
    if rule == Rule::RegistryNotAllowed && level != Level::Off {
        rules.allowed = allowed(key, value)?;
    }
    let setting = Setting { level, file: key.file.path().clone(), line: key.site().location().line };
    rules.settings.insert(rule, setting);
    Ok(())
}

/// The keys of a rule's mapping.
fn keys_of(rule: Rule) -> &'static [&'static str] {
    match rule {
        Rule::MutableTag => &[SEVERITY, TAGS],
        Rule::RegistryNotAllowed => &[SEVERITY, ALLOW],
        _ => &[SEVERITY],
    }
}

const LEVELS: &str = "a severity is error, warning, notice or off";

/// The level that is written for a rule. Some YAML parsers read `off` as a boolean.
fn level(rule: Rule, node: &Node) -> Result<Level, ConfigError> {
    let written = node.scalar().unwrap_or_default();
    let Some(level) = Level::ALL.into_iter().find(|level| level.as_str() == written) else {
        return Err(expected(node, "`error`, `warning`, `notice` or `off`"));
    };
    if level.fits(rule) {
        return Ok(level);
    }
    let (what, least) = match rule.class() {
        Class::Unverified => ("an unverified reference or file", Severity::Warning),
        _ => ("a file that could not be checked", Severity::Notice),
    };
    let message = format!("`{rule}` cannot be `{written}`: it reports {what}");
    let help =
        format!("the minimum is {}; an entry of `ignore` with a reason covers single files", least.as_str());
    Err(ConfigError::at(node.site(), message).help(help))
}

/// The tags that `mutable-tag` reports.
fn mutable_tags(node: &Node) -> Result<Patterns, ConfigError> {
    match node.get(TAGS) {
        Some(tags) => patterns(tags, Patterns::of_tags),
        None => Patterns::of_tags(&MUTABLE_TAGS).map_err(|(_, why)| {
            ConfigError::at(node.site(), format!("the default tags are no patterns: {why}"))
        }),
    }
}

/// The places that `registry-not-allowed` allows.
fn allowed(key: &Node, node: &Node) -> Result<Vec<Allowed>, ConfigError> {
    const EXAMPLE: &str = "write registry-not-allowed: {severity: error, allow: [ghcr.io/acme]}";
    let Some(list) = node.get(ALLOW) else {
        let message = "`registry-not-allowed` needs `allow`, the list of allowed registries".to_owned();
        return Err(ConfigError::at(key.site(), message).help(EXAMPLE));
    };
    let mut allowed = Vec::new();
    for node in one_or_several(list, "a registry or a list of registries")? {
        let written = text(node, "a registry")?;
        allowed.push(allowed_place(written).map_err(|why| ConfigError::at(node.site(), why))?);
    }
    Ok(allowed)
}

/// Reads `ghcr.io`, `*.acme.io`, `ghcr.io/acme`.
fn allowed_place(written: &str) -> Result<Allowed, String> {
    if let Some(prefix) = written.strip_suffix("/*").or_else(|| written.strip_suffix("/**")) {
        return Err(format!("an entry covers everything below it: write {prefix}"));
    }
    let (wildcard, rest) = match written.strip_prefix("*.") {
        Some(rest) => ("*.", rest),
        None => ("", written),
    };
    let place = place(rest)?;
    let (host, path) = place.split_once('/').unwrap_or((&place, ""));
    Ok(Allowed { registry: format!("{wildcard}{host}"), path: path.to_owned() })
}
