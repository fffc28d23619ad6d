//! The configuration in effect: each setting that a run of the gate would use, with its source.

use deploy::repository_name;
use model::effective::{Effective, SCHEMA_VERSION, Setting, Source, Value};
use model::policy::{Allowed, Ignore, Level, MUTABLE_TAGS, Policy};
use model::report::Tool;
use model::{Class, Rule};

use crate::ci;
use crate::config::{File, Options, SentrySettings, SuspendedSettings, written};
use crate::context::Context;
use crate::error::Error;

use super::change;
use super::policy;
use super::resolve;

/// The settings that a run with these options would use. No registry is queried.
///
/// # Errors
/// [`Error`] if the run could not happen.
pub fn effective(options: &Options, context: &Context) -> Result<Effective, Error> {
    let source = change::source(options, context)?;
    let policy = policy::effective(&source.policy, options, context);
    let origin = source.policy.origin.clone();
    let is_of_base = origin.as_ref().is_some_and(|origin| origin.base.is_some());
    let of_file = if is_of_base { Source::Base } else { Source::File };
    let file = &source.policy.config;
    let mut list = List { settings: Vec::new(), of_file };
    gate(&mut list, options, file, &policy);
    rules(&mut list, options, file, &policy);
    lists(&mut list, options, file, &policy);
    network(&mut list, options, file, &policy, context)?;
    charts(&mut list, options, file, &policy);
    repositories(&mut list, file, &policy);
    commands(&mut list, file);
    let tool = Tool { name: "pullable".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() };
    Ok(Effective { schema_version: SCHEMA_VERSION, tool, configuration: origin, settings: list.settings })
}

/// The settings so far.
struct List {
    settings: Vec<Setting>,
    /// The source of the settings of the configuration.
    of_file: Source,
}

impl List {
    fn add(&mut self, key: &str, value: Value, source: Source) {
        self.settings.push(Setting { key: key.to_owned(), value, source });
    }

    /// A setting of the command line or of the configuration.
    fn add_chosen(&mut self, key: &str, value: Value, is_of_flag: bool, is_of_file: bool) {
        let source = match (is_of_flag, is_of_file) {
            (true, _) => Source::CommandLine,
            (_, true) => self.of_file,
            _ => Source::Default,
        };
        self.add(key, value, source);
    }

    /// A setting that only the configuration has.
    fn add_of_file(&mut self, key: &str, value: Value, is_set: bool) {
        self.add_chosen(key, value, false, is_set);
    }
}

fn text(value: &(impl ToString + ?Sized)) -> Value {
    Value::Text(value.to_string())
}

fn items<T: ToString>(values: &[T]) -> Value {
    Value::List(values.iter().map(ToString::to_string).collect())
}

/// The settings that decide what fails.
fn gate(list: &mut List, options: &Options, file: &File, policy: &Policy) {
    if let Some((base, by)) = &options.base {
        let source = if by.starts_with("--") { Source::CommandLine } else { Source::Environment };
        list.add("base", text(base), source);
    }
    if let Some(baseline) = &options.baseline {
        list.add("baseline", text(&baseline.display()), Source::CommandLine);
    }
    if let Some(reason) = &policy.override_reason {
        list.add("override", text(reason), Source::Environment);
    }
    let unverified = if policy.unverified_fails { "fail" } else { "warn" };
    let (flag, set) = (options.unverified_fails.is_some(), file.unverified_fails.is_some());
    list.add_chosen("on-unverified", text(unverified), flag, set);
    list.add_chosen("strict", Value::Flag(policy.strict), options.strict, file.strict.is_some());
}

/// The severities of all rules, and the lists of those that are off by default.
fn rules(list: &mut List, options: &Options, file: &File, policy: &Policy) {
    for rule in Rule::ALL {
        let level = judge::level(policy, *rule);
        let source = match rule.class() {
            _ if policy.rules.level(*rule).is_some() && !is_overridden(*rule, policy) => list.of_file,
            Class::Unverified if policy.override_reason.is_some() => Source::Environment,
            Class::Unverified if options.unverified_fails.is_some() => Source::CommandLine,
            Class::Unverified if file.unverified_fails.is_some() => list.of_file,
            _ if !rule.is_raised_by_strict() => Source::Default,
            _ if options.strict => Source::CommandLine,
            _ if policy.strict => list.of_file,
            _ => Source::Default,
        };
        list.add(&format!("rules.{rule}"), text(level.as_str()), source);
    }
    let is_on = |rule: Rule| matches!(policy.rules.level(rule), Some(Level::Reported(_)));
    if is_on(Rule::MutableTag) {
        let tags = policy.rules.mutable_tags.as_ref().map(|tags| tags.written().to_vec()).unwrap_or_default();
        let is_set = tags != MUTABLE_TAGS;
        list.add_of_file("rules.mutable-tag.tags", Value::List(tags), is_set);
    }
    if is_on(Rule::RegistryNotAllowed) {
        let allowed: Vec<String> = policy.rules.allowed.iter().map(Allowed::to_string).collect();
        list.add_of_file("rules.registry-not-allowed.allow", Value::List(allowed), true);
    }
}

