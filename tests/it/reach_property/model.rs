//! A small GitOps repository at two moments. Each value that a change may touch is held twice, so that a change
//! is any difference between the two: a new version, a file added, deleted or renamed, a field switched.

use std::collections::BTreeMap;

/// A side of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Base,
    Head,
}

/// A value at base and at head.
#[derive(Clone, Copy)]
pub struct Both<T> {
    pub base: T,
    pub head: T,
}

impl<T: Copy> Both<T> {
    pub fn at(&self, side: Side) -> T {
        match side {
            Side::Base => self.base,
            Side::Head => self.head,
        }
    }
}

impl<T: std::fmt::Debug + PartialEq> std::fmt::Debug for Both<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.base == self.head {
            return write!(f, "{:?}", self.base);
        }
        write!(f, "{:?} → {:?}", self.base, self.head)
    }
}

/// The files of a repository by path.
pub type Tree = BTreeMap<String, Entry>;

/// An entry of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    File(String),
    /// A symbolic link with its target as git stores it.
    Link(String),
}

/// A repository: folders of manifests, and resources of Flux and Argo CD that deploy them.
#[derive(Clone, Debug)]
pub struct Repository {
    pub folders: Vec<Folder>,
    pub deployers: Vec<Deployer>,
}

/// A folder; its number is part of its name.
#[derive(Clone, Debug)]
pub struct Folder {
    /// Index of a name in [`FOLDERS`](super::names::FOLDERS).
    pub name: Both<usize>,
    pub content: Content,
    pub files: Vec<File>,
    /// The elements of its kustomization.
    pub elements: Vec<Element>,
    /// The folders before it that its kustomization includes, one bit each.
    pub includes: Both<u8>,
}

/// The role of a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    Plain,
    Kustomization,
    Component,
    Chart,
}

/// A manifest, or a values file where the folder is a chart.
#[derive(Clone, Debug)]
pub struct File {
    pub here: Both<bool>,
    /// Index of the end of its name in [`ENDS`](super::names::ENDS).
    pub end: Both<usize>,
    pub version: Both<u8>,
    /// True if the kustomization lists it.
    pub listed: Both<bool>,
    /// Its tag is a variable that Flux substitutes.
    pub variable: bool,
    /// It is a symbolic link to a file outside of its folder.
    pub link: Both<bool>,
    /// It lies in a folder below.
    pub nested: Both<bool>,
}

/// Something that a kustomization does to one of its manifests.
#[derive(Clone, Debug)]
pub struct Element {
    pub here: Both<bool>,
    pub form: Both<Form>,
    pub end: Both<usize>,
    pub version: Both<u8>,
    /// The number of the manifest, or of the deployer that reads a generated `ConfigMap`.
    pub on: usize,
}

/// The fields of a kustomization that name files or images.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Images,
    Patch,
    PatchJson,
    StrategicMerge,
    Json6902,
    TransformerPatch,
    TransformerPatchPath,
    TransformerImages,
    ReplacementFile,
    ReplacementEnvs,
    ReplacementFiles,
    Variables,
}

/// A resource of Flux or Argo CD.
#[derive(Clone, Debug)]
pub struct Deployer {
    pub kind: DeployerKind,
    pub here: Both<bool>,
    /// The number of the folder that it deploys.
    pub folder: Both<usize>,
    /// The folder that its manifest lies in, where that is not `clusters`.
    pub home: Both<Option<usize>>,
    /// Values, variables or images that it adds itself.
    pub own: Both<Option<u8>>,
    /// A `ConfigMap` of values or variables beside it.
    pub config_map: Both<Option<u8>>,
    /// It names values files of the chart, one bit each.
    pub values_files: Both<u8>,
    pub recurse: Both<bool>,
    pub include: Both<bool>,
    /// A patch of Flux with an image of its own.
    pub patch: Both<Option<u8>>,
    /// Index of the end of the name of the file that a git generator reads.
    pub end: Both<usize>,
}

/// The kinds of deployers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeployerKind {
    Flux,
    HelmRelease,
    Application,
    SetOfList,
    SetOfDirectories,
    SetOfFiles,
}
