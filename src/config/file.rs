//! The configuration file: `.pullable.yaml`, read strictly, because a slip in it would let pass what
//! nobody meant to. `schemas/config.schema.json` says the same to editors, which a test holds.

use std::sync::Arc;

use thiserror::Error;

use model::policy::{Date, Ignore, Patterns, Reach};
use model::{Rule, nearest};
use source::{RepoPath, Site, SourceFile, Span};

use super::reach::{self, DENY_PRIVATE, PLATFORMS, REGISTRIES};
use yaml::{self, Meaning, Node};

const ON_UNVERIFIED: &str = "on-unverified";
const IGNORE: &str = "ignore";
const KEYS: &[&str] = &[ON_UNVERIFIED, IGNORE, PLATFORMS, DENY_PRIVATE, REGISTRIES];

const PATH: &str = "path";
const IMAGE: &str = "image";
const RULE: &str = "rule";
const REASON: &str = "reason";
const EXPIRES: &str = "expires";
const ENTRY_KEYS: &[&str] = &[PATH, IMAGE, RULE, REASON, EXPIRES];

/// What a configuration file says; what it leaves out it leaves to others.
#[derive(Clone, Debug, Default)]
pub struct File {
    /// Whether what could not be verified is an error, else a warning.
    pub unverified_fails: Option<bool>,
    /// What may pass, in the order of the file.
    pub ignores: Vec<Ignore>,
    /// What it says of registries.
    pub reach: Reach,
}

/// Why a configuration cannot be used.
#[derive(Debug, Error)]
#[error("{}: {message}", self.place())]
pub struct ConfigError {
    /// The file.
    pub path: RepoPath,
    /// What is wrong, one line.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
    /// Where exactly.
    pub site: Option<Site>,
}

impl ConfigError {
    pub(super) fn at(site: Site, message: String) -> Self {
        Self { path: site.file.path().clone(), message, help: None, site: Some(site) }
    }

    /// About a file as a whole.
    pub fn of_file(path: RepoPath, message: String) -> Self {
        Self { path, message, help: None, site: None }
    }

    pub(super) fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }

    /// With more to know, behind the help that it has.
    #[must_use]
    pub fn with_note(self, note: &str) -> Self {
        let help = self.help.map_or_else(|| note.to_owned(), |help| format!("{help}\n{note}"));
        Self { help: Some(help), ..self }
    }

    fn place(&self) -> String {
        match self.site.as_ref().map(Site::location) {
            Some(at) => format!("{}:{}:{}", self.path, at.line, at.column),
            None => self.path.to_string(),
        }
    }
}

impl File {
    /// Reads a configuration; an empty one says nothing.
    ///
    /// # Errors
    /// [`ConfigError`] where any part of it is not understood.
    pub fn parse(path: RepoPath, bytes: Vec<u8>) -> Result<Self, ConfigError> {
        let file = SourceFile::decode(path.clone(), bytes)
            .map_err(|error| ConfigError::of_file(path, error.to_string()))?;
        let (root, dangling) = document(&Arc::new(file))?;
        let file = root.filter(|root| !root.is_null()).map(|root| Self::of(&root)).transpose()?;
        dangling.map_or(Ok(file.unwrap_or_default()), Err)
    }

    fn of(root: &Node) -> Result<Self, ConfigError> {
        keys(root, KEYS, "the configuration")?;
        let ignores = match root.get(IGNORE).filter(|node| !node.is_null()) {
            Some(node) => list(node, "a list of ignores")?.iter().map(ignore).collect::<Result<_, _>>()?,
            None => Vec::new(),
        };
        let mut reach = Reach {
            platforms: root.get(PLATFORMS).map(reach::platforms).transpose()?.unwrap_or_default(),
            deny_private: root.get(DENY_PRIVATE).map(reach::boolean).transpose()?,
            ..Reach::default()
        };
        root.get(REGISTRIES).map_or(Ok(()), |node| reach::registries(node, &mut reach))?;
        let unverified_fails = root.get(ON_UNVERIFIED).map(on_unverified).transpose()?;
        Ok(Self { unverified_fails, ignores, reach })
    }
}

