//! Versions of sources, in all the forms in which Flux and Argo CD write them.

use crate::bounds::LONGEST_TEXT;
use crate::fields::cut;

/// The version of a source.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Revision {
    /// A commit.
    Commit {
        /// The branch or the tag, without `refs/heads/`; empty if none is named.
        name: String,
        /// Object id, in lower case.
        id: String,
    },
    /// An artifact of a registry or of a bucket.
    Artifact {
        /// The tag; empty if none is named.
        tag: String,
        /// The digest: `sha256:…`.
        digest: String,
    },
    /// The version of a chart, or another text that names no commit.
    Version(String),
}

impl Revision {
    /// Reads `main@sha1:ID`, `sha1:ID`, `v1.2.3@sha256:DIGEST`, `main/ID` of Flux before 2.0, `ID`, and `1.2.3+34295e5b91da`.
    pub fn parse(text: &str) -> Self {
        let text = cut(text, LONGEST_TEXT);
        // Names of branches may contain both separators, so that the last one counts.
        let (name, value) = text.rsplit_once('@').unwrap_or(("", &text));
        if let Some(id) = value.strip_prefix("sha1:").and_then(object_id) {
            return Self::Commit { name: short(name), id };
        }
        if let Some(hex) = value.strip_prefix("sha256:").and_then(object_id) {
            return Self::Artifact { tag: name.to_owned(), digest: format!("sha256:{hex}") };
        }
        let (name, value) = text.rsplit_once('/').unwrap_or(("", &text));
        match object_id(value) {
            Some(id) => Self::Commit { name: short(name), id },
            None => Self::Version(text),
        }
    }

    /// The object id of a commit.
    pub fn commit(&self) -> Option<&str> {
        match self {
            Self::Commit { id, .. } => Some(id),
            _ => None,
        }
    }
}

/// An object id of SHA-1 or SHA-256, in lower case.
fn object_id(text: &str) -> Option<String> {
    let is_id = matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_id.then(|| text.to_ascii_lowercase())
}

fn short(name: &str) -> String {
    let name = name.strip_prefix("refs/").unwrap_or(name);
    name.strip_prefix("heads/").unwrap_or(name).to_owned()
}
