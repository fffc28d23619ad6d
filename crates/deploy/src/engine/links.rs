//! Symbolic links within the repository, as they are in git's tree: a link to a file, and every file below a
//! link to a folder, is an additional path of a file. The files of a side include these paths.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Deref;
use std::sync::Arc;

use model::{FileProblem, Rule};
use source::change::Change;
use source::{Files, ReadError, RepoPath};

use crate::engine::path::escapes;

/// Maximum number of links that are followed for one path: that of Go. The limit of Linux is lower.
const MAX_HOPS: usize = 255;
/// Maximum number of additional paths of a side.
const MAX_PATHS: usize = if cfg!(test) { 1000 } else { 200_000 };

/// Files that a side borrows, or shares with others.
pub enum Held<'a> {
    /// Borrowed.
    Borrowed(&'a dyn Files),
    /// Shared.
    Shared(Arc<dyn Files>),
}

impl<'a> From<&'a dyn Files> for Held<'a> {
    fn from(files: &'a dyn Files) -> Self {
        Self::Borrowed(files)
    }
}

impl From<Arc<dyn Files>> for Held<'_> {
    fn from(files: Arc<dyn Files>) -> Self {
        Self::Shared(files)
    }
}

impl<'a> Deref for Held<'a> {
    type Target = dyn Files + 'a;

    fn deref(&self) -> &Self::Target {
        match self {
            Self::Borrowed(files) => *files,
            Self::Shared(files) => &**files,
        }
    }
}

/// The files of a side with their additional paths.
pub(crate) struct Followed<'a> {
    files: Held<'a>,
    /// From an additional path to the path of the file.
    real: BTreeMap<RepoPath, RepoPath>,
    /// Links to folders.
    folders: BTreeSet<RepoPath>,
    /// The first link whose files are not all known.
    cut: Option<RepoPath>,
}

impl<'a> Followed<'a> {
    /// Resolves the links of a set of files.
    ///
    /// # Errors
    /// [`ReadError`] if the files or the links cannot be listed.
    pub(crate) fn new(files: Held<'a>) -> Result<Self, ReadError> {
        let links: BTreeMap<RepoPath, String> = files.links()?.into_iter().collect();
        let mut followed = Self { files, real: BTreeMap::new(), folders: BTreeSet::new(), cut: None };
        if links.is_empty() {
            return Ok(followed);
        }
        let all = followed.files.list()?;
        for link in links.keys() {
            if let Some(target) = resolve(&links, link) {
                followed.add(&all, link, &target);
            }
        }
        Ok(followed)
    }

    /// `all`: the regular files, sorted.
    fn add(&mut self, all: &[RepoPath], link: &RepoPath, target: &RepoPath) {
        if all.binary_search(target).is_ok() {
            self.real.insert(link.clone(), target.clone());
            return;
        }
        let prefix = format!("{target}/");
        let start = all.partition_point(|path| path.as_str() < prefix.as_str());
        for path in all.get(start..).unwrap_or_default() {
            let Some(rest) = path.as_str().strip_prefix(&prefix) else { break };
            if self.real.len() >= MAX_PATHS {
                self.cut.get_or_insert_with(|| link.clone());
                break;
            }
            self.real.insert(link.join(rest), path.clone());
            self.folders.insert(link.clone());
        }
    }

    /// The problem of links to folders with more files than are followed.
    pub(crate) fn problem(&self) -> Option<FileProblem> {
        let path = self.cut.clone()?;
        Some(FileProblem {
            rule: Rule::UnreadableFile,
            path,
            cause: "links".to_owned(),
            message: format!(
                "symbolic links make more than {MAX_PATHS} additional paths of files; those below this link are not all known"
            ),
            help: Some("what is deployed by these paths was not verified".to_owned()),
            site: None,
            about: 0,
        })
    }

    /// The path of the file for an additional path; `None` for the path of a regular file.
    pub(crate) fn real(&self, path: &RepoPath) -> Option<&RepoPath> {
        self.real.get(path)
    }

    /// True if a path is below a link to a folder.
    pub(crate) fn is_below_link(&self, path: &RepoPath) -> bool {
        self.folders.contains(path) || path.ancestors().any(|folder| self.folders.contains(&folder))
    }
}

impl Files for Followed<'_> {
    fn read(&self, path: &RepoPath, limit: u64) -> Result<Option<Vec<u8>>, ReadError> {
        self.files.read(self.real(path).unwrap_or(path), limit)
    }

    fn unlisted(&self, folder: &RepoPath) -> Vec<RepoPath> {
        self.files.unlisted(folder)
    }

    fn sort_for_reading(&self, paths: &mut [&RepoPath]) {
        self.files.sort_for_reading(paths);
    }

    fn list(&self) -> Result<Vec<RepoPath>, ReadError> {
        let mut all = self.files.list()?;
        all.extend(self.real.keys().cloned());
        all.sort();
        all.dedup();
        Ok(all)
    }
}

