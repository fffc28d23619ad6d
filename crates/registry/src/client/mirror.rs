//! Mirrors, and registries that replace others: the selection for an image.

use image::{self, Image};

/// The places where images of a registry, or of a part of it, are looked up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Route {
    /// The names that the route covers: `docker.io`, `docker.io/library`, `*.acme.io`.
    pub of: String,
    /// The place that replaces the registry, which is never queried itself.
    pub location: Option<String>,
    /// The setting that forbids pulls from this registry.
    pub blocked: Option<String>,
    /// The mirrors that are queried first, in this order.
    pub mirrors: Vec<Mirror>,
}

/// A mirror.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mirror {
    /// Host, with the path before repositories if there is one: `mirror.example/hub`.
    pub at: String,
    /// The references for which it is queried.
    pub pulls: Pulls,
}

/// The references for which a mirror is queried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pulls {
    /// All references.
    #[default]
    All,
    /// References with a digest.
    ByDigest,
    /// References without a digest.
    ByTag,
}

impl Pulls {
    /// True if a mirror is queried for an image.
    pub(crate) fn cover(self, image: &Image) -> bool {
        match self {
            Self::All => true,
            Self::ByDigest => image.digest.is_some(),
            Self::ByTag => image.digest.is_none(),
        }
    }
}

impl Route {
    /// The rest of an image's name after the part that the route covers. Hosts have no case, and repositories
    /// are lower-case.
    fn rest<'a>(&self, name: &'a str) -> Option<&'a str> {
        if let Some(domain) = self.of.strip_prefix('*') {
            let (host, rest) = name.split_once('/')?;
            return image::is_below(host, domain).then_some(rest);
        }
        let (of, rest) = name.split_at_checked(self.of.len())?;
        if !of.eq_ignore_ascii_case(&self.of) {
            return None;
        }
        rest.strip_prefix('/').or(rest.is_empty().then_some(rest))
    }
}

/// The route that covers the longest part of an image's name, and the rest of the name. The first of several
/// equal routes counts.
pub(crate) fn find_route<'a>(routes: &'a [Route], image: &Image) -> Option<(&'a Route, String)> {
    let name = image.name();
    let mut best: Option<(&Route, &str)> = None;
    for route in routes {
        if let Some(rest) = route.rest(&name)
            && best.is_none_or(|(_, known)| rest.len() < known.len())
        {
            best = Some((route, rest));
        }
    }
    best.map(|(route, rest)| (route, rest.to_owned()))
}

/// An image below another place.
pub(crate) fn relocate(image: &Image, at: &str, rest: &str) -> Option<Image> {
    let whole = format!("{}/{rest}", at.trim_end_matches('/'));
    let (registry, repository) = whole.trim_end_matches('/').split_once('/')?;
    Some(Image { registry: registry.to_owned(), repository: repository.to_owned(), ..image.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::parse;

    fn routed(of: &[&str], image: &str) -> Option<(String, String)> {
        let routes: Vec<_> = of.iter().map(|of| Route { of: (*of).into(), ..Route::default() }).collect();
        let (route, rest) = find_route(&routes, &parse(image).unwrap().0)?;
        Some((route.of.clone(), rest))
    }

    #[test]
    fn the_longest_route_is_taken() {
        let pair = |of: &str, rest: &str| Some((of.to_owned(), rest.to_owned()));
        let routes = ["docker.io", "docker.io/acme", "*.acme.io", "quay.io:443"];
        assert_eq!(routed(&routes, "nginx"), pair("docker.io", "library/nginx"));
        assert_eq!(routed(&routes, "acme/web:1"), pair("docker.io/acme", "web"));
        assert_eq!(routed(&routes, "acmeshop/web:1"), pair("docker.io", "acmeshop/web"));
        assert_eq!(routed(&routes, "r.acme.io/web"), pair("*.acme.io", "web"));
        assert_eq!(routed(&routes, "R.Acme.IO/web"), pair("*.acme.io", "web"));
        assert_eq!(routed(&routes, "QUAY.io:443/web"), pair("quay.io:443", "web"));
        assert_eq!(routed(&routes, "acme.io/web"), None);
        assert_eq!(routed(&routes, "evilacme.io/web"), None);
        assert_eq!(routed(&routes, "quay.io/a/b"), None);
    }

    #[test]
    fn images_are_relocated_below_mirrors() {
        let image = parse("nginx:1.27").unwrap().0;
        let at = |at: &str| relocate(&image, at, "library/nginx").unwrap().to_string();
        assert_eq!(at("mirror.example"), "mirror.example/library/nginx:1.27");
        assert_eq!(at("mirror.example:5000/hub/"), "mirror.example:5000/hub/library/nginx:1.27");
        assert_eq!(relocate(&image, "mirror.example/hub", "").unwrap().name(), "mirror.example/hub");
        assert_eq!(relocate(&image, "mirror.example", ""), None);
    }
}
