//! `ignore` of a configuration: the findings that may pass.

use model::policy::{Date, Ignore, Patterns};
use model::{Rule, nearest};
use yaml::Node;

use super::error::ConfigError;
use super::read::{did_you_mean, keys, list, one_or_several, reason, text};

const PATH: &str = "path";
const IMAGE: &str = "image";
const RULE: &str = "rule";
const REASON: &str = "reason";
const EXPIRES: &str = "expires";
pub(super) const ENTRY_KEYS: &[&str] = &[PATH, IMAGE, RULE, REASON, EXPIRES];

/// Reads the list; an empty value is an empty list.
pub(super) fn ignores(node: Option<&Node>) -> Result<Vec<Ignore>, ConfigError> {
    let mut ignores = Vec::new();
    let Some(node) = node.filter(|node| !node.is_null()) else { return Ok(ignores) };
    for entry in list(node, "a list of ignores")? {
        ignores.push(ignore(entry)?);
    }
    Ok(ignores)
}

fn ignore(node: &Node) -> Result<Ignore, ConfigError> {
    keys(node, ENTRY_KEYS, "an ignore")?;
    let site = match node.entries().first() {
        Some((key, _)) => key.site(),
        None => node.site(),
    };
    let (path, image, rule) = (node.get(PATH), node.get(IMAGE), node.get(RULE));
    if path.or(image).or(rule).is_none() {
        let message = "this ignore would cover everything: `path`, `image` or `rule` is missing".to_owned();
        return Err(ConfigError::at(site, message).help("path: \"**\" covers every file, if that is meant"));
    }
    let Some(written) = node.get(REASON) else {
        let error = ConfigError::at(site, "this ignore has no `reason`".to_owned());
        return Err(error.help("state the reason for later readers: reason: \"built by the release job\""));
    };
    let reason = reason(written)?.to_owned();
    let paths = path.map(|node| patterns(node, Patterns::of_paths)).transpose()?;
    let images = image.map(|node| patterns(node, Patterns::of_images)).transpose()?;
    let rules = rule.map(rules).transpose()?.unwrap_or_default();
    let expires = node.get(EXPIRES).map(date).transpose()?;
    let file = node.file.path().clone();
    Ok(Ignore { paths, images, rules, reason, expires, file, line: site.location().line })
}

/// Compiles patterns; an error has the index of the pattern.
pub(super) type Compile = fn(&[&str]) -> Result<Patterns, (usize, String)>;

pub(super) fn patterns(node: &Node, compile: Compile) -> Result<Patterns, ConfigError> {
    let nodes = one_or_several(node, "a pattern or a list of patterns")?;
    let mut texts = Vec::new();
    for node in &nodes {
        texts.push(text(node, "a pattern")?);
    }
    compile(&texts).map_err(|(at, why)| {
        let site = nodes.get(at).unwrap_or(&node).site();
        let written = texts.get(at).copied().unwrap_or_default();
        ConfigError::at(site, format!("{written:?} is not a pattern: {why}"))
    })
}

fn rules(node: &Node) -> Result<Vec<Rule>, ConfigError> {
    let mut rules = Vec::new();
    for node in one_or_several(node, "the name of a rule, or a list of them")? {
        rules.push(rule(node)?);
    }
    Ok(rules)
}

pub(super) fn rule(node: &Node) -> Result<Rule, ConfigError> {
    let id = text(node, "the name of a rule")?;
    if let Some(rule) = Rule::from_id(id) {
        return Ok(rule);
    }
    let help = match nearest(id, Rule::ALL.iter().map(|rule| rule.id())) {
        Some(near) => did_you_mean(near),
        None => "`pullable explain` lists all rules".to_owned(),
    };
    Err(ConfigError::at(node.site(), format!("there is no rule {id:?}")).help(help))
}

fn date(node: &Node) -> Result<Date, ConfigError> {
    const HELP: &str = "a date is written 2026-12-31";
    let text = text(node, "a date").map_err(|error| error.help(HELP))?;
    Date::parse(text)
        .ok_or_else(|| ConfigError::at(node.site(), format!("{text:?} is not a date")).help(HELP))
}
