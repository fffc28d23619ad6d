//! The inspection of a repository: its forge, its references and registries, and the existing broken
//! references.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use git::Repository;
use judge::baseline::Baseline;
use model::{Class, Report, Rule, Target};
use source::RepoPath;

use crate::forge::{Kind, Place};

/// The API of gitlab.com, whose component catalogue has the template.
const PUBLIC_GITLAB: &str = "https://gitlab.com/api/v4";

/// A forge for which there is a set-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forge {
    /// GitHub.
    GitHub,
    /// gitlab.com, whose catalogue has the component.
    GitLab,
    /// A self-managed GitLab, which may not reach the catalogue of gitlab.com.
    OwnGitLab,
}

/// The result of the inspection.
#[derive(Clone, Debug)]
pub struct Found {
    /// The top folder of the work tree.
    pub top: PathBuf,
    /// The forges that run the gate.
    pub forges: Vec<Forge>,
    /// The charts of the repository.
    pub charts: usize,
    /// The number of references, including charts of chart repositories.
    pub references: usize,
    /// The number of references to charts of chart repositories.
    pub fetched_charts: usize,
    /// The registries of the images.
    pub registries: Registries,
    /// The existing findings; `None` if no registry was queried.
    pub broken: Option<Baseline>,
    /// The number of references that could not be verified, and are therefore not in the baseline.
    pub unverified: usize,
}

/// The registries of a repository's images.
#[derive(Clone, Debug, Default)]
pub struct Registries {
    /// The registries, each with its number of references, the most used first.
    pub used: Vec<(String, usize)>,
    /// The registries that did not answer.
    pub unreachable: Vec<String>,
    /// The registries that refused a query: they need a login.
    pub refused: Vec<String>,
}

impl Found {
    /// Inspects a repository, the files of its work tree, and the report about them. `forge`: the forge that
    /// the user named; `variable` reads the environment.
    pub fn new(
        repository: &Repository,
        files: &[RepoPath],
        report: &Report,
        forge: Option<Forge>,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Self {
        let top = repository.workdir().map(Path::to_owned).unwrap_or_default();
        let charts = files.iter().filter(|file| file.file_name() == "Chart.yaml").count();
        let targets = || report.references.iter().map(|(reference, _)| &reference.target);
        let fetched_charts = targets().filter(|target| matches!(target, Target::Chart(_))).count();
        Self {
            forges: forge.map_or_else(|| forges(repository, &top, variable), |named| vec![named]),
            top,
            charts,
            references: report.references.len(),
            fetched_charts,
            registries: registries(report),
            broken: report.asked.then(|| Baseline::of(report)),
            unverified: report.summary.unverified,
        }
    }
}

/// The forge of the remote; if it is not known, the forges whose files exist.
fn forges(repository: &Repository, top: &Path, variable: &dyn Fn(&str) -> Option<String>) -> Vec<Forge> {
    let remote = repository.remote().and_then(|name| repository.push_url(&name));
    let place = remote.and_then(|address| Place::of(&address, None, variable).ok());
    match place {
        Some(Place { kind: Kind::GitHub, .. }) => return vec![Forge::GitHub],
        Some(Place { kind: Kind::GitLab, api, .. }) if api == PUBLIC_GITLAB => return vec![Forge::GitLab],
        Some(Place { kind: Kind::GitLab, .. }) => return vec![Forge::OwnGitLab],
        Some(Place { kind: Kind::Gitea, .. }) => return Vec::new(),
        None => {}
    }
    let mut forges = Vec::new();
    if top.join(".github/workflows").is_dir() {
        forges.push(Forge::GitHub);
    }
    if top.join(".gitlab-ci.yml").is_file() {
        forges.push(Forge::OwnGitLab);
    }
    forges
}

fn registries(report: &Report) -> Registries {
    let mut used: BTreeMap<&str, usize> = BTreeMap::new();
    for (reference, _) in &report.references {
        if let Target::Known(image) = &reference.target {
            *used.entry(&image.registry).or_default() += 1;
        }
    }
    let mut used: Vec<(String, usize)> = used.into_iter().map(|(host, n)| (host.to_owned(), n)).collect();
    used.sort_by(|(first, many), (second, more)| more.cmp(many).then_with(|| first.cmp(second)));
    Registries { used, unreachable: of_rules(report, &[Rule::Unreachable]), refused: refused(report) }
}

fn refused(report: &Report) -> Vec<String> {
    of_rules(report, &[Rule::Unauthorized, Rule::MissingOrPrivate])
}

/// The registries of the findings of these rules, each once.
fn of_rules(report: &Report, rules: &[Rule]) -> Vec<String> {
    let mut hosts = Vec::new();
    for finding in &report.findings {
        if !rules.contains(&finding.rule) || finding.rule.class() != Class::Unverified {
            continue;
        }
        let reference = finding.reference.and_then(|index| report.references.get(index));
        if let Some(Target::Known(image)) = reference.map(|(reference, _)| &reference.target) {
            hosts.push(image.registry.clone());
        }
    }
    hosts.sort();
    hosts.dedup();
    hosts
}