/// The changes of a comparison, and the resulting changes of additional paths. Without a base the links of
/// both sides are the same.
pub(crate) fn all_changes(
    changes: &[Change],
    head: &Followed<'_>,
    base: Option<&Followed<'_>>,
) -> Vec<Change> {
    let mut all = changes.to_vec();
    let base = base.unwrap_or(head);
    let differing: HashSet<&RepoPath> =
        changes.iter().flat_map(|change| change.base.iter().chain(&change.head)).collect();
    // A link may replace a regular file, and a regular file a link.
    let regular_before: HashSet<&RepoPath> =
        changes.iter().filter_map(|change| change.base.as_ref()).collect();
    let regular_after: HashSet<&RepoPath> =
        changes.iter().filter_map(|change| change.head.as_ref()).collect();
    let paths: BTreeSet<&RepoPath> = head.real.keys().chain(base.real.keys()).collect();
    for path in paths {
        let (before, after) = (base.real(path), head.real(path));
        let content = [before, after].into_iter().flatten().any(|real| differing.contains(real));
        if before != after || content {
            let was_there = before.is_some() || regular_before.contains(path);
            let is_there = after.is_some() || regular_after.contains(path);
            all.push(Change { base: was_there.then(|| path.clone()), head: is_there.then(|| path.clone()) });
        }
    }
    all
}

/// The target of a link, with all links resolved; `None` for a target outside of the repository, and for a
/// cycle.
fn resolve(links: &BTreeMap<RepoPath, String>, link: &RepoPath) -> Option<RepoPath> {
    let mut path = link.clone();
    for _ in 0..=MAX_HOPS {
        let Some((at, target)) = first_link(links, &path) else {
            return (path != *link).then_some(path);
        };
        let folder = at.parent();
        if escapes(&folder, target) {
            return None;
        }
        let rest =
            path.as_str().get(at.as_str().len()..).unwrap_or_default().trim_start_matches('/').to_owned();
        path = folder.join(target).join(&rest);
    }
    None
}

/// The outermost link in a path, the path itself included.
fn first_link<'l>(links: &'l BTreeMap<RepoPath, String>, path: &RepoPath) -> Option<(RepoPath, &'l str)> {
    let mut above: Vec<RepoPath> = path.ancestors().collect();
    above.reverse();
    above.push(path.clone());
    for part in above {
        if let Some(target) = links.get(&part) {
            return Some((part, target));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder `a` with 600 files, and links.
    struct Linked(Vec<(RepoPath, String)>);

    impl Files for Linked {
        fn read(&self, _: &RepoPath, _: u64) -> Result<Option<Vec<u8>>, ReadError> {
            Ok(None)
        }

        fn list(&self) -> Result<Vec<RepoPath>, ReadError> {
            let mut all: Vec<RepoPath> = (0..600).map(|n| RepoPath::new(&format!("a/{n}"))).collect();
            all.sort();
            Ok(all)
        }

        fn links(&self) -> Result<Vec<(RepoPath, String)>, ReadError> {
            Ok(self.0.clone())
        }
    }

    #[test]
    fn links_beyond_the_limit_are_a_problem() {
        let problem = |links: &[&str]| {
            let links = links.iter().map(|link| (RepoPath::new(link), "a".to_owned())).collect();
            let followed = Followed::new(Held::Shared(Arc::new(Linked(links)))).unwrap();
            followed.problem().map(|problem| problem.path.to_string())
        };
        assert_eq!(problem(&["b"]), None);
        assert_eq!(problem(&["b", "c", "d"]).as_deref(), Some("c"));
    }

    fn resolved(links: &[(&str, &str)], link: &str) -> Option<String> {
        let links = links.iter().map(|(path, target)| (RepoPath::new(path), (*target).to_owned())).collect();
        resolve(&links, &RepoPath::new(link)).map(|path| path.to_string())
    }

    #[test]
    fn links_lead_within_the_repository() {
        assert_eq!(resolved(&[("apps/l.yaml", "../lib/x.tpl")], "apps/l.yaml").as_deref(), Some("lib/x.tpl"));
        let chain = [("a/l", "../b/m"), ("b", "c"), ("c/m", "n")];
        assert_eq!(resolved(&chain, "a/l").as_deref(), Some("c/n"));
        for target in ["/etc/hostname", "../../outside", "l.yaml"] {
            assert_eq!(resolved(&[("apps/l.yaml", target)], "apps/l.yaml"), None, "{target}");
        }
        assert_eq!(resolved(&[("a", "b"), ("b", "a")], "a"), None);
        let chain: Vec<(String, String)> =
            (0..256).map(|n| (format!("l{n}"), format!("l{}", n + 1))).collect();
        let chain: Vec<(&str, &str)> =
            chain.iter().map(|(link, target)| (link.as_str(), target.as_str())).collect();
        assert_eq!(resolved(&chain, "l1").as_deref(), Some("l256"));
        assert_eq!(resolved(&chain, "l0"), None);
    }
}
