//! Secrets that senders and the server share, each from a separate file. Their values appear in no message.

use std::fmt;
use std::path::Path;

use hmac::digest::KeyInit as _;
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

use crate::context::Context;
use crate::error::Error;

/// Maximum length of a secret, in bytes.
const LONGEST: u64 = 64 << 10;

/// A secret of at least one byte.
#[derive(Clone)]
pub(super) struct Secret(Vec<u8>);

impl Secret {
    /// Reads a file without the end of its last line. A file that every user of the machine may read gives a
    /// note.
    ///
    /// # Errors
    /// [`Error::Secret`] if the file cannot be read, is empty, or is longer than 64 KiB.
    pub(super) fn read(context: &Context, file: &Path) -> Result<Self, Error> {
        let refused = |why: String| Error::Secret { file: file.to_owned(), why };
        let (_, bytes) = context.read(file, LONGEST).map_err(|error| refused(error.why()))?;
        let secret = Self::new(&bytes).ok_or_else(|| refused("it holds no secret".to_owned()))?;
        if is_open(&context.path(file)) {
            let note = format!("{} can be read by every user of this machine", file.display());
            context.events.note(&note);
        }
        Ok(secret)
    }

    /// The secret in the content of a file; `None` if there is none.
    pub(super) fn new(content: &[u8]) -> Option<Self> {
        let line = content.strip_suffix(b"\n").unwrap_or(content);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        (!line.trim_ascii().is_empty()).then(|| Self(line.to_vec()))
    }

    /// The bytes, as the key of a signature.
    pub(super) fn key(&self) -> &[u8] {
        &self.0
    }

    /// True if a text is the secret. The time of the comparison does not depend on the texts, because hashes
    /// are compared.
    pub(super) fn is(&self, given: &[u8]) -> bool {
        match (hash(&self.0), hash(given)) {
            (Some(own), Some(other)) => own.verify(&other.finalize().into_bytes()).is_ok(),
            _ => false,
        }
    }
}

/// The hash of a text with a public key.
fn hash(text: &[u8]) -> Option<Hmac<Sha256>> {
    let mut hash = Hmac::<Sha256>::new_from_slice(b"pullable").ok()?;
    hash.update(text);
    Some(hash)
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(unix)]
fn is_open(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o004 != 0)
}

#[cfg(not(unix))]
fn is_open(_path: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_the_line_of_its_file() {
        let secret = |content: &str| Secret::new(content.as_bytes()).map(|secret| secret.0);
        for content in ["s3cret", "s3cret\n", "s3cret\r\n"] {
            assert_eq!(secret(content), Some(b"s3cret".to_vec()), "{content:?}");
        }
        assert_eq!(
            secret(" a\n\n"),
            Some(b" a\n".to_vec()),
            "one end of line is taken off, and nothing else"
        );
        for content in ["", "\n", "\r\n", " \n"] {
            assert_eq!(secret(content), None, "{content:?}");
        }
    }

    #[test]
    fn only_the_secret_itself_is_the_secret() {
        let secret = Secret::new(b"s3cret").unwrap();
        assert!(secret.is(b"s3cret"));
        for given in ["", "s3cre", "s3crett", "S3cret", "s3cret\0"] {
            assert!(!secret.is(given.as_bytes()), "{given:?}");
        }
        assert_eq!(format!("{secret:?}"), "Secret(…)");
    }
}
