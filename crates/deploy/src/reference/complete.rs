//! References that are complete in themselves.

use yaml::Node;

/// True if a scalar names the host of a registry, and a tag or a digest.
pub(crate) fn is_complete(value: &Node) -> bool {
    let text = value.scalar().unwrap_or_default();
    let Some((host, _)) = text.split_once('/') else { return false };
    let has_host = host.contains(['.', ':']) || host == "localhost";
    match image::parse(text) {
        Ok((image, _)) => has_host && (image.tag.is_some() || image.digest.is_some()),
        Err(_) => false,
    }
}

/// True if a text is only the host of a registry: `registry.example.com`, `localhost:5000`.
pub(crate) fn is_host(text: &str) -> bool {
    let (name, port) = text.split_once(':').unwrap_or((text, ""));
    let is_port = port.is_empty() || port.parse::<u16>().is_ok();
    let last = name.rsplit('.').next().unwrap_or_default();
    let is_domain = name.contains('.') && last.len() > 1 && last.trim_matches(char::is_alphabetic).is_empty();
    is_port && !name.contains('/') && (is_domain || name == "localhost" && !port.is_empty())
}

/// True if a tag or a digest follows the last slash.
pub(crate) fn has_tag(text: &str) -> bool {
    text.rsplit('/').next().is_some_and(|last| last.contains([':', '@']))
}

#[cfg(test)]
mod tests {
    use super::is_host;

    #[test]
    fn hosts() {
        for (text, expected) in [
            ("reg.corp.test", true),
            ("reg.corp.test:5000", true),
            ("localhost:5000", true),
            ("localhost", false),
            ("web", false),
            ("acme/web", false),
            ("reg.corp.test/web", false),
            ("web:1.2", false),
            ("web.1", false),
            ("reg.corp.test:latest", false),
        ] {
            assert_eq!(is_host(text), expected, "{text}");
        }
    }
}
