//! The rules: the kinds of findings and how grave each is. People write the id of a rule in ignores, so it never
//! changes.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How a finding is shown, and whether it fails the check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Fails the check.
    Error,
    /// Shown, does not fail.
    Warning,
    /// Said once, does not fail.
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

/// What a rule stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Known, with this severity.
    Known(Severity),
    /// Could not be verified: error or warning, as `--on-unverified` says.
    Unverified,
}

macro_rules! rules {
    ($($variant:ident $id:literal $class:expr, $summary:literal;)*) => {
        /// A rule.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Rule { $(#[doc = $summary] $variant,)* }

        impl Rule {
            /// All rules, the gravest first.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The stable name.
            pub fn id(self) -> &'static str {
                match self { $(Self::$variant => $id,)* }
            }

            /// What it stands for.
            pub fn class(self) -> Class {
                match self { $(Self::$variant => $class,)* }
            }

            /// One line on it.
            pub fn summary(self) -> &'static str {
                match self { $(Self::$variant => $summary,)* }
            }
        }
    };
}

const ERROR: Class = Class::Known(Severity::Error);
const WARNING: Class = Class::Known(Severity::Warning);
const NOTICE: Class = Class::Known(Severity::Notice);

rules! {
    MissingTag "missing-tag" ERROR, "The repository exists, and has no such tag.";
    MissingDigest "missing-digest" ERROR, "The repository exists, and has no manifest of that digest.";
    MissingRepository "missing-repository" ERROR, "The registry has no such repository.";
    MissingPlatform "missing-platform" ERROR, "The image is there, and not for a platform that is asked for.";
    WrongKind "wrong-kind" ERROR, "A chart stands where an image belongs, or the reverse.";
    MalformedReference "malformed-reference" ERROR, "The text is no image reference.";
    NumericTag "numeric-tag" ERROR, "An unquoted tag is a number to YAML, and turns into another string.";
    RateLimited "rate-limited" Class::Unverified, "The registry limits how often it may be asked.";
    Unreachable "unreachable" Class::Unverified, "The registry did not answer.";
    RegistryError "registry-error" Class::Unverified, "The registry answered, but not as a registry should.";
    Unauthorized "unauthorized" Class::Unverified, "The registry asks for credentials, or rejected those it was given.";
    MissingOrPrivate "missing-or-private" Class::Unverified, "The registry denies the repository: it does not exist, or is private.";
    UnreadableFile "unreadable-file" Class::Unverified, "A file could not be read, so nothing in it was verified.";
    MovedTag "moved-tag" WARNING, "Tag and digest are both written and disagree.";
    UnparseableFile "unparseable-file" WARNING, "A file or document is not YAML, so nothing in it was checked.";
    BrokenKustomization "broken-kustomization" WARNING, "A kustomization names what is not there, or a patch does not apply.";
    OldManifest "old-manifest" WARNING, "The image has a schema 1 manifest, which current runtimes refuse.";
    UnknownRegistry "unknown-registry" NOTICE, "Helm values leave the registry to the chart, so the image was not checked.";
    UnresolvedReference "unresolved-reference" NOTICE, "The reference is made elsewhere: a template, a variable, a placeholder.";
    SameCommit "same-commit" NOTICE, "Base and head are the same, so nothing was compared.";
    IgnoreAdded "ignore-added" NOTICE, "The change adds an inline ignore, which lets a finding pass.";
    NotChecked "not-checked" NOTICE, "Something that may deploy images is not understood.";
}

impl Rule {
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
