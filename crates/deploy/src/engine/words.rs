//! The words in a file that show which other objects its documents may name. A file is scanned for them
//! without parsing, so a word that occurs may have no meaning, but an absent word excludes the objects that
//! need it.

use std::sync::LazyLock;

use regex::bytes::Regex;

use crate::ecosystem::{argo_cd, flux};

/// Words that occur in a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Words(u16);

impl Words {
    pub(crate) const CONFIG_MAP: Self = Self(1);
    pub(crate) const HELM_REPOSITORY: Self = Self(2);
    pub(crate) const HELM_RELEASE: Self = Self(4);
    pub(crate) const SECRET: Self = Self(8);
    /// Fields that name files by their paths, and kinds that read files.
    pub(crate) const FILES: Self = Self(16);
    /// The API groups of resources that deploy folders, and the kind of the repositories that these name.
    pub(crate) const DEPLOYER: Self = Self(32);
    pub(crate) const OCI_REPOSITORY: Self = Self(64);
    pub(crate) const HELM_CHART: Self = Self(128);
    /// The field that suspends an object of Flux.
    pub(crate) const SUSPEND: Self = Self(256);
    /// The API group of Flux's sources.
    pub(crate) const SOURCE: Self = Self(512);
    /// The API groups of resources that deploy folders, in any text.
    pub(crate) const GROUP: Self = Self(1024);
    /// A file that was not scanned, or has escaped letters, may contain any word.
    pub(crate) const ALL: Self = Self(2047);
    /// Words by which a patch within a kustomization makes another resource name files or releases.
    pub(crate) const PATCHED: Self = Self(2 | 4 | 16 | 128);
    /// Resources that look others up by name when they are read.
    pub(crate) const LOOKING_UP: Self = Self(4 | 128);
    /// Resources that name files or other resources.
    pub(crate) const NAMING: Self = Self(2 | 4 | 32 | 128);

    /// The words of a file.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        if matches!(bytes, [0, ..] | [_, 0, ..] | [0xfe, 0xff, ..] | [0xff, 0xfe, ..]) {
            // UTF-16, whose letters are not bytes.
            return Self::ALL;
        }
        let mut words = Self::default();
        for found in WORDS.iter().flat_map(|pattern| pattern.find_iter(bytes)) {
            words = words.with(Self::word(found.as_bytes()));
        }
        words
    }

    fn word(word: &[u8]) -> Self {
        match word {
            b"ConfigMap" => Self::CONFIG_MAP,
            b"HelmRepository" => Self::HELM_REPOSITORY,
            b"HelmRelease" => Self::HELM_RELEASE,
            b"Secret" => Self::SECRET,
            b"OCIRepository" => Self::OCI_REPOSITORY,
            b"HelmChart" => Self::HELM_CHART,
            b"suspend" => Self::SUSPEND,
            b"GitRepository" => Self::DEPLOYER,
            b"source.toolkit.fluxcd.io/" => Self::SOURCE,
            word if word.starts_with(b"\\") => Self::ALL,
            word if word.ends_with(b"/") => Self::DEPLOYER.with(Self::GROUP),
            _ => Self::FILES,
        }
    }

    /// True if it contains one of the words of another set.
    pub(crate) fn holds(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The union of both sets.
    #[must_use]
    pub(crate) const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Its words except those of another set.
    #[must_use]
    pub(crate) fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The intersection of both sets.
    #[must_use]
    pub(crate) fn only(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

/// Escapes in quoted scalars and in JSON, which may spell any word in another way: letters by their number, a slash, and a line
/// that ends in a backslash, because it continues without a blank.
pub(crate) const ESCAPES: &str = r"\\[xuU/\r\n]";

/// `None` only if the pattern is invalid, which the tests would show.
static WORDS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let files: Vec<&str> =
        flux::model::FILE_WORDS.iter().chain(argo_cd::model::FILE_WORDS).copied().collect();
    let files = files.join("|");
    let groups = r"kustomize\.toolkit\.fluxcd\.io/|argoproj\.io/|source\.toolkit\.fluxcd\.io/|GitRepository";
    let named = r"ConfigMap|HelmRepository|HelmRelease|OCIRepository|HelmChart|suspend|(?-u:\bSecret\b)";
    Regex::new(&format!("{groups}|{named}|{files}|{ESCAPES}")).ok()
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_files() {
        assert_eq!(Words::of(b"kind: Deployment\n"), Words::default());
        assert_eq!(Words::of(b"kind: ExternalSecret\n"), Words::default());
        assert_eq!(Words::of(b"kind: Secret\n"), Words::SECRET);
        assert_eq!(Words::of(b"spec: {\"suspend\": true}\n"), Words::SUSPEND);
        assert_eq!(Words::of(b"apiVersion: source.toolkit.fluxcd.io/v1\n"), Words::SOURCE);
        let group = Words::DEPLOYER.with(Words::GROUP);
        assert_eq!(Words::of(b"apiVersion: argoproj.io/v1alpha1\n"), group);
        for file in ["valuesFiles: [a]", "valueFiles:", "fileParameters:", "kind: ApplicationSet"] {
            assert_eq!(Words::of(file.as_bytes()), Words::FILES, "{file}");
        }
        for escaped in ["\"values\\x46iles\"", "\"values\\\nFiles\"", "\"argoproj.io\\/v1\""] {
            assert_eq!(Words::of(escaped.as_bytes()), Words::ALL, "{escaped}");
        }
        assert_eq!(Words::of(b"k\0i\0n\0d\0"), Words::ALL);
    }
}
