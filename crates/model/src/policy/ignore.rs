//! Ignores of the configuration, and the findings that each covers.

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};

use super::Date;
use crate::Rule;
use image::DOCKER_HUB;
use source::RepoPath;

/// An entry of `ignore`. An absent key is no restriction.
#[derive(Clone, Debug)]
pub struct Ignore {
    /// Paths of files.
    pub paths: Option<Patterns>,
    /// Images.
    pub images: Option<Patterns>,
    /// The rules; none for all.
    pub rules: Vec<Rule>,
    /// The reason.
    pub reason: String,
    /// The last day on which it holds.
    pub expires: Option<Date>,
    /// The file that contains it.
    pub file: RepoPath,
    /// Its line there, from 1.
    pub line: usize,
}

impl Ignore {
    /// True if it covers a rule (`None`: every rule) at one of these paths and, for a reference, for an image by
    /// one of these names.
    pub fn covers(&self, paths: &[&RepoPath], names: &[String], rule: Option<Rule>) -> bool {
        self.covers_some(paths, names)
            && (self.rules.is_empty() || rule.is_some_and(|rule| self.rules.contains(&rule)))
    }

    /// True if it covers some rule at one of these paths and for an image by one of these names.
    pub fn covers_some(&self, paths: &[&RepoPath], names: &[String]) -> bool {
        // An absolute path is outside of the folder that is checked.
        let path = |glob: &Patterns| paths.iter().any(|path| glob.fit(path.as_str().trim_start_matches('/')));
        let image = |glob: &Patterns| names.iter().any(|name| glob.fit(name));
        self.paths.as_ref().is_none_or(path) && self.images.as_ref().is_none_or(image)
    }

    /// The rules that it covers.
    pub fn rules_covered(&self) -> &[Rule] {
        if self.rules.is_empty() { Rule::ALL } else { &self.rules }
    }
}

/// A list of globs. A text matches the list if it matches at least one glob. `*` matches within one component
/// of a path, and `**` matches any number of components.
#[derive(Clone, Debug)]
pub struct Patterns {
    set: GlobSet,
    written: Vec<String>,
}

impl Patterns {
    /// Patterns of paths, as in `.gitignore`: a pattern without a slash matches at any depth, one with a
    /// slash from the root on. A pattern that matches a folder matches all files in it.
    ///
    /// # Errors
    /// The index of the invalid pattern, with the reason.
    pub fn of_paths(patterns: &[&str]) -> Result<Self, (usize, String)> {
        Self::new(patterns, |pattern| {
            let folder = pattern.trim_end_matches('/');
            let anchored = folder.trim_start_matches('/');
            let any = if folder.contains('/') { "" } else { "**/" };
            let below = format!("{any}{anchored}/**");
            if folder.len() < pattern.len() { vec![below] } else { vec![format!("{any}{anchored}"), below] }
        })
    }

    /// Patterns of images, in their normal form. A pattern is parsed like a reference: without a registry it
    /// means Docker Hub. A pattern without a slash that begins with a `*` matches in any repository.
    ///
    /// # Errors
    /// The index of the invalid pattern, with the reason.
    pub fn of_images(patterns: &[&str]) -> Result<Self, (usize, String)> {
        Self::new(patterns, |pattern| {
            let normal = match pattern.split_once('/') {
                None if pattern.starts_with('*') => format!("**/{pattern}"),
                None => format!("{DOCKER_HUB}/library/{pattern}"),
                Some((first, _))
                    if first == "localhost" || first.contains(['.', ':', '*', '?', '[', '{']) =>
                {
                    pattern.to_owned()
                }
                Some(_) => format!("{DOCKER_HUB}/{pattern}"),
            };
            // A text without a normal form, for example a template, is compared as it is.
            vec![normal, pattern.to_owned()]
        })
    }

    /// Patterns of tags, in any letter case.
    ///
    /// # Errors
    /// The index of the invalid pattern, with the reason.
    pub fn of_tags(patterns: &[&str]) -> Result<Self, (usize, String)> {
        Self::new(patterns, |pattern| vec![pattern.to_ascii_lowercase()])
    }

    /// True if the patterns cover a folder with all files in it.
    pub fn cover_folder(&self, folder: &RepoPath) -> bool {
        self.fit(folder.join("_").as_str())
    }

