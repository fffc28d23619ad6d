//! A chart as files by path, each with the place from which it was read.

use std::collections::BTreeMap;
use std::sync::Arc;

use source::{Files, ReadError, RepoPath, SourceFile};

use crate::{Failure, Limits};

/// The files of a chart by their path below its folder. Only regular files belong here. Links in a chart's folder are left out, because helm would follow them.
///
/// Subcharts are folders below `charts/`. An archive there is passed to helm unchanged, and its content cannot be traced: unpack it to have the places.
///
/// ```
/// use render::Chart;
/// use source::RepoPath;
///
/// let mut chart = Chart::default();
/// chart.add(RepoPath::new("Chart.yaml"), &RepoPath::new("charts/web/Chart.yaml"), b"name: web".to_vec());
/// let file = chart.text(&RepoPath::new("Chart.yaml")).expect("it is text");
/// assert_eq!(file.path().as_str(), "charts/web/Chart.yaml");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Chart {
    files: BTreeMap<RepoPath, ChartFile>,
}

/// A file of a chart.
#[derive(Clone, Debug)]
pub enum ChartFile {
    /// Text, with the path that reports name.
    Text(Arc<SourceFile>),
    /// All other files, and text in encodings other than UTF-8.
    Bytes(Arc<[u8]>),
}

impl Chart {
    /// Reads the regular files below a folder. Links are left out, because helm would follow them.
    ///
    /// # Errors
    /// [`Failure`] if the chart exceeds a limit, or a file cannot be read.
    pub fn read(files: &dyn Files, folder: &RepoPath, limits: &Limits) -> Result<Self, Failure> {
        let unread = |path: &RepoPath, why: ReadError| Failure::NotRead { path: path.to_string(), why };
        let mut chart = Self::default();
        let mut left = limits.bytes;
        for path in files.list().map_err(|why| unread(folder, why))? {
            let Some(below) = below(folder, &path) else { continue };
            if chart.files.len() >= limits.files {
                return Err(Failure::TooManyFiles(limits.files));
            }
            let bytes = match files.read(&path, left) {
                Ok(Some(bytes)) => bytes,
                Ok(None) => continue,
                Err(ReadError::TooLarge { .. }) => return Err(Failure::TooLarge(limits.bytes)),
                Err(why) => return Err(unread(&path, why)),
            };
            left = left.saturating_sub(bytes.len() as u64);
            chart.add(RepoPath::new(below), &path, bytes);
        }
        Ok(chart)
    }

    /// Adds a file: its path below the chart's folder, the path that reports name, and its bytes.
    pub fn add(&mut self, path: RepoPath, origin: &RepoPath, bytes: Vec<u8>) {
        let file = match std::str::from_utf8(&bytes) {
            Ok(_) if !bytes.contains(&0) => SourceFile::decode(origin.clone(), bytes.clone()),
            _ => return self.add_file(path, ChartFile::Bytes(bytes.into())),
        };
        let file =
            file.map_or_else(|_| ChartFile::Bytes(bytes.into()), |file| ChartFile::Text(Arc::new(file)));
        self.add_file(path, file);
    }

    /// Adds a file that was read already. The text of a [`ChartFile::Text`] is written as UTF-8.
    pub fn add_file(&mut self, path: RepoPath, file: ChartFile) {
        self.files.insert(path, file);
    }

    /// All files, by path.
    pub fn files(&self) -> impl Iterator<Item = (&RepoPath, &ChartFile)> {
        self.files.iter()
    }

    /// The text of a file.
    pub fn text(&self, path: &RepoPath) -> Option<&Arc<SourceFile>> {
        match self.files.get(path) {
            Some(ChartFile::Text(file)) => Some(file),
            _ => None,
        }
    }

    /// The text files, by path.
    pub(crate) fn texts(&self) -> impl Iterator<Item = (&RepoPath, &Arc<SourceFile>)> {
        self.files.iter().filter_map(|(path, file)| match file {
            ChartFile::Text(file) => Some((path, file)),
            ChartFile::Bytes(_) => None,
        })
    }

    /// True if the result of a template may differ between an upgrade and an installation.
    pub fn tells_upgrades(&self) -> bool {
        let words = [".IsUpgrade", ".IsInstall"];
        self.texts()
            .any(|(path, file)| is_template(path) && words.iter().any(|word| file.text().contains(word)))
    }

    /// The templates that query the cluster: without a cluster they may render fewer objects.
    pub fn lookups(&self) -> Vec<RepoPath> {
        let templates = self.texts().filter(|(path, file)| is_template(path) && calls_lookup(file.text()));
        templates.map(|(path, _)| path.clone()).collect()
    }
}

