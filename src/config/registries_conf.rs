//! The `registries.conf` of Podman and CRI-O, version 2: `prefix`, `location`, `mirror`, `insecure` and
//! `blocked`. It is read only if it is given: the file of this machine is not that of the cluster's nodes.

use serde::Deserialize;

/// The entry of a registry, or of a part of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The prefix that it covers: `docker.io`, `docker.io/library`, `*.acme.io`.
    pub of: String,
    /// The location that replaces the prefix.
    pub location: Option<String>,
    /// True if pulls are forbidden.
    pub blocked: bool,
    /// Mirrors in their order.
    pub mirrors: Vec<MirrorAt>,
    /// Hosts that may be reached without verified TLS, or in plain HTTP.
    pub insecure: Vec<String>,
}

/// A mirror.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MirrorAt {
    /// Its host, with a path or without.
    pub at: String,
    /// True if it is queried for references with a digest.
    pub by_digest: bool,
    /// True if it is queried for references without a digest.
    pub by_tag: bool,
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    registry: Vec<Registry>,
    /// Version 1 of the format.
    registries: Option<toml::Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Registry {
    #[serde(default)]
    prefix: String,
    #[serde(default)]
    location: String,
    #[serde(default)]
    insecure: bool,
    #[serde(default)]
    blocked: bool,
    #[serde(default)]
    mirror_by_digest_only: bool,
    #[serde(default)]
    mirror: Vec<Mirror>,
}

#[derive(Deserialize)]
struct Mirror {
    location: String,
    #[serde(default)]
    insecure: bool,
    #[serde(default, rename = "pull-from-mirror")]
    pulls: String,
}

/// Reads the file; other keys are ignored.
///
/// # Errors
/// A sentence that describes the fault.
pub fn registries_conf(text: &str) -> Result<Vec<Place>, String> {
    let file: File = toml::from_str(text).map_err(|error| error.to_string().replace('\n', " "))?;
    if file.registries.is_some() {
        return Err("this is version 1 of the format; version 2 has [[registry]]".to_owned());
    }
    file.registry.iter().map(place).collect()
}

fn place(registry: &Registry) -> Result<Place, String> {
    let location = checked(&registry.location)?;
    let of = if registry.prefix.is_empty() { location } else { checked(&registry.prefix)? };
    if of.is_empty() {
        return Err("a [[registry]] has neither `prefix` nor `location`".to_owned());
    }
    let host = |at: &str| at.split('/').next().unwrap_or_default().to_owned();
    let mut place = Place { of: of.to_owned(), blocked: registry.blocked, ..Place::default() };
    place.location = Some(location.to_owned()).filter(|location| !location.is_empty() && location != of);
    if registry.insecure {
        place.insecure.push(host(if location.is_empty() { of } else { location }));
    }
    for mirror in &registry.mirror {
        let at = checked(&mirror.location)?.to_owned();
        let (by_digest, by_tag) = match mirror.pulls.as_str() {
            "" => (true, !registry.mirror_by_digest_only),
            "all" => (true, true),
            "digest-only" => (true, false),
            "tag-only" => (false, true),
            other => {
                return Err(format!("`pull-from-mirror` is all, digest-only or tag-only, not {other:?}"));
            }
        };
        if mirror.insecure {
            place.insecure.push(host(&at));
        }
        place.mirrors.push(MirrorAt { at, by_digest, by_tag });
    }
    Ok(place)
}

/// A host with a path or without.
fn checked(text: &str) -> Result<&str, String> {
    let text = text.trim_end_matches('/');
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".:-_/[]*".contains(&byte);
    if text.bytes().all(plain) && !text.contains("//") && !text.starts_with('/') {
        return Ok(text);
    }
    Err(format!("{text:?} is not a registry, with or without a path"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_it_says() {
        let text = r#"
unqualified-search-registries = ["docker.io"]
short-name-mode = "enforcing"
[[registry]]
location = "docker.io"
mirror-by-digest-only = true
[[registry.mirror]]
location = "mirror.example/hub/"
insecure = true
[[registry.mirror]]
location = "other.example"
pull-from-mirror = "tag-only"
[[registry]]
prefix = "old.example/team"
location = "new.example/team"
insecure = true
[[registry]]
prefix = "*.bad.example"
blocked = true
"#;
        let places = registries_conf(text).unwrap();
        let mirror = |at: &str, by_digest, by_tag| MirrorAt { at: at.to_owned(), by_digest, by_tag };
        assert_eq!(
            places[0].mirrors,
            [mirror("mirror.example/hub", true, false), mirror("other.example", false, true),]
        );
        assert_eq!(
            (places[0].location.clone(), places[0].insecure.clone()),
            (None, vec!["mirror.example".into()])
        );
        assert_eq!(places[1].location.as_deref(), Some("new.example/team"));
        assert_eq!(places[1].insecure, ["new.example"]);
        assert!(places[2].blocked && places[2].of == "*.bad.example" && places[2].location.is_none());
        assert_eq!(registries_conf(""), Ok(Vec::new()));
    }

    #[test]
    fn what_it_cannot_say() {
        for (text, why) in [
            ("[[registry]", "TOML parse error"),
            ("[[registry]]", "neither `prefix` nor `location`"),
            ("[[registry]]\nlocation = 5", "invalid type"),
            ("[[registry]]\nlocation = 'https://a.io'", "is not a registry"),
            ("[[registry]]\nlocation = 'a.io'\n[[registry.mirror]]\ninsecure = true", "location"),
            ("[[registry]]\nlocation = 'a'\nmirror = [{location = 'b', pull-from-mirror = 'x'}]", "tag-only"),
            ("[registries.search]\nregistries = []", "version 1"),
        ] {
            let said = registries_conf(text).unwrap_err();
            assert!(said.contains(why), "{text}: {said}");
        }
    }
}
