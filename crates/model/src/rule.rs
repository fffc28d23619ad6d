//! The rules: the kinds of findings, with their severities. Users write the id of a rule in ignores, so that
//! it never changes.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The severity of a finding, which decides if it fails the check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The check fails.
    Error,
    /// It is reported, and the check does not fail.
    Warning,
    /// It is reported once, and the check does not fail.
    Notice,
}

impl Severity {
    /// As written in JSON: `error`, `warning`, `notice`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }
}

/// The class of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Known, with this severity.
    Known(Severity),
    /// Unverified: `--on-unverified` decides if it is an error or a warning.
    Unverified,
    /// A rule of the repository's own: off, unless the configuration sets a severity.
    Optional,
}

macro_rules! rules {
    ($($variant:ident $id:literal $class:expr, $summary:literal;)*) => {
        /// A rule.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Rule { $(#[doc = $summary] $variant,)* }

        impl Rule {
            /// All rules, the most severe first.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The stable name.
            pub fn id(self) -> &'static str {
                match self { $(Self::$variant => $id,)* }
            }

            /// Its class.
            pub fn class(self) -> Class {
                match self { $(Self::$variant => $class,)* }
            }

            /// A description in one line.
            pub fn summary(self) -> &'static str {
                match self { $(Self::$variant => $summary,)* }
            }
        }
    };
}

const ERROR: Class = Class::Known(Severity::Error);
const WARNING: Class = Class::Known(Severity::Warning);
const NOTICE: Class = Class::Known(Severity::Notice);

/// Rules about a state that is not a mistake, even with `--strict`.
const STATES: [Rule; 6] = [
    Rule::SameCommit,
    Rule::Suspends,
    Rule::Resumes,
    Rule::SuspendedParent,
    Rule::Suspended,
    Rule::DeploysAroundGit,
];

rules! {
    MissingTag "missing-tag" ERROR, "The repository has no such tag.";
    MissingDigest "missing-digest" ERROR, "The repository has no manifest of that digest.";
    MissingRepository "missing-repository" ERROR, "The registry has no such repository.";
    MissingChartVersion "missing-chart-version" ERROR, "The chart repository has no such chart, or no such version of it.";
    MissingPlatform "missing-platform" ERROR, "The image has no build for a required platform.";
    WrongKind "wrong-kind" ERROR, "A Helm chart where an image is expected, or the reverse.";
    MalformedReference "malformed-reference" ERROR, "The text is not an image reference.";
    NumericTag "numeric-tag" ERROR, "YAML reads an unquoted tag as a number, rendered as another string.";
    RateLimited "rate-limited" Class::Unverified, "The registry limits the rate of requests.";
    Unreachable "unreachable" Class::Unverified, "The registry did not answer.";
    RegistryError "registry-error" Class::Unverified, "The registry failed, or its answer breaks the specification.";
    Unauthorized "unauthorized" Class::Unverified, "The registry requires credentials, or rejected the configured ones.";
    MissingOrPrivate "missing-or-private" Class::Unverified, "The registry denies the repository: it does not exist, or is private.";
    UnreadableFile "unreadable-file" Class::Unverified, "A file could not be read, so nothing in it was verified.";
    MutableTag "mutable-tag" Class::Optional, "The tag is mutable, such as latest or the name of a branch.";
    DigestRequired "digest-required" Class::Optional, "The image is named without a digest.";
    RegistryNotAllowed "registry-not-allowed" Class::Optional, "The image comes from a registry that is not in the list of allowed ones.";
    MovedTag "moved-tag" WARNING, "Tag and digest are both written and disagree.";
    UnparseableFile "unparseable-file" WARNING, "A file or document is not YAML, so nothing in it was checked.";
    BrokenKustomization "broken-kustomization" WARNING, "kustomize build would fail: an absent file, a patch that does not apply.";
    OldManifest "old-manifest" WARNING, "The image has a schema 1 manifest, which current runtimes refuse.";
    UnknownRegistry "unknown-registry" NOTICE, "Helm values leave the registry to the chart, so the image was not checked.";
    UnresolvedReference "unresolved-reference" NOTICE, "The reference is filled in elsewhere: a template, a variable, a placeholder.";
    SameCommit "same-commit" NOTICE, "Base and head are the same, so nothing was compared.";
    IgnoreAdded "ignore-added" NOTICE, "The change adds an inline ignore, which suppresses a finding.";
    Suspends "suspends" NOTICE, "The change suspends an object, so nothing of it is rolled out.";
    Resumes "resumes" NOTICE, "The change resumes an object, so all changes since then are rolled out.";
    SuspendedParent "suspended-parent" NOTICE, "The deployer of the change is suspended, so the change is not rolled out.";
    Suspended "suspended" NOTICE, "An object is suspended in Git, so no change of it is rolled out.";
    DeploysAroundGit "deploys-around-git" NOTICE, "A CI file reaches a cluster directly, so Git does not decide which images run.";
    NotChecked "not-checked" NOTICE, "A file or an object that may deploy images was not checked.";
}

impl Rule {
    /// The least severity that the configuration may set; `None` if the rule may be off.
    pub fn least(self) -> Option<Severity> {
        match self.class() {
            Class::Unverified => Some(Severity::Warning),
            _ if self.hides_content() => Some(Severity::Notice),
            _ => None,
        }
    }

    /// True if `--strict` makes it an error.
    pub fn is_raised_by_strict(self) -> bool {
        match self.class() {
            Class::Known(Severity::Notice) => !STATES.contains(&self),
            // Strict reports every part that was not checked as an error.
            Class::Known(_) => matches!(self, Self::UnparseableFile | Self::BrokenKustomization),
            Class::Unverified | Class::Optional => false,
        }
    }

    /// True for rules about content that was not read, or not completely, so that there may be more images
    /// than are known.
    pub fn hides_content(self) -> bool {
        matches!(self, Self::UnreadableFile | Self::UnparseableFile | Self::SameCommit | Self::NotChecked)
    }

    /// The rule of this id.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|rule| rule.id() == id)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}
