//! The places at which `pullable doctor` logs in.

use image::Image;

/// A registry, or an image in it.
#[derive(Clone, Debug)]
pub enum RegistryOrImage {
    /// The host of a registry, with its port if it has one.
    Registry(String),
    /// An image.
    Image(Image),
}

impl RegistryOrImage {
    /// Reads a host or an image. A text with a slash is an image, and one with a dot or a port is a host.
    ///
    /// # Errors
    /// A sentence on a text that is neither.
    pub fn parse(text: &str) -> Result<Self, String> {
        let port = text.rsplit_once(':').map(|(_, port)| port);
        let has_port =
            port.is_some_and(|port| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()));
        let is_host = text == "localhost" || text.contains('.') || has_port || text.starts_with('[');
        if is_host && !text.contains('/') {
            return Ok(Self::Registry(text.to_ascii_lowercase()));
        }
        let parsed = image::parse(text)
            .map_err(|error| format!("{text:?} is neither a registry nor an image: {error}"));
        parsed.map(|(image, _)| Self::Image(image))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_images() {
        for host in ["ghcr.io", "localhost", "localhost:5000", "[::1]:5000", "registry:5000", "REG.example"] {
            assert!(matches!(RegistryOrImage::parse(host), Ok(RegistryOrImage::Registry(_))), "{host}");
        }
        for image in ["nginx", "nginx:latest", "ghcr.io/acme/web", "ghcr.io/acme/web:1", "localhost:5000/web"]
        {
            assert!(matches!(RegistryOrImage::parse(image), Ok(RegistryOrImage::Image(_))), "{image}");
        }
        assert!(RegistryOrImage::parse("https://ghcr.io/x").is_err());
    }
}
