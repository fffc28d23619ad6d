//! YAML in strings of values, which charts copy into manifests unchanged: `extraContainers: |`.

use std::sync::LazyLock;

use regex::Regex;
use yaml::{self, Node};

use super::text::is_reference;
use crate::ecosystem::kubernetes::pod_spec::{containers, pod_specs};
use crate::reference::claim::{Claim, Shape};
use crate::reference::found::Found;
use crate::reference::text::Reader;
use crate::reference::walk::TooMuch;

/// Claims the images of YAML within a string: a list of containers, or manifests. A string with templates is
/// not valid YAML: only its images without templates are claimed.
pub(super) fn yaml_within(text: &Node, path: &str, found: &mut Found) -> Result<(), TooMuch> {
    let content = text.scalar().unwrap_or_default();
    if !may_be_yaml(content) || !content.contains("image") {
        return Ok(());
    }
    if content.contains("{{") {
        literal_images(text, content, path, found);
        return Ok(());
    }
    let mut outcome = Ok(());
    yaml::within(text, |document| {
        let Ok(root) = document else { return };
        containers(path, &root, found);
        if outcome.is_ok() {
            outcome = pod_specs(&root, path, &mut |_| false, found);
        }
    });
    outcome
}

/// True if a text has several lines, or is a list or a mapping on one line, as JSON is.
fn may_be_yaml(content: &str) -> bool {
    let is_collection = content.starts_with('[') || content.starts_with('{') && !content.starts_with("{{");
    content.contains('\n') || is_collection
}

/// The key `image` with a value on its line. `None` only if the pattern is invalid, which the tests would
/// show.
static IMAGE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?m)(?:^|[\s{,"'])image["']?[ \t]*:[ \t]+["']?([^\s"'{},\[\]]+)(["'\s},]|$)"#).ok()
});

fn literal_images(text: &Node, content: &str, path: &str, found: &mut Found) {
    for captures in IMAGE.iter().flat_map(|pattern| pattern.captures_iter(content)) {
        let Some(image) = captures.get(1) else { continue };
        if is_comment(content, image.start()) {
            continue;
        }
        let Some(value) = yaml::text_within(text, image.range()) else { continue };
        if is_reference("image", &value, true) {
            let line = content.get(..image.start()).unwrap_or_default().matches('\n').count() + 1;
            let field = format!("{path}, line {line}");
            found.claim(Claim::new(field, Shape::Text(value), Reader::Strict));
        }
    }
}

/// True if a comment of YAML starts before a place on its line.
fn is_comment(content: &str, at: usize) -> bool {
    let before = content.get(..at).unwrap_or_default();
    let line = before.rsplit('\n').next().unwrap_or_default();
    line.trim_start().starts_with('#') || line.contains(" #")
}
