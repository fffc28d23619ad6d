//! The keys of values that stand for images or parts of them, by the names that charts give them.

use super::shape::{self, Shape};

/// Maximum length of text that may be part of an image.
const MOST_TEXT: usize = 512;
/// Values of fields beside an image that are not parts of it.
const WORDS: [&str; 7] = ["Always", "IfNotPresent", "Never", "true", "false", "null", "none"];
/// Keys of a mapping under an image's key that are parts of the image.
const PARTS: [&str; 18] = [
    "name",
    "path",
    "org",
    "organization",
    "organisation",
    "owner",
    "project",
    "prefix",
    "suffix",
    "variant",
    "flavor",
    "flavour",
    "base",
    "host",
    "server",
    "domain",
    "url",
    "address",
];

/// The form of a value as part of an image; `None` for any other key. `keys`: the keys above it.
pub(crate) fn shape(keys: &[String], text: &str) -> Option<Shape> {
    if !may_be_part(text) {
        return None;
    }
    let mut names = keys.iter().rev().map(|key| plain(key));
    let (name, parent) = (names.next().unwrap_or_default(), names.next().unwrap_or_default());
    if shape::is_digest(text) {
        return Some(Shape::Digest);
    }
    if is_other(&name) || is_other(&parent) {
        return None;
    }
    if name.ends_with("registry") || name == "hub" {
        return Some(Shape::Registry);
    }
    if name.ends_with("tag") || name.ends_with("version") {
        return Some(Shape::Tag);
    }
    if name.contains("image") || name.contains("repository") || name == "repo" || name.ends_with("repo") {
        return Some(Shape::Image);
    }
    let is_below = parent.contains("images") || parent.contains("image") && PARTS.contains(&name.as_str());
    is_below.then_some(Shape::Image)
}

/// True for a text that may be part of an image: a reference has no blanks, and a template is not text yet.
pub(crate) fn may_be_part(text: &str) -> bool {
    let has_blank = text.contains(|character: char| character.is_whitespace() || character.is_control());
    let has_letter = text.contains(|character: char| character.is_ascii_alphanumeric());
    text.len() <= MOST_TEXT && has_letter && !has_blank && !text.contains("{{") && !WORDS.contains(&text)
}

/// True for other keys beside an image, and for versions of other objects.
fn is_other(name: &str) -> bool {
    name.contains("pull")
        || matches!(name, "apiversion" | "kubeversion" | "kubernetesversion" | "schemaversion")
}

/// A key in small letters, without the characters between words.
pub(crate) fn plain(key: &str) -> String {
    key.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(keys: &str, text: &str) -> Option<Shape> {
        let keys: Vec<String> = keys.split('.').map(str::to_owned).collect();
        shape(&keys, text)
    }

    #[test]
    fn names_of_charts() {
        let digest = format!("sha256:{}", "0".repeat(64));
        for (keys, text, expected) in [
            ("image.repository", "nginx", Some(Shape::Image)),
            ("image.tag", "1.2.3", Some(Shape::Tag)),
            ("image.registry", "docker.io", Some(Shape::Registry)),
            ("global.imageRegistry", "docker.io", Some(Shape::Registry)),
            ("global.image.registry", "docker.io", Some(Shape::Registry)),
            ("image.digest", &digest, Some(Shape::Digest)),
            ("anything", &digest, Some(Shape::Digest)),
            ("image.tag", &format!("1.2@{digest}"), Some(Shape::Tag)),
            ("image", "a/b:1", Some(Shape::Image)),
            ("sidecar_image", "a/b:1", Some(Shape::Image)),
            ("images.web", "shop/web", Some(Shape::Image)),
            ("image.name", "web", Some(Shape::Image)),
            ("main_app.version", "v1.0.7", Some(Shape::Tag)),
            ("mesh.image_version", "1", Some(Shape::Tag)),
            ("image.pullPolicy", "Always", None),
            ("image.pullPolicy", "Sometimes", None),
            ("imagePullSecrets.name", "regcred", None),
            ("apiVersion", "v1", None),
            ("image.tag", "{{ .Chart.AppVersion }}", None),
            ("image.debug", "false", None),
            ("args", "--x", None),
            ("image.tag", "", None),
        ] {
            assert_eq!(of(keys, text), expected, "{keys} {text}");
        }
    }
}
