//! The identity of a unit: resources that are deployed together.

use std::fmt;

use source::RepoPath;

/// The identity of a unit.
///
/// ```
/// use model::{Deployer, System, UnitId};
/// use source::RepoPath;
///
/// let folder = RepoPath::new("apps/web");
/// assert_eq!(UnitId::Kustomization(folder.clone()).to_string(), "apps/web");
/// let by = Deployer { system: System::Flux, name: Some("web".to_owned()), file: None };
/// assert_eq!(UnitId::Deployed { folder, by }.to_string(), "apps/web (web)");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum UnitId {
    /// A file that no root includes.
    File(RepoPath),
    /// A chart with only its defaults, or with a values file over them.
    Chart {
        /// The folder of `Chart.yaml`.
        folder: RepoPath,
        /// The values file.
        values: Option<RepoPath>,
    },
    /// The folder of a kustomization that no other file includes or deploys.
    Kustomization(RepoPath),
    /// A folder that Flux or Argo CD deploys.
    Deployed {
        /// The folder.
        folder: RepoPath,
        /// The resource that deploys it.
        by: Deployer,
    },
}

/// The resource that deploys a folder.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Deployer {
    /// The system of the resource.
    pub system: System,
    /// Its name, if the folder alone does not identify the unit.
    pub name: Option<String>,
    /// Its file, if folder and name do not identify the unit.
    pub file: Option<RepoPath>,
}

/// A system that deploys folders of a repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum System {
    /// Flux, by a `Kustomization`.
    Flux,
    /// Argo CD, by an `Application`.
    ArgoCd,
}

impl UnitId {
    /// The file or the folder that is deployed.
    pub fn path(&self) -> &RepoPath {
        match self {
            Self::File(path) | Self::Kustomization(path) => path,
            Self::Chart { folder, values } => values.as_ref().unwrap_or(folder),
            Self::Deployed { folder, .. } => folder,
        }
    }
}

impl fmt::Display for UnitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path();
        match self {
            Self::Deployed { by: Deployer { name: Some(name), file: Some(file), .. }, .. } => {
                write!(f, "{path} ({name} of {file})")
            }
            Self::Deployed { by: Deployer { name: Some(name), file: None, .. }, .. } => {
                write!(f, "{path} ({name})")
            }
            _ => write!(f, "{path}"),
        }
    }
}
