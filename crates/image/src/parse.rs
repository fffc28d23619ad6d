//! The strict parser. Grammar: <https://pkg.go.dev/github.com/distribution/reference>; digests:
//! <https://github.com/opencontainers/image-spec/blob/v1.1.1/descriptor.md#digests>.

use std::ops::Range;

use thiserror::Error;

use super::{DOCKER_HUB, Image};

/// Maximum length of a tag, in ASCII characters.
const MAX_TAG: usize = 128;
/// Maximum length of a repository with its registry, in bytes.
const MAX_NAME: usize = 255;

/// The places of the parts of a reference in the text that was parsed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// Registry and repository as written.
    pub name: Range<usize>,
    /// The tag, without its colon.
    pub tag: Option<Range<usize>>,
    /// The digest, without its at sign.
    pub digest: Option<Range<usize>>,
}

/// The fault of a text that is not a reference, with its place.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{fault}")]
pub struct ParseError {
    /// The fault.
    pub fault: Fault,
    /// The bytes of the text that are wrong; never empty unless the text is.
    pub at: Range<usize>,
}

/// The fault of a reference.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Fault {
    /// The text is empty.
    #[error("the reference is empty")]
    Empty,
    /// `https://…`.
    #[error("a reference has no scheme: leave {0:?} out")]
    Scheme(String),
    /// A blank or a line break.
    #[error("a reference must not contain white space")]
    Space,
    /// The registry's host is not one.
    #[error("{0:?} is not the name of a registry host")]
    Host(String),
    /// Not a number from 1 to 65535.
    #[error("{0:?} is not a port")]
    Port(String),
    /// An upper-case letter in the repository.
    #[error("a repository is written in lower case: {0:?}")]
    UpperCase(String),
    /// A part of the repository breaks the grammar.
    #[error(
        "{0:?} cannot be part of a repository: lower-case letters and digits, joined by '.', '_', '__' or '-'"
    )]
    Component(String),
    /// Nothing between two slashes, or before or after one.
    #[error("a part of the repository is empty")]
    EmptyComponent,
    /// More than 255 bytes.
    #[error("the name is longer than 255 characters")]
    LongName,
    /// Exactly 64 hexadecimal digits: an image ID.
    #[error("64 hexadecimal digits alone are an image ID, which no registry serves")]
    ImageId,
    /// A colon without a tag after it.
    #[error("the tag is empty")]
    EmptyTag,
    /// A character that is not allowed in a tag.
    #[error(
        "{0:?} is not allowed in a tag: ASCII letters, digits, '_', '.' and '-', and neither '.' nor '-' first"
    )]
    TagCharacter(char),
    /// More than 128 characters.
    #[error("the tag is longer than 128 characters")]
    LongTag,
    /// The text after the at sign is not `algorithm:hex`.
    #[error("a digest is written sha256: and 64 hexadecimal digits")]
    DigestForm,
    /// An algorithm that runtimes do not know.
    #[error("{0:?} is not a digest algorithm that container runtimes support: sha256, sha384 or sha512")]
    DigestAlgorithm(String),
    /// The wrong number of digits.
    #[error("a {algorithm} digest has {expected} hexadecimal digits, this one has {found}")]
    DigestLength {
        /// `sha256`, …
        algorithm: String,
        /// Digits that it must have.
        expected: usize,
        /// Digits that it has.
        found: usize,
    },
    /// A character that is not a lower-case hexadecimal digit.
    #[error("{0:?} is not a lower-case hexadecimal digit")]
    DigestCharacter(char),
}

/// Reads a reference, with the places of its parts.
///
/// # Errors
/// [`ParseError`] with the first fault and its place.
pub fn parse(text: &str) -> Result<(Image, Parts), ParseError> {
    if text.is_empty() {
        return Err(fault(Fault::Empty, 0..0));
    }
    if let Some(at) = text.find(char::is_whitespace) {
        let end = text.len() - text.get(at..).unwrap_or_default().trim_start().len();
        return Err(fault(Fault::Space, at..end));
    }
    if let Some(at) = text.find("://") {
        let end = at + 3;
        return Err(fault(Fault::Scheme(slice(text, 0..end)), 0..end));
    }
    let (rest, digest) = match text.split_once('@') {
        Some((rest, _)) => (rest, Some(rest.len() + 1..text.len())),
        None => (text, None),
    };
    // A colon after the last slash separates the tag; one before it separates a port.
    let last = rest.rfind('/').map_or(0, |slash| slash + 1);
    let colon = match rest.get(last..).and_then(|component| component.find(':')) {
        Some(_) if last == 0 && rest.starts_with('[') => None,
        found => found.map(|at| last + at),
    };
    let name = 0..colon.unwrap_or(rest.len());
    let tag = colon.map(|colon| colon + 1..rest.len());

    let (registry, repository) = parse_name(text, name.clone())?;
    if let Some(at) = &tag {
        check_tag(text, at.clone())?;
    }
    if let Some(at) = &digest {
        check_digest(text, at.clone())?;
    }
    let image = Image {
        registry,
        repository,
        tag: tag.clone().map(|at| slice(text, at)),
        digest: digest.clone().map(|at| slice(text, at)),
    };
    Ok((image, Parts { name, tag, digest }))
}

