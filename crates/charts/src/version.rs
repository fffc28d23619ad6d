//! The version that a request takes. Helm, Flux and Argo CD read versions and ranges with the same library,
//! but differ in strictness, and in their treatment of a version that is written in full.

use std::cmp::Reverse;

use model::chart::{Consumer, NoVersion};
use model::nearest;
use registry::version::{Range, loose, three_parts};
use semver::Version;

use crate::entry::Entry;
use model::time::instant;

/// The range of all stable versions, which is used if no version is written.
const STABLE: &str = "*";
/// Maximum number of suggestions.
const MOST_NEAR: usize = 3;

/// The tag of an OCI repository that a request takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TagChoice {
    /// This tag; no list is read.
    Tag(String),
    /// One of the tags that the registry lists; see [`choose_tag`].
    Listed,
}

/// The entry of an index that a request selects.
///
/// # Errors
/// [`NoVersion`] if it selects none.
pub fn choose<'a>(consumer: Consumer, wanted: &str, entries: &'a [Entry]) -> Result<&'a Entry, NoVersion> {
    match consumer {
        Consumer::Flux | Consumer::FluxArtifact => flux(wanted, entries),
        // Argo CD passes a version to Helm as it is written, and resolves a range first.
        Consumer::ArgoCd if loose(wanted).is_none() => newest(wanted, &read(entries, loose)),
        Consumer::ArgoCd | Consumer::Helm => helm(wanted, entries),
    }
}

/// The way in which a tag of an OCI repository is found. A `+` of a version is a `_` of a tag.
pub fn tag_choice(consumer: Consumer, wanted: &str) -> TagChoice {
    let version = match consumer {
        Consumer::FluxArtifact => None,
        Consumer::Flux => three_parts(wanted),
        Consumer::Helm | Consumer::ArgoCd => loose(wanted),
    };
    if version.is_some() { TagChoice::Tag(wanted.replace('+', "_")) } else { TagChoice::Listed }
}

/// The tag that a request selects from a list. Helm, and Flux with a `HelmRepository`, read tags strictly:
/// without `v`, leading zeros or omitted parts.
///
/// # Errors
/// [`NoVersion`] if it selects none.
pub fn choose_tag<'a>(consumer: Consumer, wanted: &str, tags: &'a [String]) -> Result<&'a String, NoVersion> {
    let parse = match consumer {
        Consumer::ArgoCd => loose,
        Consumer::FluxArtifact => three_parts,
        Consumer::Helm | Consumer::Flux => strict,
    };
    let mut versions = Vec::new();
    for tag in tags {
        versions.extend(parse(&tag.replacen('_', "+", 1)).map(|version| (version, tag)));
    }
    newest(wanted, &versions)
}

/// The versions that may have been meant: the one of the most similar name, unless a range was written, then
/// the newest of the same line, then the newest of all. Three at most. They may be tags, in which `_`
/// replaces `+`.
pub fn near(wanted: &str, versions: &[String]) -> Vec<String> {
    let mut sorted: Vec<(Version, &String)> = Vec::new();
    for text in versions {
        sorted.extend(loose(&text.replacen('_', "+", 1)).map(|version| (version, text)));
    }
    sorted.sort_by(|(a, _), (b, _)| b.pre.is_empty().cmp(&a.pre.is_empty()).then(b.cmp_precedence(a)));
    let asked = loose(wanted.trim());
    let (line, others): (Vec<_>, Vec<_>) = sorted.into_iter().partition(|(version, _)| {
        asked.as_ref().is_some_and(|asked| (asked.major, asked.minor) == (version.major, version.minor))
    });
    let is_range = asked.is_none() && Range::parse(wanted).is_some();
    let named = versions.iter().map(String::as_str).filter(|_| !is_range);
    let similar = nearest(wanted, named);
    let newest = line.iter().chain(&others).map(|(_, text)| text.as_str());
    let mut found: Vec<String> = Vec::new();
    for text in similar.into_iter().chain(newest) {
        if found.len() < MOST_NEAR && text != wanted && !found.iter().any(|known| known == text) {
            found.push(text.to_owned());
        }
    }
    found
}

/// The entry as Helm selects it: the listed version that equals the text, otherwise the newest version in the
/// range that the text means.
fn helm<'a>(wanted: &str, entries: &'a [Entry]) -> Result<&'a Entry, NoVersion> {
    let range = range_of(wanted)?;
    let versions = read(entries, loose);
    if let Some((_, entry)) = versions.iter().find(|(_, entry)| entry.version == wanted) {
        return Ok(entry);
    }
    newest_in(&range, &versions)
}

/// The entry as Flux selects it: versions have three parts, and among equal versions the last upload is the
/// newest.
fn flux<'a>(wanted: &str, entries: &'a [Entry]) -> Result<&'a Entry, NoVersion> {
    if let Some((_, entry)) = read(entries, loose).iter().find(|(_, entry)| entry.version == wanted) {
        return Ok(entry);
    }
    let range = range_of(wanted)?;
    let mut versions = read(entries, three_parts);
    versions.sort_by_key(|(_, entry)| Reverse(instant(&entry.created)));
    newest_in(&range, &versions)
}

/// The entries whose versions can be read. Helm and Flux drop all others when they read an index.
fn read(entries: &[Entry], parse: fn(&str) -> Option<Version>) -> Vec<(Version, &Entry)> {
    let mut versions = Vec::new();
    for entry in entries {
        versions.extend(parse(&entry.version).map(|version| (version, entry)));
    }
    versions
}

/// The newest version in the range that a text means.
fn newest<T: Copy>(wanted: &str, versions: &[(Version, T)]) -> Result<T, NoVersion> {
    newest_in(&range_of(wanted)?, versions)
}

/// The newest version in a range; among equal versions the first.
fn newest_in<T: Copy>(range: &Range, versions: &[(Version, T)]) -> Result<T, NoVersion> {
    let mut best: Option<&(Version, T)> = None;
    for candidate in versions {
        let newer = best.is_none_or(|(version, _)| candidate.0.cmp_precedence(version).is_gt());
        if newer && range.admits(&candidate.0) {
            best = Some(candidate);
        }
    }
    best.map(|(_, item)| *item).ok_or(NoVersion::None)
}

/// The range that a text means.
fn range_of(wanted: &str) -> Result<Range, NoVersion> {
    Range::parse(if wanted.is_empty() { STABLE } else { wanted }).ok_or(NoVersion::NotAVersion)
}

/// A version in the strict form of the specification.
fn strict(text: &str) -> Option<Version> {
    Version::parse(text).ok()
}

#[cfg(test)]
mod tests;