/// The one document of the file; and an alias of nothing in it, which is told where nobody has more to say of
/// what stands there.
fn document(file: &Arc<SourceFile>) -> Result<(Option<Node>, Option<ConfigError>), ConfigError> {
    let mut found: Result<Option<Node>, ConfigError> = Ok(None);
    let mut dangling = None;
    yaml::each_document(file, |document| {
        found = match (std::mem::replace(&mut found, Ok(None)), document) {
            (Err(error), _) => Err(error),
            (Ok(found), Err(broken)) => {
                // At least a character wide, so that it can be shown.
                let rest = file.slice(Span { start: broken.at.start, end: broken.document.end });
                let width = rest.chars().next().filter(|c| !c.is_control()).map_or(0, char::len_utf8);
                let site = Site { file: Arc::clone(file), span: broken.at.part(0..width) };
                let error = ConfigError::at(site, format!("this is no YAML: {}", broken.message));
                if broken.read {
                    dangling.get_or_insert(error);
                    Ok(found)
                } else {
                    Err(error)
                }
            }
            (Ok(None), Ok(root)) => Ok(Some(root)),
            (Ok(Some(_)), Ok(second)) => {
                Err(ConfigError::at(second.site(), "a configuration is one document".to_owned()))
            }
        };
    });
    Ok((found?, dangling))
}

fn on_unverified(node: &Node) -> Result<bool, ConfigError> {
    const EXPECTED: &str = "`fail` or `warn`";
    match text(node, EXPECTED)? {
        "fail" => Ok(true),
        "warn" => Ok(false),
        other => Err(ConfigError::at(node.site(), format!("{EXPECTED} belongs here, not {other:?}"))),
    }
}

fn ignore(node: &Node) -> Result<Ignore, ConfigError> {
    keys(node, ENTRY_KEYS, "an ignore")?;
    let site = node.entries().first().map_or_else(|| node.site(), |(key, _)| key.site());
    if ![PATH, IMAGE, RULE].iter().any(|key| node.get(key).is_some()) {
        let message = "this ignore would cover everything: `path`, `image` or `rule` is missing".to_owned();
        return Err(ConfigError::at(site, message).help("path: \"**\" covers every file, if that is meant"));
    }
    let Some(reason) = node.get(REASON) else {
        let error = ConfigError::at(site, "this ignore has no `reason`".to_owned());
        return Err(error.help("say why, for whoever finds it later: reason: \"built by the release job\""));
    };
    let text_of_reason = text(reason, "a reason")?.trim();
    if text_of_reason.is_empty() {
        return Err(ConfigError::at(reason.site(), "the reason is empty".to_owned()));
    }
    Ok(Ignore {
        paths: node.get(PATH).map(|node| patterns(node, Patterns::of_paths)).transpose()?,
        images: node.get(IMAGE).map(|node| patterns(node, Patterns::of_images)).transpose()?,
        rules: node.get(RULE).map(rules).transpose()?.unwrap_or_default(),
        reason: text_of_reason.to_owned(),
        expires: node.get(EXPIRES).map(date).transpose()?,
        file: node.file.path().clone(),
        line: site.location().line,
    })
}

fn patterns(
    node: &Node,
    read: impl Fn(&[&str]) -> Result<Patterns, (usize, String)>,
) -> Result<Patterns, ConfigError> {
    let nodes = one_or_several(node, "a pattern or a list of patterns")?;
    let texts = nodes.iter().map(|node| text(node, "a pattern")).collect::<Result<Vec<_>, ConfigError>>()?;
    read(&texts).map_err(|(at, why)| {
        let site = nodes.get(at).unwrap_or(&node).site();
        let written = texts.get(at).copied().unwrap_or_default();
        ConfigError::at(site, format!("{written:?} is no pattern: {why}"))
    })
}