fn parse_name(text: &str, name: Range<usize>) -> Result<(String, String), ParseError> {
    let written = text.get(name.clone()).unwrap_or_default();
    if written.is_empty() {
        return Err(fault(Fault::EmptyComponent, 0..text.len().min(1)));
    }
    if written.len() == 64 && written.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(fault(Fault::ImageId, name));
    }
    // Docker reads the first component as a host only if it cannot be part of a repository.
    let host = written.split_once('/').map(|(first, _)| first).filter(|first| {
        first.contains(['.', ':', '['])
            || *first == "localhost"
            || first.bytes().any(|byte| byte.is_ascii_uppercase())
    });
    let path_start = host.map_or(0, |host| host.len() + 1);
    if let Some(host) = host {
        check_host(host)?;
    }
    let path = path_start..name.end;
    check_path(text, path.clone())?;
    let path = slice(text, path);
    let (registry, repository) = match host {
        None | Some("docker.io" | "index.docker.io") if !path.contains('/') => {
            (DOCKER_HUB.to_owned(), format!("library/{path}"))
        }
        None | Some("docker.io" | "index.docker.io") => (DOCKER_HUB.to_owned(), path),
        Some(host) => (host.to_owned(), path),
    };
    if registry.len() + 1 + repository.len() > MAX_NAME {
        return Err(fault(Fault::LongName, name));
    }
    Ok((registry, repository))
}

/// `host := (domain | IPv4 | "[" IPv6 "]") [":" port]`.
fn check_host(host: &str) -> Result<(), ParseError> {
    let bad = |at: Range<usize>| Err(fault(Fault::Host(slice(host, at.clone())), at));
    let (name, port) = match host.strip_prefix('[') {
        Some(inner) => match inner.split_once(']') {
            Some((address, port)) if address.parse::<std::net::Ipv6Addr>().is_ok() => {
                (address.len() + 2, port.strip_prefix(':').or((!port.is_empty()).then_some("?")))
            }
            _ => return bad(0..host.len()),
        },
        None => match host.split_once(':') {
            Some((name, port)) => (name.len(), Some(port)),
            None => (host.len(), None),
        },
    };
    let label = |label: &str| {
        let alphanumeric = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        let bytes = label.as_bytes();
        alphanumeric(bytes.first())
            && alphanumeric(bytes.last())
            && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
    };
    if !host.starts_with('[') && !slice(host, 0..name).split('.').all(label) {
        return bad(0..name.max(1));
    }
    if let Some(port) = port {
        let digits = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
        if !digits || port.parse::<u16>().is_ok_and(|port| port == 0) || port.parse::<u16>().is_err() {
            return Err(fault(Fault::Port(port.to_owned()), name..host.len()));
        }
    }
    Ok(())
}

/// `path := component ("/" component)*`.
fn check_path(text: &str, path: Range<usize>) -> Result<(), ParseError> {
    let mut start = path.start;
    for component in text.get(path).unwrap_or_default().split('/') {
        let at = start..start + component.len();
        start = at.end + 1;
        if component.is_empty() {
            return Err(fault(Fault::EmptyComponent, at.start.saturating_sub(1)..at.end.max(1)));
        }
        if is_component(component) {
            continue;
        }
        let lower = component.to_ascii_lowercase();
        let what = if is_component(&lower) { Fault::UpperCase } else { Fault::Component };
        return Err(fault(what(component.to_owned()), at));
    }
    Ok(())
}

/// `component := [a-z0-9]+ (("." | "_" | "__" | "-"+) [a-z0-9]+)*`.
fn is_component(component: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let mut bytes = component.bytes().peekable();
    loop {
        if !bytes.next().is_some_and(word) {
            return false;
        }
        while bytes.next_if(|byte| word(*byte)).is_some() {}
        match bytes.next() {
            None => return true,
            Some(b'.') => {}
            Some(b'_') => {
                bytes.next_if_eq(&b'_');
            }
            Some(b'-') => while bytes.next_if_eq(&b'-').is_some() {},
            Some(_) => return false,
        }
    }
}

fn check_tag(text: &str, at: Range<usize>) -> Result<(), ParseError> {
    let tag = text.get(at.clone()).unwrap_or_default();
    if tag.is_empty() {
        return Err(fault(Fault::EmptyTag, at.start.saturating_sub(1)..at.end));
    }
    let wrong = tag.char_indices().find(|(index, c)| {
        let word = c.is_ascii_alphanumeric() || *c == '_';
        !(word || (*index > 0 && matches!(c, '.' | '-')))
    });
    if let Some((index, c)) = wrong {
        let start = at.start + index;
        return Err(fault(Fault::TagCharacter(c), start..start + c.len_utf8()));
    }
    if tag.len() > MAX_TAG {
        return Err(fault(Fault::LongTag, at));
    }
    Ok(())
}

fn check_digest(text: &str, at: Range<usize>) -> Result<(), ParseError> {
    let digest = text.get(at.clone()).unwrap_or_default();
    let Some((algorithm, hex)) = digest.split_once(':') else {
        return Err(fault(Fault::DigestForm, at.start.saturating_sub(1)..at.end));
    };
    let hex_at = at.start + algorithm.len() + 1;
    let expected = match algorithm {
        "sha256" => 64,
        "sha384" => 96,
        "sha512" => 128,
        other => {
            let place = at.start.saturating_sub(1)..at.start + other.len();
            return Err(fault(Fault::DigestAlgorithm(other.to_owned()), place));
        }
    };
    let wrong = hex.char_indices().find(|(_, c)| !matches!(c, '0'..='9' | 'a'..='f'));
    if let Some((index, c)) = wrong {
        let start = hex_at + index;
        return Err(fault(Fault::DigestCharacter(c), start..start + c.len_utf8()));
    }
    if hex.len() != expected {
        let length = Fault::DigestLength { algorithm: algorithm.to_owned(), expected, found: hex.len() };
        return Err(fault(length, at));
    }
    Ok(())
}

fn fault(fault: Fault, at: Range<usize>) -> ParseError {
    ParseError { fault, at }
}

fn slice(text: &str, at: Range<usize>) -> String {
    text.get(at).unwrap_or_default().to_owned()
}
