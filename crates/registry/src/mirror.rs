//! Mirrors: asked first, and believed only where they have the image. Whatever else they say or do not
//! say, the registry itself is asked.

use super::Registries;
use super::look::Depth;
use image::{self, Image};
use model::{Present, TagState};

/// Where images of a registry, or of a part of it, are looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Route {
    /// What it is about: `docker.io`, `docker.io/library`, `*.acme.io`.
    pub of: String,
    /// What stands in its place: the registry itself is never asked.
    pub location: Option<String>,
    /// Nothing is to be pulled, as this says.
    pub blocked: Option<String>,
    /// What is asked first, in this order.
    pub mirrors: Vec<Mirror>,
}

/// A mirror.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mirror {
    /// Host, with a path in front of repositories where there is one: `mirror.example/hub`.
    pub at: String,
    /// What it is good for.
    pub pulls: Pulls,
}

/// The references that a mirror is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pulls {
    /// All.
    #[default]
    All,
    /// Those with a digest.
    ByDigest,
    /// Those without.
    ByTag,
}

impl Route {
    /// The rest of an image's name behind what the route is about. Case tells no two hosts apart, and
    /// a repository has none.
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

/// The route of an image: the one that is about the longest part of its name, of equals the first.
pub(super) fn route<'a>(routes: &'a [Route], image: &Image) -> Option<(&'a Route, String)> {
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
pub(super) fn placed(image: &Image, at: &str, rest: &str) -> Option<Image> {
    let whole = format!("{}/{rest}", at.trim_end_matches('/'));
    let (registry, repository) = whole.trim_end_matches('/').split_once('/')?;
    Some(Image { registry: registry.to_owned(), repository: repository.to_owned(), ..image.clone() })
}

impl Registries {
    /// An image where its route puts it, and what forbids to pull it.
    pub(super) fn placed(&self, image: &Image) -> (Image, Option<String>) {
        let Some((route, rest)) = route(&self.routes, image) else { return (image.clone(), None) };
        let moved = route.location.as_ref().and_then(|location| placed(image, location, &rest));
        (moved.unwrap_or_else(|| image.clone()), route.blocked.clone())
    }

    /// What a mirror has; nothing where none has it.
    pub(super) async fn through_mirror(&self, image: &Image, depth: Depth) -> Option<Present> {
        let (route, rest) = route(&self.routes, image)?;
        for mirror in &route.mirrors {
            let fits = match mirror.pulls {
                Pulls::All => true,
                Pulls::ByDigest => image.digest.is_some(),
                Pulls::ByTag => image.digest.is_none(),
            };
            let Some(there) = placed(image, &mirror.at, &rest).filter(|_| fits) else { continue };
            match self.look(&self.mirror(&there.registry), &there, depth).await {
                // What a cache thinks of a tag beside a digest may be old.
                Ok(Some(present)) if matches!(present.tag, None | Some(TagState::Same)) => {
                    return Some(Present { through: Some(mirror.at.clone()), ..present });
                }
                Ok(_) => {}
                Err(why) => {
                    self.remark(&mirror.at, format!("{} was asked instead: {}", route.of, why.detail));
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::parse;

    fn routed(of: &[&str], image: &str) -> Option<(String, String)> {
        let routes: Vec<_> = of.iter().map(|of| Route { of: (*of).into(), ..Route::default() }).collect();
        let (route, rest) = route(&routes, &parse(image).unwrap().0)?;
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
    fn images_are_placed_below_mirrors() {
        let image = parse("nginx:1.27").unwrap().0;
        let at = |at: &str| placed(&image, at, "library/nginx").unwrap().to_string();
        assert_eq!(at("mirror.example"), "mirror.example/library/nginx:1.27");
        assert_eq!(at("mirror.example:5000/hub/"), "mirror.example:5000/hub/library/nginx:1.27");
        assert_eq!(placed(&image, "mirror.example/hub", "").unwrap().name(), "mirror.example/hub");
        assert_eq!(placed(&image, "mirror.example", ""), None);
    }
}
