//! One request, taken apart as far as the routes need it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, HOST, HeaderName, USER_AGENT};
use hyper::http::request::Parts;

use super::log::Request;

const BODY_LIMIT: usize = 64 * 1024;

/// A request with its body.
pub(super) struct Call {
    pub(super) request: Request,
    body: Bytes,
}

impl Call {
    pub(super) fn new(head: &Parts) -> Self {
        let header = |name: HeaderName| {
            head.headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        // A proxy is asked in absolute form, whose authority goes before the Host header.
        let authority = head.uri.authority().map(ToString::to_string);
        let request = Request {
            method: head.method.to_string(),
            path: head.uri.path_and_query().map_or_else(String::new, ToString::to_string),
            host: authority.or_else(|| header(HOST)).unwrap_or_default(),
            authorization: header(AUTHORIZATION),
            user_agent: header(USER_AGENT),
        };
        Self { request, body: Bytes::new() }
    }

    /// Reads the body; one that breaks off or is too long counts as none.
    pub(super) async fn read_body(&mut self, body: Incoming) {
        if let Ok(whole) = Limited::new(body, BODY_LIMIT).collect().await {
            self.body = whole.to_bytes();
        }
    }

    /// The path, without the query.
    pub(super) fn path(&self) -> &str {
        self.request.path.split_once('?').map_or(self.request.path.as_str(), |(path, _)| path)
    }

    /// The values of a query parameter.
    pub(super) fn query(&self, name: &str) -> Vec<String> {
        let query = self.request.path.split_once('?').map_or("", |(_, query)| query);
        form_values(query, name)
    }

    /// The first value of a field of a form in the body.
    pub(super) fn form(&self, name: &str) -> Option<String> {
        form_values(&String::from_utf8_lossy(&self.body), name).into_iter().next()
    }

    /// User and password of basic authentication.
    pub(super) fn basic(&self) -> Option<(String, String)> {
        let decoded = STANDARD.decode(self.authorization("Basic")?).ok()?;
        let (user, password) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
        Some((user.to_owned(), password.to_owned()))
    }

    /// The token of bearer authentication.
    pub(super) fn bearer(&self) -> Option<&str> {
        self.authorization("Bearer")
    }

    fn authorization(&self, scheme: &str) -> Option<&str> {
        let (given, credentials) = self.request.authorization.as_deref()?.split_once(' ')?;
        given.eq_ignore_ascii_case(scheme).then_some(credentials)
    }
}

fn form_values(form: &str, name: &str) -> Vec<String> {
    form.split('&')
        .filter_map(|pair| pair.split_once('='))
        .filter(|(key, _)| percent_decode(key) == name)
        .map(|(_, value)| percent_decode(&value.replace('+', " ")))
        .collect()
}

/// Decodes `%41`; what is no such triple stays as it is.
pub(super) fn percent_decode(text: &str) -> String {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let escaped = after
            .split_at_checked(2)
            .filter(|_| first == b'%')
            .and_then(|(digits, tail)| Some((std::str::from_utf8(digits).ok()?, tail)))
            .and_then(|(digits, tail)| Some((u8::from_str_radix(digits, 16).ok()?, tail)));
        let (byte, tail) = escaped.unwrap_or((first, after));
        decoded.push(byte);
        rest = tail;
    }
    String::from_utf8_lossy(&decoded).into_owned()
}
