//! Names of files and folders, the usual ones first, so that a minimal case has these.

/// The ends of file names.
pub const ENDS: &[&str] = &[
    ".yaml",
    ".json",
    ".yml",
    "",
    ".txt",
    ".patch",
    ".conf",
    ".yaml.tmpl",
    " with space.yaml",
    "-été.yaml",
    ".YAML",
    ".env",
];

/// The starts of folder names.
pub const FOLDERS: &[&str] = &["apps", "with space", "été", "a.b", "deep/er"];
