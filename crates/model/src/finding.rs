//! The types of the pipeline: references with their places, verdicts, findings, and the report with all of
//! them. Free of presentation: no colour, no escaping, no format.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use thin_vec::ThinVec;

use crate::audit::Audit;
use crate::chart;
use crate::default_of::DefaultOf;
use crate::fix::{Candidate, Fix};
use crate::holder::{Holder, Release, Resource};
use crate::left_out::LeftOut;
use crate::problem::Problem;
use crate::rule::{Rule, Severity};
use crate::summary::Summary;
use crate::unit::UnitId;
use crate::verdict::Verdict;
use image::Image;
use source::change::Comparison;
use source::{RepoPath, Site};

/// The kind of artifact that a reference names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A container image.
    Image,
    /// A Helm chart in a registry.
    Chart,
    /// Another artifact in a registry.
    Artifact,
    /// A whole repository: the tag is decided elsewhere.
    Repository,
}

impl Kind {
    /// As written in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Chart => "chart",
            Self::Artifact => "artifact",
            Self::Repository => "repository",
        }
    }
}

/// A place that names an image, with the image. Most lists are empty and a run may have 100,000 references, so the
/// lists are thin: an empty one has the size of a pointer.
#[derive(Clone, Debug)]
pub struct Reference {
    /// The effective image, or the reason why there is none.
    pub target: Target,
    /// The kind of artifact.
    pub kind: Kind,
    /// The deciding scalar.
    pub site: Site,
    /// The places of its parts, as exact as they are known.
    pub parts: Parts,
    /// Other scalars that contribute, each with its label.
    pub related: ThinVec<(Site, &'static str)>,
    /// The resource that holds it.
    pub resource: Option<Arc<Resource>>,
    /// The path of the field in its document: `spec.containers[0].image`.
    pub field: Arc<str>,
    /// The name of the extractor.
    pub extractor: &'static str,
    /// The unit that deploys it.
    pub unit: UnitId,
    /// Other units that deploy it unchanged.
    pub also_in: ThinVec<UnitId>,
    /// True if no registry is written, and the chart may add one.
    pub registry_unknown: bool,
    /// The range of versions that replaces a tag, if there is one.
    pub range: Option<Box<str>>,
    /// The name of the container that holds it.
    pub container: Option<Box<str>>,
    /// The reference of the base that it replaces; `None` for a new one, and if nothing is compared.
    pub previous: Option<Box<Previous>>,
    /// The inline ignores that refer to it.
    pub ignores: ThinVec<Ignore>,
    /// The default of a fetched chart that makes it, or a part of it.
    pub default_of: Option<Box<DefaultOf>>,
    /// The release whose chart makes the resource, if it was rendered.
    pub release: Option<Arc<Release>>,
    /// True if the resource is a hook of Helm or Argo CD.
    pub is_hook: bool,
    /// The reason why nothing known deploys it, as far as this was looked for.
    pub left_out: Option<LeftOut>,
    /// Other resources that hold it unchanged.
    pub also_held: ThinVec<Holder>,
}

/// A reference of the base, with the fields that reports show.
#[derive(Clone, Debug)]
pub struct Previous {
    /// The effective reference, or the text if there is none.
    pub image: String,
    /// The deciding scalar.
    pub site: Site,
}

impl Reference {
    /// True if its tag is a number that kustomize or Kubernetes refuses.
    pub fn is_refused_number(&self) -> bool {
        matches!(&self.target, Target::Malformed(it) if it.rule == Rule::NumericTag && it.printed.is_none())
    }

    /// The names by which patterns match it: the effective image without tag and digest, with its tag, and
    /// complete; the text as it is written if there is no image.
    pub fn names(&self) -> Vec<String> {
        let image = match &self.target {
            Target::Known(image) => image,
            Target::Chart(chart) => return vec![chart.name(), chart.to_string()],
            Target::Malformed(_) | Target::Unknown(_) => return vec![self.site.text().to_owned()],
        };
        let name = image.name();
        if self.kind == Kind::Repository {
            return vec![name];
        }
        let tagged = image.effective_tag().map(|tag| format!("{name}:{tag}"));
        let whole = image.digest.is_some().then(|| image.to_string());
        [Some(name), tagged, whole].into_iter().flatten().collect()
    }