fn rules(node: &Node) -> Result<Vec<Rule>, ConfigError> {
    let rule = |node: &&Node| {
        let id = text(node, "the name of a rule")?;
        Rule::from_id(id).ok_or_else(|| {
            let help = nearest(id, Rule::ALL.iter().map(|rule| rule.id()));
            let help = help.map_or("`pullable explain` lists all rules".to_owned(), did_you_mean);
            ConfigError::at(node.site(), format!("there is no rule {id:?}")).help(help)
        })
    };
    one_or_several(node, "the name of a rule, or a list of them")?.iter().map(rule).collect()
}

fn date(node: &Node) -> Result<Date, ConfigError> {
    const HELP: &str = "a date is written 2026-12-31";
    let text = text(node, "a date").map_err(|error| error.help(HELP))?;
    Date::parse(text).ok_or_else(|| ConfigError::at(node.site(), format!("{text:?} is no date")).help(HELP))
}

/// Fails at the first key of a mapping that is not known, and at what is no mapping.
pub(super) fn keys(node: &Node, known: &[&str], what: &str) -> Result<(), ConfigError> {
    if !node.is_mapping() {
        return Err(expected(node, &format!("{what}, a mapping,")));
    }
    let unknown = node.entries().iter().map(|(key, _)| key);
    let unknown = unknown.filter(|key| !key.scalar().is_some_and(|name| known.contains(&name)));
    let Some(key) = unknown.into_iter().next() else { return Ok(()) };
    let name = key.scalar().unwrap_or_default();
    let help = nearest(name, known.iter().copied());
    let help = help.map_or_else(|| format!("{what} has the keys {}", known.join(", ")), did_you_mean);
    Err(ConfigError::at(key.site(), format!("{what} has no key {name:?}")).help(help))
}

pub(super) fn text<'a>(node: &'a Node, what: &str) -> Result<&'a str, ConfigError> {
    node.text().ok_or_else(|| expected(node, what))
}

fn list<'a>(node: &'a Node, what: &str) -> Result<&'a [Node], ConfigError> {
    if is_list(node) { Ok(node.items()) } else { Err(expected(node, what)) }
}

/// A list that is not empty, or one scalar in its place.
pub(super) fn one_or_several<'a>(node: &'a Node, what: &str) -> Result<Vec<&'a Node>, ConfigError> {
    match node.items() {
        [] if is_list(node) => {
            Err(ConfigError::at(node.site(), format!("{what} belongs here: this is empty")))
        }
        [] => Ok(vec![node]),
        several => Ok(several.iter().collect()),
    }
}

fn is_list(node: &Node) -> bool {
    node.meaning().is_none() && !node.is_mapping()
}

pub(super) fn expected(node: &Node, what: &str) -> ConfigError {
    let site = node.site();
    let written = site.text().to_owned();
    let (found, quote) = match node.meaning() {
        // To YAML a bare star begins an alias.
        Some(Meaning::Null) if written.starts_with('*') => (format!("the alias {written}"), true),
        Some(Meaning::Text(text)) => (format!("{text:?}"), false),
        Some(Meaning::Number(_)) => (format!("the number {written}"), true),
        Some(Meaning::Bool) => (format!("the boolean {written}"), true),
        Some(Meaning::Null) => ("nothing".to_owned(), false),
        None if node.is_mapping() => ("a mapping".to_owned(), false),
        None => ("a list".to_owned(), false),
    };
    let error = ConfigError::at(site, format!("{what} belongs here, not {found}"));
    if quote { error.help(format!("quote it: \"{written}\"")) } else { error }
}

pub(super) fn did_you_mean(name: &str) -> String {
    format!("did you mean {name}?")
}

#[cfg(test)]
mod tests;
