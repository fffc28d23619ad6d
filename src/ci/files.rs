//! The configuration files of CI systems, by their paths.

use source::RepoPath;

/// True if a file is YAML below a folder of the repository.
pub(super) fn is_yaml_below(path: &RepoPath, folder: &str) -> bool {
    path.is_yaml() && path.below(&RepoPath::new(folder)).is_some()
}

/// True if the name of a file, in lower case, is one of these with an ending of YAML.
pub(super) fn is_yaml_named(path: &RepoPath, names: &[&str]) -> bool {
    let name = path.file_name().to_ascii_lowercase();
    let stem = name.strip_suffix(".yml").or_else(|| name.strip_suffix(".yaml"));
    stem.is_some_and(|stem| names.contains(&stem))
}
