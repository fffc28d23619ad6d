//! The git generator: the folders and files that its patterns match.

use std::collections::BTreeSet;
use std::hash::Hash as _;

use model::Rule;
use source::RepoPath;
use yaml::{self, Node};

use crate::ecosystem::argo_cd::application_set::expression::normalized;
use crate::ecosystem::argo_cd::application_set::generators::{
    Generators, MAX_APPLICATIONS, open, parameters_of, values,
};
use crate::ecosystem::argo_cd::application_set::glob::{fixed, is_evaluated, literal, matches};
use crate::ecosystem::argo_cd::application_set::parameters::Parameters;
use crate::ecosystem::argo_cd::application_set::problems::{not_checked, unverified};
use crate::ecosystem::argo_cd::model::is_true;
use crate::engine::broken;
use crate::engine::file::{UNREADABLE, read_within};

/// A pattern, and the place where it is written.
type Pattern = (String, Node);

impl Generators<'_> {
    pub(super) fn git(&mut self, key: &Node, node: &Node) -> Vec<Parameters> {
        let prefix = match node.get("pathParamPrefix").and_then(Node::text) {
            Some(prefix) if !prefix.is_empty() => format!("{prefix}."),
            _ => String::new(),
        };
        let url = node.get("repoURL").and_then(Node::scalar);
        let top = url.and_then(|url| self.tree.repository_folder(url)).cloned().unwrap_or_default();
        let mut all = Vec::new();
        for (folder, at) in self.matching(&top, node.list("directories"), false) {
            let mut parameters = Parameters::default();
            self.path(&mut parameters, &prefix, &folder, &at);
            all.push(parameters);
        }
        for (path, at) in self.matching(&top, node.list("files"), true) {
            for mut parameters in self.contents(&top.join(path.as_str()), &at) {
                self.path(&mut parameters, &prefix, &path.parent(), &at);
                let name = path.file_name();
                let root = format!("{prefix}path.");
                parameters.add(&format!("{root}filename"), &Node::text_at(name, &at));
                parameters.add(&format!("{root}filenameNormalized"), &Node::text_at(&normalized(name), &at));
                all.push(parameters);
            }
        }
        for parameters in &mut all {
            for (name, value) in values(node) {
                let value = parameters.put_into(&value, self.go, &mut self.is_cut);
                parameters.add(&name, &value);
            }
        }
        // No match: the generator reads another repository or another branch.
        if all.is_empty() { vec![open(key, node)] } else { all }
    }

    /// The folders or files that globs match, each with the glob. Paths are relative to the root of the
    /// repository.
    fn matching(&mut self, top: &RepoPath, globs: &[Node], files: bool) -> Vec<(RepoPath, Node)> {
        let (included, excluded) = self.patterns(globs, files);
        let (mut taken, mut found) = (BTreeSet::new(), Vec::new());
        for (pattern, at) in included {
            let depth = pattern.split('/').count();
            let mut seen = BTreeSet::new();
            for file in self.tree.files_below(&top.join(fixed(&pattern))) {
                let Some(file) = file.below(top) else { continue };
                if !self.spend(1 + excluded.len(), &at) {
                    return found;
                }
                let Some(path) = (if files { Some(file) } else { folder(&file, depth) }) else { continue };
                if !seen.insert(path.clone()) || taken.contains(&path) {
                    continue;
                }
                let is_excluded = excluded.iter().any(|(not, _)| matches(not, path.as_str(), files));
                if is_excluded || !matches(&pattern, path.as_str(), files) {
                    continue;
                }
                if found.len() >= MAX_APPLICATIONS {
                    self.exceeds(&at);
                    return found;
                }
                path.as_str().hash(&mut self.read);
                taken.insert(path.clone());
                found.push((path, at.clone()));
            }
        }
        found
    }

    /// The patterns that include and those that exclude.
    fn patterns(&mut self, globs: &[Node], files: bool) -> (Vec<Pattern>, Vec<Pattern>) {
        let (mut included, mut excluded) = (Vec::new(), Vec::new());
        for glob in globs {
            let Some(at) = glob.get("path") else { continue };
            let Some(pattern) = at.text() else { continue };
            let pattern = if files { literal(pattern) } else { pattern.to_owned() };
            let is_excluded = is_true(glob.get("exclude"));
            // A pattern that is not evaluated excludes nothing.
            if !is_evaluated(&pattern, files) {
                if !is_excluded {
                    let message = "Argo CD evaluates this pattern of a git generator in another way than this program, so the Applications of what it matches were not checked";
                    self.problem(unverified(at, "set-pattern", message.to_owned()));
                }
                continue;
            }
            if is_excluded { &mut excluded } else { &mut included }.push((pattern, at.clone()));
        }
        (included, excluded)
    }

    /// Adds the parameters of the path that a git generator found.
    fn path(&self, parameters: &mut Parameters, prefix: &str, folder: &RepoPath, at: &Node) {
        let mut add =
            |name: &str, text: &str| parameters.add(&format!("{prefix}{name}"), &Node::text_at(text, at));
        add(if self.go { "path.path" } else { "path" }, folder.as_str());
        add("path.basename", folder.file_name());
        add("path.basenameNormalized", &normalized(folder.file_name()));
        for (index, part) in folder.as_str().split('/').enumerate() {
            add(&format!("path.segments.{index}"), part);
            add(&format!("path[{index}]"), part);
        }
    }

    /// Reports at the pattern that the Applications of a file are not known.
    fn lacks_file(&mut self, at: &Node) {
        let message = "a file that a generator of an ApplicationSet reads was not read, so what it deploys is not known here";
        self.problem(not_checked(at, "set-file".to_owned(), message.to_owned()));
    }

    /// The parameters that a file of a git generator holds: one set, which may be empty, or a list of them. Argo CD reads the
    /// first document. It makes nothing if it cannot read a file.
    fn contents(&mut self, path: &RepoPath, at: &Node) -> Vec<Parameters> {
        let file = match read_within(self.tree, path, self.tree.limit()) {
            Ok(Some(file)) => file,
            Ok(None) => return Vec::new(),
            Err(mut problem) => {
                problem.rule = Rule::UnreadableFile;
                // A change of a file that is not read does not differ in the problem.
                UNREADABLE.clone_into(&mut problem.cause);
                self.problem(problem);
                self.lacks_file(at);
                return Vec::new();
            }
        };
        file.text().hash(&mut self.read);
        let mut first = None;
        yaml::each_document(&file, |document| {
            if let Err(refused) = &document
                && refused.is_ambiguous
            {
                self.problem(broken::document(&file, refused));
                self.lacks_file(at);
            }
            first.get_or_insert(document);
        });
        match first {
            Some(Err(_)) => Vec::new(),
            None => vec![Parameters::default()],
            Some(Ok(root)) if root.is_null() => vec![Parameters::default()],
            Some(Ok(root)) if root.is_mapping() => vec![parameters_of(&root)],
            Some(Ok(root)) => self.first_of(root.items(), at).map(parameters_of).collect(),
        }
    }
}

/// The folder with this number of path components that contains a file; `None` for a hidden one, which Argo
/// CD skips.
fn folder(file: &RepoPath, depth: usize) -> Option<RepoPath> {
    let parts: Vec<&str> = file.as_str().split('/').collect();
    let above = parts.get(..depth)?;
    if depth >= parts.len() || above.iter().any(|part| part.starts_with('.')) {
        return None;
    }
    Some(RepoPath::new(&above.join("/")))
}