/// True if the environment decides the severity of a rule.
fn is_overridden(rule: Rule, policy: &Policy) -> bool {
    rule.class() == Class::Unverified && policy.override_reason.is_some()
}

/// Files and findings that are left out, and platforms.
fn lists(list: &mut List, options: &Options, file: &File, policy: &Policy) {
    let excluded = policy.excluded.as_ref().map(|patterns| patterns.written().to_vec()).unwrap_or_default();
    list.add_of_file("exclude", Value::List(excluded), policy.excluded.is_some());
    let mut ignores = Vec::new();
    for Ignore { line, reason, .. } in &policy.ignores {
        ignores.push(format!("line {line}: {reason}"));
    }
    for Ignore { line, reason, .. } in &policy.expired {
        ignores.push(format!("line {line}, expired: {reason}"));
    }
    list.add_of_file("ignore", Value::List(ignores), !file.ignores.is_empty());
    let flag = options.network.as_ref().is_some_and(|network| !network.platforms.is_empty());
    list.add_chosen("platforms", items(&policy.reach.platforms), flag, !file.reach.platforms.is_empty());
}

/// The registries, and the guard against private networks.
fn network(
    list: &mut List,
    options: &Options,
    file: &File,
    policy: &Policy,
    context: &Context,
) -> Result<(), Error> {
    let Some(network) = &options.network else { return Ok(()) };
    let client = resolve::options(policy, network, options.reads_policy_of_base(), context)?;
    let denies = client.deny_private;
    let source = match (network.deny_private, policy.reach.deny_private) {
        (Some(_), _) => Source::CommandLine,
        (None, Some(set)) if set == denies && file.reach.deny_private.is_some() => list.of_file,
        _ if ci::is_ci(&context.env) => Source::Environment,
        _ => Source::Default,
    };
    list.add("deny-private-networks", Value::Flag(denies), source);
    for declared in &policy.reach.declared {
        let value = format!("not queried: {}", declared.reason);
        list.add_of_file(&format!("registries.{}", declared.registry), text(&value), true);
    }
    for (mirrors, is_of_flag) in [(&network.mirrors, true), (&file.reach.mirrors, false)] {
        for mirror in mirrors {
            let key = format!("registries.{}.mirrors", mirror.of);
            list.add_chosen(&key, text(&mirror.at), is_of_flag, true);
        }
    }
    for (hosts, is_of_flag) in [(&network.insecure, true), (&file.reach.insecure, false)] {
        for host in hosts {
            list.add_chosen(&format!("registries.{host}.insecure"), Value::Flag(true), is_of_flag, true);
        }
    }
    Ok(())
}

/// Charts and their rendering.
fn charts(list: &mut List, options: &Options, file: &File, policy: &Policy) {
    let flag = options.network.as_ref().is_some_and(|network| network.charts.is_some());
    let looks_up = policy.reach.looks_up_charts();
    list.add_chosen("charts", Value::Flag(looks_up), flag, file.reach.charts.is_some());
    let mode = policy.render.mode.as_str();
    list.add_chosen("render.when", text(mode), options.render.is_some(), file.render.mode.is_some());
    if let Some(version) = &policy.render.kube_version {
        list.add_of_file("render.kube-version", text(version), true);
    }
    let versions = &policy.render.api_versions;
    list.add_of_file("render.api-versions", items(versions), !versions.is_empty());
}

/// The Git repositories that are known to be this one. A URL is shown as host and path: a user in it may have a password.
fn repositories(list: &mut List, file: &File, policy: &Policy) {
    for (at, (url, folder)) in policy.repositories.iter().enumerate() {
        let source = if at < file.repositories.len() { list.of_file } else { Source::GitRemote };
        let folder = if folder.as_str().is_empty() { "." } else { folder.as_str() };
        list.add(&format!("repositories.{}", repository_name(url)), text(folder), source);
    }
}

/// The settings of other commands.
fn commands(list: &mut List, file: &File) {
    let (revert, sentry) = (&file.revert, file.sentry);
    list.add_of_file("revert.labels", items(&revert.labels), !revert.labels.is_empty());
    list.add_of_file("revert.reviewers", items(&revert.reviewers), !revert.reviewers.is_empty());
    let limits = SentrySettings::default().over(sentry);
    list.add_of_file("sentry.max-age", text(&written(limits.max_age)), sentry.max_age.is_some());
    list.add_of_file("sentry.cooldown", text(&written(limits.cooldown)), sentry.cooldown.is_some());
    let open = u64::try_from(limits.max_open).unwrap_or(u64::MAX);
    list.add_of_file("sentry.max-open", Value::Number(open), sentry.max_open.is_some());
    let share = u64::from(limits.fault_share);
    list.add_of_file("sentry.fault-share", Value::Number(share), sentry.fault_share.is_some());
    let days = file.suspended.warn_after_days;
    let is_set = file.suspended != SuspendedSettings::default();
    list.add_of_file("suspended.warn-after-days", Value::Number(u64::from(days)), is_set);
    list.add_of_file("drift.roots", items(&file.drift.roots), !file.drift.roots.is_empty());
}