    /// The effective reference, or the repository alone if the tag is decided elsewhere; `None` if it is malformed or not
    /// known.
    pub fn image(&self) -> Option<String> {
        match &self.target {
            Target::Known(image) if self.kind == Kind::Repository => Some(image.name()),
            Target::Known(image) => Some(image.to_string()),
            Target::Chart(chart) => Some(chart.to_string()),
            Target::Malformed(_) | Target::Unknown(_) => None,
        }
    }

    /// The effective reference, or the text as it is written if there is none.
    pub fn image_or_text(&self) -> String {
        self.image().unwrap_or_else(|| self.site.text().to_owned())
    }

    /// All resources that hold it unchanged, in all units.
    pub fn holders(&self) -> Vec<Holder> {
        let mut holders = vec![Holder {
            unit: self.unit.clone(),
            resource: self.resource.clone(),
            container: self.container.clone(),
            release: self.release.clone(),
            is_hook: self.is_hook,
        }];
        holders.extend_from_slice(&self.also_held);
        holders
    }

    /// The inline ignore that covers a rule at a place of this reference.
    pub fn ignore(&self, rule: Rule, at: &Site) -> Option<&Ignore> {
        self.ignores.iter().find(|ignore| ignore.covers(rule, at))
    }
}

/// The effective image of a reference. Each value is one pointer wide, because there are many references, and nearly all name an
/// image.
#[derive(Clone, Debug)]
pub enum Target {
    /// An image for which a registry can be queried.
    Known(Arc<Image>),
    /// A chart of a repository that is read over HTTP.
    Chart(Box<chart::Request>),
    /// A malformed reference, or one that differs from the intended one.
    Malformed(Box<Problem>),
    /// It cannot be known from the repository.
    Unknown(Box<Problem>),
}

impl Target {
    /// A malformed reference, or one that differs from the intended one.
    pub fn malformed(problem: Problem) -> Self {
        Self::Malformed(Box::new(problem))
    }

    /// A reference that cannot be known from the repository.
    pub fn unknown(problem: Problem) -> Self {
        Self::Unknown(Box::new(problem))
    }
}

/// The places of a reference's parts.
#[derive(Clone, Debug, Default)]
pub struct Parts {
    /// Registry and repository.
    pub repository: Option<Site>,
    /// The tag.
    pub tag: Option<Site>,
    /// The digest.
    pub digest: Option<Site>,
}

/// An inline ignore: `# pullable: ignore[rule] reason`.
#[derive(Clone, Debug)]
pub struct Ignore {
    /// The ids of the rules that it names.
    pub rules: Vec<String>,
    /// The reason.
    pub reason: String,
    /// The scalar to which the comment belongs; the ignore covers only this scalar.
    pub scalar: Site,
    /// The comment.
    pub comment: Site,
}

impl Ignore {
    /// The line of the comment, from 1.
    pub fn line(&self) -> usize {
        self.comment.location().line
    }

    /// The place and the reason, for reports.
    pub fn described(&self) -> String {
        format!("ignored on line {}: {}", self.line(), self.reason)
    }

    /// True if it has an effect: it has to name a rule and a reason.
    pub fn is_valid(&self) -> bool {
        !self.rules.is_empty() && !self.reason.is_empty()
    }

    /// True if it covers a rule at a place, which has to lie within its scalar.
    pub fn covers(&self, rule: Rule, at: &Site) -> bool {
        self.is_valid() && self.is_about(at) && self.rules.iter().any(|id| id == rule.id())
    }

    /// True if a place is within the scalar to which the comment belongs.
    pub fn is_about(&self, at: &Site) -> bool {
        let (own, other) = (self.scalar.span, at.span);
        self.scalar.file.path() == at.file.path() && own.start <= other.start && other.end <= own.end
    }

