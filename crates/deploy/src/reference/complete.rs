//! References that need nothing else to be understood.

use yaml::Node;

/// Whether a scalar names the host of a registry, and a tag or a digest.
pub(crate) fn is_complete(value: &Node) -> bool {
    let text = value.scalar().unwrap_or_default();
    let host = text.split_once('/').map(|(host, _)| host).unwrap_or_default();
    let has_host = host.contains(['.', ':']) || host == "localhost";
    has_host && image::parse(text).is_ok_and(|(image, _)| image.tag.is_some() || image.digest.is_some())
}

/// Whether a text is the host of a registry and nothing else: `registry.example.com`, `localhost:5000`.
pub(crate) fn is_host(text: &str) -> bool {
    let (name, port) = text.split_once(':').unwrap_or((text, ""));
    let is_port = port.bytes().all(|byte| byte.is_ascii_digit());
    let last = name.rsplit('.').next().unwrap_or_default();
    let is_domain =
        name.contains('.') && last.len() > 1 && last.bytes().all(|byte| byte.is_ascii_alphabetic());
    is_port && !name.contains('/') && (is_domain || name == "localhost" && !port.is_empty())
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
