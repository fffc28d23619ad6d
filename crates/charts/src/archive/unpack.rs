//! Unpacks an archive into memory: regular files only, nothing is written to disk.

use std::collections::BTreeMap;
use std::io::{BufRead, Read};

use registry::clean;
use source::{Memory, RepoPath};
use tar::{Archive, Entry, EntryType};

use super::error::ArchiveError;
use super::path::{ArchivePath, is_archive, subchart_depth};
use crate::inflate::{Budget, Capped, inflated, is_gzip};

/// Maximum length of text of an archive that is quoted, in characters.
const MAX_TEXT: usize = 200;

/// The bounds of an archive. The content of subcharts that are archives counts too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Maximum number of files, links among them.
    pub files: usize,
    /// Maximum number of bytes of one file.
    pub file: u64,
    /// Maximum number of bytes of all, inflated.
    pub total: u64,
    /// Maximum number of subcharts inside of each other.
    pub depth: usize,
}

impl Default for Limits {
    /// The limits of Helm, in bytes.
    fn default() -> Self {
        Self { files: 10_000, file: 5 << 20, total: 100 << 20, depth: 8 }
    }
}

/// The files of a chart.
#[derive(Clone, Debug, Default)]
pub struct Unpacked {
    /// The regular files, below the chart's folder. Archives of subcharts are unpacked to `charts/NAME/`.
    pub files: Memory,
    /// Links, devices and pipes. Helm reads each as an empty file; here they are left out.
    pub ignored: Vec<RepoPath>,
}

/// The part of the limits that is left.
struct Bounds<'a> {
    limits: Limits,
    budget: &'a Budget,
    files: usize,
}

/// The content of one archive.
#[derive(Default)]
struct Content {
    /// The first part of its paths.
    folder: String,
    /// Regular files; nothing for a link.
    files: BTreeMap<String, Option<Vec<u8>>>,
}

/// Unpacks the archive of a chart.
///
/// # Errors
/// [`ArchiveError`] if the archive is broken, is not that of a chart, contains a path that Helm refuses, or
/// exceeds a limit.
pub fn unpack(archive: impl BufRead, limits: Limits) -> Result<Unpacked, ArchiveError> {
    let budget = Budget::new(limits.total);
    let mut bounds = Bounds { limits, budget: &budget, files: 0 };
    let content = read_chart(archive, 0, &mut bounds)?;
    let mut unpacked = Unpacked::default();
    for (path, bytes) in content.files {
        match bytes {
            Some(bytes) => unpacked.files = unpacked.files.with(&path, bytes),
            None => unpacked.ignored.push(RepoPath::new(&path)),
        }
    }
    Ok(unpacked)
}

/// Reads the archive of a chart, and those of its subcharts. `depth` is the number of charts around it.
fn read_chart(archive: impl BufRead, depth: usize, bounds: &mut Bounds<'_>) -> Result<Content, ArchiveError> {
    let mut content = read_archive(archive, bounds)?;
    if !matches!(content.files.get("Chart.yaml"), Some(Some(_))) {
        return Err(ArchiveError::NoChart);
    }
    let paths: Vec<String> = content.files.keys().cloned().collect();
    for path in paths {
        let Some(levels) = subchart_depth(&path) else { continue };
        let Some(Some(packed)) = content.files.remove(&path) else { continue };
        if depth + levels > bounds.limits.depth {
            return Err(ArchiveError::TooDeep(bounds.limits.depth));
        }
        let subchart = read_chart(packed.as_slice(), depth + levels, bounds)?;
        add_subchart(&mut content, &path, subchart);
    }
    Ok(content)
}

/// Adds the files of a subchart in place of its archive.
fn add_subchart(content: &mut Content, archive: &str, subchart: Content) {
    let parent = archive.rsplit_once('/').map_or("", |(parent, _)| parent);
    let own = format!("{parent}/{}", subchart.folder);
    let at = if is_plain(&subchart.folder) && !is_taken(&content.files, &own) {
        own.as_str()
    } else {
        archive.strip_suffix(".tgz").unwrap_or(archive)
    };
    for (path, bytes) in subchart.files {
        content.files.insert(format!("{at}/{path}"), bytes);
    }
}

/// True if a name can be the name of a subchart's folder.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && !name.starts_with(['.', '_']) && !is_archive(name) && !name.contains(['/', '\\', ':'])
}

fn is_taken(files: &BTreeMap<String, Option<Vec<u8>>>, folder: &str) -> bool {
    let below = format!("{folder}/");
    files.range(below.clone()..).next().is_some_and(|(path, _)| path.starts_with(&below))
}

/// Reads one archive. If several files have the same path, the last one counts.
fn read_archive(mut packed: impl BufRead, bounds: &mut Bounds<'_>) -> Result<Content, ArchiveError> {
    let budget = bounds.budget;
    if !is_gzip(&mut packed).map_err(|error| failure(budget, &error))? {
        return Err(ArchiveError::NotCompressed);
    }
    let inner = inflated(packed).map_err(|error| failure(budget, &error))?;
    let mut archive = Archive::new(Capped::new(inner, budget));
    let mut content = Content::default();
    let entries = archive.entries().map_err(|error| failure(budget, &error))?;
    for entry in entries {
        let mut entry = entry.map_err(|error| failure(budget, &error))?;
        let kind = entry.header().entry_type();
        let written = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if kind.is_dir()
            || written.ends_with('/')
            || matches!(kind, EntryType::XGlobalHeader | EntryType::XHeader)
        {
            continue;
        }
        let Some(path) = ArchivePath::new(&written) else {
            return Err(ArchiveError::Outside(shown(&written)));
        };
        bounds.count()?;
        if content.folder.is_empty() {
            content.folder = path.folder;
        }
        let bytes = if is_regular(kind) { Some(read_file(&mut entry, &path.below, bounds)?) } else { None };
        content.files.insert(path.below, bytes);
    }
    Ok(content)
}

fn is_regular(kind: EntryType) -> bool {
    kind.is_file() || kind.is_contiguous() || kind.is_gnu_sparse()
}

fn read_file<R: Read>(
    entry: &mut Entry<'_, R>,
    path: &str,
    bounds: &Bounds<'_>,
) -> Result<Vec<u8>, ArchiveError> {
    let limit = bounds.limits.file;
    let mut bytes = Vec::new();
    let read = entry.take(limit + 1).read_to_end(&mut bytes);
    read.map_err(|error| failure(bounds.budget, &error))?;
    if bytes.len() as u64 > limit {
        return Err(ArchiveError::FileTooLarge { path: shown(path), limit });
    }
    Ok(bytes)
}

impl Bounds<'_> {
    /// Counts one more file.
    fn count(&mut self) -> Result<(), ArchiveError> {
        self.files += 1;
        if self.files > self.limits.files {
            return Err(ArchiveError::TooManyFiles(self.limits.files));
        }
        Ok(())
    }
}

fn failure(budget: &Budget, error: &std::io::Error) -> ArchiveError {
    if budget.is_exceeded() {
        return ArchiveError::TooLarge(budget.limit);
    }
    ArchiveError::Malformed(clean(&error.to_string(), MAX_TEXT))
}

/// A path made safe to print.
fn shown(path: &str) -> String {
    clean(path, MAX_TEXT)
}
