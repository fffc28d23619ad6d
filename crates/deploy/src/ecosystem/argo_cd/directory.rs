//! A folder of plain manifests that Argo CD deploys, and the selection of its files. Source:
//! <https://argo-cd.readthedocs.io/en/stable/user-guide/directory/>.

use regex::Regex;

use source::RepoPath;

use crate::document::is_kustomization_file;

/// `directory` of an Argo CD source.
#[derive(Clone, Debug, Default)]
pub(crate) struct Directory {
    is_recursive: bool,
    include: Option<Glob>,
    exclude: Option<Glob>,
}

/// A pattern of Argo CD: `*` matches any characters, the slash too.
#[derive(Clone, Debug)]
struct Glob(Regex);

impl Directory {
    /// The options of a source.
    pub(crate) fn new(is_recursive: bool, include: Option<&str>, exclude: Option<&str>) -> Self {
        Self { is_recursive, include: include.and_then(Glob::new), exclude: exclude.and_then(Glob::new) }
    }

    /// True if the folders below are taken too.
    pub(crate) fn is_recursive(&self) -> bool {
        self.is_recursive
    }

    /// True if Argo CD takes a file from the folder.
    pub(crate) fn takes(&self, folder: &RepoPath, file: &RepoPath) -> bool {
        let relative = match folder.as_str() {
            "" => Some(file.as_str()),
            folder => file.as_str().strip_prefix(folder).and_then(|rest| rest.strip_prefix('/')),
        };
        let Some(relative) = relative else { return false };
        let is_manifest = [".yaml", ".yml", ".json"].iter().any(|end| relative.ends_with(end));
        is_manifest
            && !is_kustomization_file(file)
            && (self.is_recursive || !relative.contains('/'))
            && !self.exclude.as_ref().is_some_and(|glob| glob.0.is_match(relative))
            && self.include.as_ref().is_none_or(|glob| glob.0.is_match(relative))
    }
}

impl Glob {
    /// `None` for an empty pattern and for an invalid one: it excludes and includes nothing.
    fn new(pattern: &str) -> Option<Self> {
        if pattern.is_empty() {
            return None;
        }
        let mut text = String::from("^");
        let mut depth = 0_usize;
        for c in pattern.chars() {
            match c {
                '*' => text.push_str(".*"),
                '?' => text.push('.'),
                '{' => {
                    depth += 1;
                    text.push_str("(?:");
                }
                '}' if depth > 0 => {
                    depth -= 1;
                    text.push(')');
                }
                ',' if depth > 0 => text.push('|'),
                '[' | ']' => text.push(c),
                c => text.push_str(&regex::escape(&c.to_string())),
            }
        }
        Regex::new(&(text + "$")).ok().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn takes(options: (bool, &str, &str), file: &str) -> bool {
        let (is_recursive, include, exclude) = options;
        let directory = Directory::new(is_recursive, Some(include), Some(exclude));
        directory.takes(&RepoPath::new("apps"), &RepoPath::new(file))
    }

    #[test]
    fn files_of_a_folder() {
        for (options, file, expected) in [
            ((false, "", ""), "apps/a.yaml", true),
            ((false, "", ""), "apps/a.json", true),
            ((false, "", ""), "apps/a.txt", false),
            ((false, "", ""), "apps/sub/a.yaml", false),
            ((false, "", ""), "appsx/a.yaml", false),
            ((true, "", ""), "apps/sub/a.yml", true),
            ((true, "", ""), "apps/sub/kustomization.yaml", false),
            ((true, "*/a.yaml", ""), "apps/sub/a.yaml", true),
            ((true, "*/a.yaml", ""), "apps/a.yaml", false),
            ((true, "?.yaml", ""), "apps/a.yaml", true),
            ((true, "?.yaml", ""), "apps/ab.yaml", false),
            ((true, "{a,b}.yaml", ""), "apps/b.yaml", true),
            ((true, "{a,b}.yaml", ""), "apps/c.yaml", false),
            ((true, "", "sub/*"), "apps/sub/deep/a.yaml", false),
            ((true, "", "[bad"), "apps/a.yaml", true),
        ] {
            assert_eq!(takes(options, file), expected, "{options:?} {file}");
        }
    }
}
