//! The places that deploy an image, as `pullable where --format json` writes them; `schemas/where.schema.json` is the
//! same for other programs.

use serde::{Deserialize, Serialize};

use crate::finding::Reference;
use crate::report::{ReferenceEntry, Tool};
use crate::since::SinceCommit;

/// The version of the format.
pub const LOCATED_SCHEMA_VERSION: u32 = 1;

/// The places of images in a commit.
#[derive(Clone, Debug)]
pub struct Places {
    /// Object id of the commit.
    pub head: String,
    /// The images and patterns that were searched.
    pub wanted: Vec<String>,
    /// The places, in the order of image, path and place.
    pub places: Vec<Place>,
    /// Images of the same last part of the name, if there is no place.
    pub near: Vec<String>,
    /// References and files that may deploy the images too, and are not known without network or without
    /// rendering.
    pub unknown: Vec<Unknown>,
}

/// A place that deploys an image.
#[derive(Clone, Debug)]
pub struct Place {
    /// The reference.
    pub reference: Reference,
    /// The commit since which each unit has it, in the order of the reference; `None` if the history was not
    /// walked.
    pub since: Option<Vec<SinceEntry>>,
}

impl Places {
    /// 0 if an image is deployed, otherwise 3 if a part is not known, otherwise 1.
    pub fn exit_code(&self) -> u8 {
        match (self.places.is_empty(), self.unknown.is_empty()) {
            (false, _) => 0,
            (true, false) => 3,
            (true, true) => 1,
        }
    }
}

/// The result of one run as a document. Fields are in the order in which they are written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// Always [`LOCATED_SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The program that wrote it.
    pub tool: Tool,
    /// Object id of the commit that was read.
    pub head: String,
    /// The images and patterns that were searched.
    pub wanted: Vec<String>,
    /// The places, in the order of image, path and place.
    pub places: Vec<PlaceEntry>,
    /// References and files that may deploy the images too.
    pub unknown: Vec<Unknown>,
}

/// A place that deploys an image: a reference of a report, and the commit since which each unit has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceEntry {
    /// The reference.
    #[serde(flatten)]
    pub reference: ReferenceEntry,
    /// One for each unit; absent if the history was not walked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Vec<SinceEntry>>,
}

/// The commit since which a unit deploys an image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SinceEntry {
    /// The unit.
    pub unit: String,
    /// The commit; `None` if it is not known.
    pub commit: Option<SinceCommit>,
    /// The reason why the commit is not known, or not exact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// References or files that may deploy the image too.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unknown {
    /// Their kind.
    pub reason: UnknownReason,
    /// Their number.
    pub count: usize,
    /// Some of them: images of charts, texts of references, or paths.
    pub examples: Vec<String>,
}

/// The reasons why references are not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnknownReason {
    /// Charts and artifacts of registries and chart repositories, whose content is not in Git.
    NotInGit,
    /// References that are filled in elsewhere.
    Unresolved,
    /// References whose registry the chart decides.
    GuessedRegistry,
    /// Files, or parts of them, that were not read.
    NotRead,
}