impl ChartFile {
    /// The bytes that helm reads.
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(file) => file.text().as_bytes(),
            Self::Bytes(bytes) => bytes,
        }
    }
}

/// The path of a file below a folder.
fn below<'a>(folder: &RepoPath, path: &'a RepoPath) -> Option<&'a str> {
    if folder.as_str().is_empty() {
        return Some(path.as_str());
    }
    path.as_str().strip_prefix(folder.as_str())?.strip_prefix('/')
}

/// True for a file below a folder `templates`, of the chart or of a subchart.
pub(crate) fn is_template(path: &RepoPath) -> bool {
    own_part(path).starts_with("templates/")
}

/// True for a documentation file.
pub(crate) fn is_prose(path: &RepoPath) -> bool {
    let name = path.file_name().to_ascii_lowercase();
    name.starts_with("readme") || name.starts_with("license") || name.rsplit('.').next() == Some("md")
}

/// The path of a file below the folder of its innermost chart.
pub(crate) fn own_part(path: &RepoPath) -> &str {
    let mut rest = path.as_str();
    while let Some(below) = rest.strip_prefix("charts/").and_then(|rest| rest.split_once('/')) {
        rest = below.1;
    }
    rest
}

/// True if an action of a template contains the word `lookup`.
fn calls_lookup(template: &str) -> bool {
    let mut rest = template;
    while let Some((_, action)) = rest.split_once("{{") {
        let (inside, after) = action.split_once("}}").unwrap_or((action, ""));
        let mut words = inside.split(|character: char| !character.is_alphanumeric() && character != '_');
        if words.any(|word| word == "lookup") {
            return true;
        }
        rest = after;
    }
    false
}

#[cfg(test)]
mod tests {
    use source::Memory;

    use super::*;

    fn chart(files: &[(&str, &[u8])]) -> Chart {
        let mut chart = Chart::default();
        for (path, bytes) in files {
            chart.add(RepoPath::new(path), &RepoPath::new(path), bytes.to_vec());
        }
        chart
    }

    #[test]
    fn a_folder_is_read_within_limits() {
        let files =
            Memory::default().with("a/Chart.yaml", "x").with("a/b/c", "yz").with("ab/d", "d").with("e", "e");
        let limits = Limits::default();
        let names = |folder: &str| {
            let chart = Chart::read(&files, &RepoPath::new(folder), &limits).unwrap();
            chart.files().map(|(path, _)| path.to_string()).collect::<Vec<_>>()
        };
        assert_eq!(names("a"), ["Chart.yaml", "b/c"]);
        assert_eq!(names(""), ["a/Chart.yaml", "a/b/c", "ab/d", "e"]);
        let read = |limits: &Limits| Chart::read(&files, &RepoPath::new("a"), limits).unwrap_err();
        assert_eq!(read(&Limits { files: 1, ..limits }), Failure::TooManyFiles(1));
        assert_eq!(read(&Limits { bytes: 2, ..limits }), Failure::TooLarge(2));
        let chart = Chart::read(&files, &RepoPath::new("a"), &limits).unwrap();
        let text = chart.text(&RepoPath::new("b/c")).unwrap();
        assert_eq!((text.path().as_str(), text.text()), ("a/b/c", "yz"));
    }

    #[test]
    fn text_is_what_is_utf8() {
        let chart = chart(&[("a", b"x"), ("b", b"\xff\xfea\0"), ("c", b"\x89PNG"), ("d", b"a\0b")]);
        let texts: Vec<&str> = chart.texts().map(|(path, _)| path.as_str()).collect();
        assert_eq!(texts, ["a"]);
        let bytes: Vec<&[u8]> = chart.files().map(|(_, file)| file.bytes()).collect();
        assert_eq!(bytes, [b"x".as_slice(), b"\xff\xfea\0", b"\x89PNG", b"a\0b"]);
    }

    #[test]
    fn templates_that_query_the_cluster_are_named() {
        let chart = chart(&[
            ("templates/a.yaml", b"{{ if (lookup \"v1\" \"Secret\" \"\" \"\") }}a{{ end }}"),
            ("charts/b/templates/_h.tpl", b"{{- $x := lookup \"v1\" }}"),
            ("templates/c.yaml", b"lookup: {{ .Values.lookupTable }}"),
            ("files/d.yaml", b"{{ lookup }}"),
        ]);
        let names: Vec<String> = chart.lookups().iter().map(ToString::to_string).collect();
        assert_eq!(names, ["charts/b/templates/_h.tpl", "templates/a.yaml"]);
    }
}