    fn new(patterns: &[&str], expand: impl Fn(&str) -> Vec<String>) -> Result<Self, (usize, String)> {
        let mut set = GlobSetBuilder::new();
        for (at, pattern) in patterns.iter().enumerate() {
            if pattern.trim_matches('/').is_empty() {
                return Err((at, "it is empty".to_owned()));
            }
            if pattern.starts_with('!') {
                return Err((at, "an ignore has no exceptions".to_owned()));
            }
            // The pattern as it is written comes first, so that an error quotes it.
            glob(pattern).map_err(|why| (at, why))?;
            for text in expand(pattern) {
                set.add(glob(&text).map_err(|why| (at, why))?);
            }
        }
        let written = patterns.iter().map(ToString::to_string).collect();
        let set = set.build().map_err(|error| (0, error.kind().to_string()))?;
        Ok(Self { set, written })
    }

    /// True if one of the patterns matches a text.
    pub fn fit(&self, text: &str) -> bool {
        self.set.is_match(text)
    }

    /// The patterns as they are written.
    pub fn written(&self) -> &[String] {
        &self.written
    }
}

fn glob(text: &str) -> Result<Glob, String> {
    let glob = GlobBuilder::new(text).literal_separator(true).backslash_escape(true).build();
    glob.map_err(|error| error.kind().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(pattern: &str, path: &str) -> bool {
        Patterns::of_paths(&[pattern]).unwrap().fit(path)
    }

    #[test]
    fn paths_are_matched_as_git_does_it() {
        for (pattern, path) in [
            ("*.yaml", "a.yaml"),
            ("*.yaml", "deep/down/a.yaml"),
            ("/*.yaml", "a.yaml"),
            ("apps/*.yaml", "apps/a.yaml"),
            ("apps/**", "apps/x/y/a.yaml"),
            ("apps/**/a.yaml", "apps/a.yaml"),
            ("**/a.yaml", "a.yaml"),
            ("tests", "apps/tests/a.yaml"),
            ("tests/", "apps/tests/a.yaml"),
            ("apps/tests", "apps/tests/deep/a.yaml"),
            ("a.{yaml,yml}", "a.yml"),
            ("[ab].yaml", "b.yaml"),
            ("a\\*.yaml", "a*.yaml"),
        ] {
            assert!(fits(pattern, path), "{pattern} {path}");
        }
        for (pattern, path) in [
            ("/*.yaml", "deep/a.yaml"),
            ("apps/*.yaml", "apps/x/a.yaml"),
            ("apps/*.yaml", "deep/apps/a.yaml"),
            ("tests/", "tests"),
            ("test", "tests/a.yaml"),
            ("a\\*.yaml", "ab.yaml"),
            ("A.yaml", "a.yaml"),
        ] {
            assert!(!fits(pattern, path), "{pattern} {path}");
        }
    }

    #[test]
    fn images_are_matched_in_their_normal_form() {
        let fits = |pattern: &str, name: &str| Patterns::of_images(&[pattern]).unwrap().fit(name);
        for (pattern, name) in [
            ("ghcr.io/acme/*", "ghcr.io/acme/web"),
            ("ghcr.io/acme/*", "ghcr.io/acme/web:1"),
            ("ghcr.io/**", "ghcr.io/acme/team/web"),
            ("ghcr.io/acme/web:1.*", "ghcr.io/acme/web:1.5.0"),
            ("localhost/web", "localhost/web"),
            ("localhost:5000/*", "localhost:5000/web"),
            ("nginx", "docker.io/library/nginx"),
            ("nginx:*", "docker.io/library/nginx:1.27"),
            ("bitnami/*", "docker.io/bitnami/redis"),
            ("*", "ghcr.io/acme/team/web"),
            ("*:latest", "ghcr.io/acme/web:latest"),
            ("*.acme.io/**", "registry.acme.io/team/web"),
            ("nginx:*", "nginx:$TAG"),
        ] {
            assert!(fits(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("ghcr.io/acme/*", "ghcr.io/acme/team/web"),
            ("ghcr.io/acme/web", "ghcr.io/acme/web:1"),
            ("nginx", "ghcr.io/acme/nginx"),
            ("acme/*", "ghcr.io/acme/web"),
            ("*:latest", "ghcr.io/acme/web:1"),
        ] {
            assert!(!fits(pattern, name), "{pattern} {name}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_told() {
        for (pattern, why) in [
            ("", "it is empty"),
            ("/", "it is empty"),
            ("!a", "an ignore has no exceptions"),
            ("a[", "unclosed character class; missing ']'"),
            ("a{b", "unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?)"),
            ("a\\", "dangling '\\'"),
        ] {
            assert_eq!(Patterns::of_paths(&["fine", pattern]).unwrap_err(), (1, why.to_owned()), "{pattern}");
            assert_eq!(
                Patterns::of_images(&["fine", pattern]).unwrap_err(),
                (1, why.to_owned()),
                "{pattern}"
            );
        }
    }
}
