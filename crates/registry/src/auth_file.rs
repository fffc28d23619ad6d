//! One file in the form of Docker's `config.json`, which podman's `auth.json` shares. Entries that are
//! not understood are passed over: other tools write more than is known here.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read};
use std::path::Path;

use base64::Engine;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use serde_json::Value;

use super::address::is_docker_hub;
use super::credentials::Secret;

/// Files longer than this are not read.
const MAX_BYTES: u64 = 1 << 20;

/// Standard base64, with or without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What a file says.
pub(super) struct AuthFile {
    /// Its name for messages.
    pub(super) label: String,
    /// By normalised key; each with the keys that it was written under, in their order.
    auths: BTreeMap<String, Vec<Secret>>,
    helpers: BTreeMap<String, String>,
    store: Option<String>,
}

impl std::fmt::Debug for AuthFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AuthFile").field("label", &self.label).finish_non_exhaustive()
    }
}

impl AuthFile {
    /// Reads a file; `None` where there is none.
    ///
    /// # Errors
    /// A warning for a file that is there and cannot be used.
    pub(super) fn read(path: &Path, label: &str) -> Result<Option<Self>, String> {
        let unreadable = |why: &dyn std::fmt::Display| Err(format!("{label} cannot be read: {why}"));
        let file = match std::fs::File::open(path) {
            Ok(file) => file,
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Ok(None);
            }
            Err(error) => return unreadable(&error),
        };
        let mut content = Vec::new();
        match file.take(MAX_BYTES + 1).read_to_end(&mut content) {
            Ok(read) if read as u64 > MAX_BYTES => unreadable(&"it is longer than 1 MiB"),
            Ok(_) => Self::parse(&content, label).map(Some),
            Err(error) => unreadable(&error),
        }
    }

    /// Reads a file's content.
    ///
    /// # Errors
    /// A warning where it is not a JSON object.
    pub(super) fn parse(content: &[u8], label: &str) -> Result<Self, String> {
        // The parser's own message may quote what it found, which may be a password.
        let broken = |at: String| format!("{label} is ignored: it is not a JSON object{at}");
        let value: Value = serde_json::from_slice(content)
            .map_err(|error| broken(format!(" (line {}, column {})", error.line(), error.column())))?;
        let root = value.as_object().ok_or_else(|| broken(String::new()))?;
        let entries = |name: &str| root.get(name).and_then(Value::as_object).into_iter().flatten();
        let mut auths: BTreeMap<String, Vec<Secret>> = BTreeMap::new();
        for (key, entry) in entries("auths") {
            auths.entry(normal_key(key)).or_default().extend(secret(entry));
        }
        let helpers = entries("credHelpers")
            .filter_map(|(key, name)| Some((normal_key(key), name.as_str()?.to_owned())))
            .collect();
        let store = root.get("credsStore").and_then(Value::as_str).filter(|store| !store.is_empty());
        Ok(Self { label: label.to_owned(), auths, helpers, store: store.map(ToOwned::to_owned) })
    }

    /// The helper that a registry's credentials are kept by.
    pub(super) fn helper(&self, registry: &str) -> Option<&str> {
        let of_registry = self.helpers.get(&normal_key(registry)).filter(|name| !name.is_empty());
        of_registry.or(self.store.as_ref()).map(String::as_str)
    }

    /// The credential for a repository: the key with the longest path first.
    pub(super) fn auth(&self, registry: &str, repository: &str) -> Option<Secret> {
        let full = format!("{}/{repository}", normal_key(registry));
        let prefixes = std::iter::successors(Some(full.as_str()), |key| Some(key.rsplit_once('/')?.0));
        prefixes.filter_map(|key| self.auths.get(key)).find_map(|secrets| secrets.first().cloned())
    }
}

/// A key without scheme and API version; all names of Docker Hub are one.
fn normal_key(key: &str) -> String {
    let key = key.strip_prefix("https://").or_else(|| key.strip_prefix("http://")).unwrap_or(key);
    let key = key.trim_end_matches('/');
    let key = key.strip_suffix("/v1").or_else(|| key.strip_suffix("/v2")).unwrap_or(key);
    let (host, path) = key.split_once('/').map_or((key, ""), |(host, path)| (host, path));
    let host = host.to_ascii_lowercase();
    // Another port is another server.
    let host = if is_docker_hub(host.strip_suffix(":443").unwrap_or(&host)) { "docker.io" } else { &host };
    if path.is_empty() { host.to_owned() } else { format!("{host}/{path}") }
}

fn secret(entry: &Value) -> Option<Secret> {
    let field = |name: &str| entry.get(name).and_then(Value::as_str).filter(|value| !value.is_empty());
    if let Some(token) = field("identitytoken") {
        return Some(Secret::Identity(token.to_owned()));
    }
    if let Some(token) = field("registrytoken") {
        return Some(Secret::Bearer(token.to_owned()));
    }
    let written = || Some((field("username")?.to_owned(), field("password")?.to_owned()));
    let (user, password) = field("auth").and_then(decode).or_else(written)?;
    Some(Secret::Password { user, password })
}

/// `user:password` in base64; the password may hold colons, and NUL bytes pad it.
fn decode(auth: &str) -> Option<(String, String)> {
    let text = String::from_utf8(BASE64.decode(auth.trim()).ok()?).ok()?;
    let (user, password) = text.split_once(':')?;
    Some((user.to_owned(), password.trim_end_matches('\0').to_owned()))
}
