//! A chart as files by path, with the place that each was read from.

use std::collections::BTreeMap;
use std::sync::Arc;

use source::{RepoPath, SourceFile};

/// The files of a chart by their path below its folder. Only regular files belong here: a link in a chart's folder is
/// none, for helm would read what it leads to.
///
/// Subcharts are folders below `charts/`. An archive there is passed on to helm as it is, and nothing inside of it can be
/// traced: unpack it to have its places.
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
    /// Anything else, and text in other encodings than UTF-8.
    Bytes(Arc<[u8]>),
}

impl Chart {
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

    /// The templates that query the cluster: what they render without one is not all that they may render.
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

/// True for a file below a folder `templates`, of the chart or of a subchart.
pub(crate) fn is_template(path: &RepoPath) -> bool {
    own_part(path).starts_with("templates/")
}

/// True for documentation.
pub(crate) fn is_prose(path: &RepoPath) -> bool {
    let name = path.file_name().to_ascii_lowercase();
    name.starts_with("readme") || name.starts_with("license") || name.rsplit('.').next() == Some("md")
}

/// The path of a file below the folder of the innermost chart that it belongs to.
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
    use super::*;

    fn chart(files: &[(&str, &[u8])]) -> Chart {
        let mut chart = Chart::default();
        for (path, bytes) in files {
            chart.add(RepoPath::new(path), &RepoPath::new(path), bytes.to_vec());
        }
        chart
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