    /// True if it covers a part of a reference: its scalar decides the reference or contains a part of it.
    pub fn is_for(&self, reference: &Reference) -> bool {
        let Parts { repository, tag, digest } = &reference.parts;
        let mut places = vec![&reference.site];
        places.extend([repository, tag, digest].into_iter().flatten());
        self.is_valid() && places.into_iter().any(|place| self.is_about(place))
    }
}

/// A finding of a report.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// The severity, after policy.
    pub severity: Severity,
    /// The fault, in one line.
    pub message: String,
    /// The remedy, or the consequence.
    pub help: Option<String>,
    /// Suggestions, the most likely first.
    pub suggestions: Vec<String>,
    /// Corrections that are certain.
    pub fixes: Vec<Fix>,
    /// Corrections that the user has to confirm, the most likely first.
    pub candidates: Vec<Candidate>,
    /// Index into [`Report::references`].
    pub reference: Option<usize>,
    /// The file.
    pub path: RepoPath,
    /// The place in the file.
    pub site: Option<Site>,
    /// A value that does not change when lines move, for tools that track findings over time.
    pub fingerprint: String,
}

/// The message of the notice about a submodule.
pub const SUBMODULE: &str = "a submodule's files are not checked here";

impl Finding {
    /// True if it is about the whole run, and not about a file.
    pub fn is_of_run(&self) -> bool {
        self.path.as_str().is_empty()
    }

    /// The file in reports: a finding about the whole run is at the root of the repository.
    pub fn shown_path(&self) -> &str {
        if self.is_of_run() { "." } else { self.path.as_str() }
    }

    /// True if content was not read, or nothing was compared: no check mark is printed beside it.
    pub fn is_unseen(&self) -> bool {
        match self.rule {
            Rule::UnreadableFile | Rule::UnparseableFile | Rule::SameCommit => true,
            Rule::NotChecked => self.message.starts_with(SUBMODULE),
            _ => false,
        }
    }
}

/// The result of a run. References and findings are in the order of path and place.
#[derive(Clone, Debug)]
pub struct Report {
    /// The comparison; `None` if whole files were checked.
    pub comparison: Option<Comparison>,
    /// The address below which a browser shows the files of head.
    pub files_at: Option<String>,
    /// Every reference with its verdict.
    pub references: Vec<(Box<Reference>, Verdict)>,
    /// References of the base that the change removes; `None` if base and head are not compared.
    pub removed: Option<Vec<Box<Reference>>>,
    /// Every finding.
    pub findings: Vec<Finding>,
    /// Figures.
    pub summary: Summary,
    /// The use of a baseline.
    pub baseline: Option<BaselineUse>,
    /// The use of `PULLABLE_OVERRIDE`.
    pub overridden: Option<Override>,
    /// True if registries were queried (`check`, not `images`).
    pub asked: bool,
    /// The number of files that were checked.
    pub files: usize,
    /// Changed files that no unit read, outside of charts and deployed folders.
    pub unread: Vec<RepoPath>,
    /// Files that the configuration excludes, and that no other unit reads.
    pub excluded: Vec<RepoPath>,
    /// The version of Helm, if charts were rendered.
    pub renderer: Option<String>,
    /// The answers of `pullable audit`; `None` in a run of the gate.
    pub audit: Option<Audit>,
    /// The time at which the run started, in seconds since 1970; never in the JSON report.
    pub at: i64,
    /// Wall time of the run; only in text output, never in machine formats.
    pub elapsed: Duration,
}

impl Report {
    /// True if its reference may be present nevertheless: Helm prints another tag from a number.
    pub fn is_undecided(&self, finding: &Finding) -> bool {
        let about = finding.reference.and_then(|index| self.references.get(index));
        let Some((reference, Verdict::Malformed)) = about else { return false };
        finding.rule == Rule::NumericTag && !reference.is_refused_number()
    }
}

/// The use of a baseline in a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BaselineUse {
    /// Its findings were left out.
    Applied {
        /// Their number.
        dropped: usize,
        /// Entries that no longer occur; `None` if the run did not read all files that they refer to.
        gone: Option<usize>,
    },
    /// Findings were written to it.
    Written {
        /// Their number.
        findings: usize,
        /// The file.
        file: String,
    },
}

/// The use of `PULLABLE_OVERRIDE`: unverified references pass as warnings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// The reason that was given.
    pub reason: String,
    /// The number of findings that would otherwise be errors.
    pub findings: usize,
}
