//! One file in the format of Docker's `config.json`, which podman's `auth.json` shares. Entries of an unknown form are
//! skipped, because other tools write more than is read here.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::path::Path;

use base64::Engine;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use run::Deadline;
use serde_json::Value;

use super::super::address::is_docker_hub;
use super::limit::NOT_IN_TIME;
use super::secret::Secret;

/// Maximum length of a file that is read, in bytes.
const MAX_BYTES: u64 = 1 << 20;

/// Standard base64, with or without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A file of credentials.
pub(super) struct AuthFile {
    /// Its name for messages.
    pub(super) label: String,
    /// By normalised key: the secrets of all spellings of the key, in their order.
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
    /// Reads a file, which may be a pipe, up to the deadline; `None` if it does not exist.
    ///
    /// # Errors
    /// A warning about a file that exists and cannot be used.
    pub(super) fn read(path: &Path, label: &str, deadline: &Deadline) -> Result<Option<Self>, String> {
        match read_bounded(path, deadline) {
            Ok(content) => Self::parse(&content, label).map(Some),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
            Err(error) if error.kind() == ErrorKind::TimedOut => Err(format!("{label} {NOT_IN_TIME}")),
            Err(error) => Err(format!("{label} cannot be read: {error}")),
        }
    }

    /// Reads the content of a file.
    ///
    /// # Errors
    /// A warning about content that is not a JSON object.
    pub(super) fn parse(content: &[u8], label: &str) -> Result<Self, String> {
        // The message of the parser may quote the content, which may be a password.
        let root: Value = match serde_json::from_slice(content) {
            Ok(root) => root,
            Err(error) => {
                let at = format!(" (line {}, column {})", error.line(), error.column());
                return Err(not_an_object(label, &at));
            }
        };
        let Some(root) = root.as_object() else { return Err(not_an_object(label, "")) };
        let mut auths: BTreeMap<String, Vec<Secret>> = BTreeMap::new();
        for (key, entry) in entries(root, "auths") {
            auths.entry(normal_key(key)).or_default().extend(secret(entry));
        }
        let mut helpers = BTreeMap::new();
        for (key, name) in entries(root, "credHelpers") {
            if let Some(name) = name.as_str() {
                helpers.insert(normal_key(key), name.to_owned());
            }
        }
        let store = text(root, "credsStore").map(ToOwned::to_owned);
        Ok(Self { label: label.to_owned(), auths, helpers, store })
    }

    /// The helper that stores the credentials of a registry.
    pub(super) fn helper(&self, registry: &str) -> Option<&str> {
        match self.helpers.get(&normal_key(registry)) {
            Some(name) if !name.is_empty() => Some(name),
            _ => self.store.as_deref(),
        }
    }

    /// The credential for a repository: the key with the longest path decides.
    pub(super) fn auth(&self, registry: &str, repository: &str) -> Option<Secret> {
        let full = format!("{}/{repository}", normal_key(registry));
        let mut key = full.as_str();
        loop {
            if let Some(secret) = self.auths.get(key).and_then(|secrets| secrets.first()) {
                return Some(secret.clone());
            }
            key = key.rsplit_once('/')?.0;
        }
    }
}

fn read_bounded(path: &Path, deadline: &Deadline) -> io::Result<Vec<u8>> {
    let content = run::read_file(path, MAX_BYTES + 1, deadline)?;
    if content.len() as u64 > MAX_BYTES {
        return Err(io::Error::other("it is longer than 1 MiB"));
    }
    Ok(content)
}

fn not_an_object(label: &str, at: &str) -> String {
    format!("{label} is ignored: it is not a JSON object{at}")
}

type Object = serde_json::Map<String, Value>;

/// The entries of the object in a field.
fn entries<'a>(root: &'a Object, field: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    root.get(field).and_then(Value::as_object).into_iter().flatten()
}

/// A field that is text and not empty.
fn text<'a>(object: &'a Object, field: &str) -> Option<&'a str> {
    object.get(field)?.as_str().filter(|text| !text.is_empty())
}

/// A key without scheme and API version; all names of Docker Hub have one key.
fn normal_key(key: &str) -> String {
    let key = key.strip_prefix("https://").or_else(|| key.strip_prefix("http://")).unwrap_or(key);
    let key = key.trim_end_matches('/');
    let key = key.strip_suffix("/v1").or_else(|| key.strip_suffix("/v2")).unwrap_or(key);
    let (host, path) = key.split_once('/').unwrap_or((key, ""));
    let host = host.to_ascii_lowercase();
    // Another port is another server.
    let host = if is_docker_hub(host.strip_suffix(":443").unwrap_or(&host)) { "docker.io" } else { &host };
    if path.is_empty() { host.to_owned() } else { format!("{host}/{path}") }
}

fn secret(entry: &Value) -> Option<Secret> {
    let entry = entry.as_object()?;
    if let Some(token) = text(entry, "identitytoken") {
        return Some(Secret::Identity(token.to_owned()));
    }
    if let Some(token) = text(entry, "registrytoken") {
        return Some(Secret::Bearer(token.to_owned()));
    }
    if let Some((user, password)) = text(entry, "auth").and_then(decode) {
        return Some(Secret::Password { user, password });
    }
    let (user, password) = (text(entry, "username")?.to_owned(), text(entry, "password")?.to_owned());
    Some(Secret::Password { user, password })
}

/// `user:password` in base64. The password may contain colons, and NUL bytes may pad it.
fn decode(auth: &str) -> Option<(String, String)> {
    let text = String::from_utf8(BASE64.decode(auth.trim()).ok()?).ok()?;
    let (user, password) = text.split_once(':')?;
    Some((user.to_owned(), password.trim_end_matches('\0').to_owned()))
}
