//! The images of a rendering, and their lines in the templates.

use std::collections::BTreeMap;
use std::ops::Range;

use source::RepoPath;

use super::keys::plain;
use super::layout::Layout;
use crate::Chart;

/// An image of a rendering.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageLine {
    /// The template in reports: the path in the repository if the chart has the file.
    pub template: RepoPath,
    /// The line of the template that makes it, if that is certain.
    pub line: Option<usize>,
    /// The image, as it is rendered.
    pub image: String,
    /// True if the characters of its name, and of its tag or digest, are known.
    pub is_traced: bool,
}

/// An image of a rendering, before its line is known.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// The template, with helm's path.
    pub(crate) template: RepoPath,
    pub(crate) image: String,
    /// The parts whose characters are not known.
    pub(crate) gaps: Vec<Range<usize>>,
}

impl Found {
    /// True if the characters of the last part of the name, and of the tag or digest, are known.
    pub(crate) fn is_traced(&self) -> bool {
        let (name, version) = deciding(&self.image);
        let is_known = |part: &Range<usize>| {
            part.is_empty() || !self.gaps.iter().any(|gap| gap.start <= part.start && part.end <= gap.end)
        };
        is_known(&name) && is_known(&version)
    }
}

/// The last part of the name, and the digest or the tag.
fn deciding(image: &str) -> (Range<usize>, Range<usize>) {
    let at = image.find('@');
    let rest = image.get(..at.unwrap_or(image.len())).unwrap_or_default();
    let slash = rest.rfind('/').map_or(0, |slash| slash + 1);
    let colon = rest.rfind(':').filter(|colon| *colon >= slash);
    let name = slash..colon.unwrap_or(rest.len());
    let tag = colon.map_or(rest.len()..rest.len(), |colon| colon + 1..rest.len());
    (name, at.map_or(tag, |at| at + 1..image.len()))
}

/// True for the key of an image in a manifest.
pub(crate) fn is_image_key(key: &str) -> bool {
    let name = plain(key);
    name.ends_with("image") || name.ends_with("imagename")
}

/// True for a text that can be an image.
pub(crate) fn is_image(text: &str) -> bool {
    !text.is_empty()
        && !text.contains(char::is_whitespace)
        && text.contains(|letter: char| letter.is_ascii_alphanumeric())
}

/// The images with their lines.
pub(crate) fn lines(found: &[Found], chart: &Chart, layout: &Layout) -> Vec<ImageLine> {
    let mut count: BTreeMap<&RepoPath, usize> = BTreeMap::new();
    for image in found {
        *count.entry(&image.template).or_default() += 1;
    }
    let mut seen: BTreeMap<&RepoPath, usize> = BTreeMap::new();
    let mut lines = Vec::new();
    for image in found {
        let index = seen.entry(&image.template).or_default();
        let file = chart.text(&layout.file(&image.template));
        let written = file.map(|file| written(file.text())).unwrap_or_default();
        let line = match written.as_slice() {
            [line] => Some(*line),
            lines if count.get(&image.template) == Some(&lines.len()) => lines.get(*index).copied(),
            _ => None,
        };
        *index += 1;
        lines.push(ImageLine {
            template: file.map_or_else(|| image.template.clone(), |file| file.path().clone()),
            line,
            image: image.image.clone(),
            is_traced: image.is_traced(),
        });
    }
    lines
}

/// The lines of a template that have the key of an image.
fn written(template: &str) -> Vec<usize> {
    let mut lines = Vec::new();
    for (number, line) in (1..).zip(template.lines()) {
        let key = line.trim_start().trim_start_matches("- ").split(':').next().unwrap_or_default();
        if line.contains(':') && is_image_key(key) && !key.contains([' ', '#', '{']) {
            lines.push(number);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_and_the_version_decide() {
        for (image, name, version) in [
            ("nginx", "nginx", ""),
            ("localhost:5000/a/nginx", "nginx", ""),
            ("localhost:5000/a/nginx:1.2", "nginx", "1.2"),
            ("a/nginx:1.2@sha256:abc", "nginx", "sha256:abc"),
            ("a/nginx@sha256:abc", "nginx", "sha256:abc"),
        ] {
            let (name_at, version_at) = deciding(image);
            assert_eq!((&image[name_at], &image[version_at]), (name, version));
        }
    }

    #[test]
    fn lines_are_told_where_they_are_certain() {
        assert_eq!(
            written("a:\n  - image: x\n    initImage: {{ y }}\n# image: z\n{{ image: }}\nimages: a\n"),
            [2, 3]
        );
    }
}
