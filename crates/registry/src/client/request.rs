//! Requests and their replies.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use http::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, AsHeaderName, CONTENT_TYPE, HeaderMap, HeaderName, IF_NONE_MATCH,
    USER_AGENT,
};
use http_body_util::Full;
use hyper::body::Bytes;
use oci_client::secrets::RegistryAuth;
use reqwest::{Method, StatusCode, Url};

use crate::message;

/// Maximum length of a body of an error, in bytes.
pub(super) const MAX_ERROR: usize = 64 << 10;

/// A request.
#[derive(Clone)]
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) auth: RegistryAuth,
    pub(crate) accept: Option<&'static HeaderValue>,
    /// True if the body may arrive compressed with gzip.
    pub(crate) gzip: bool,
    /// The entity tag of a cached copy.
    pub(crate) etag: Option<String>,
    /// Time limit of one attempt, if it differs from that of the client.
    pub(crate) timeout: Option<Duration>,
    /// The body of a POST, `application/x-www-form-urlencoded`.
    pub(crate) form: Option<String>,
    /// Maximum length of a body of a success, in bytes.
    pub(crate) limit: usize,
    /// True if a redirect to another server is followed.
    pub(crate) may_leave: bool,
}

impl Request {
    pub(crate) fn new(method: Method, url: Url) -> Self {
        let auth = RegistryAuth::Anonymous;
        Self {
            method,
            url,
            auth,
            accept: None,
            gzip: false,
            etag: None,
            timeout: None,
            form: None,
            limit: MAX_ERROR,
            may_leave: true,
        }
    }

    /// The request for an address, with the credentials only if it is `trusted`. `None` if the address or a value
    /// cannot be part of a request.
    pub(super) fn to_http(
        &self,
        url: &Url,
        user_agent: &HeaderValue,
        trusted: bool,
    ) -> Option<http::Request<Full<Bytes>>> {
        let body = Full::from(self.form.clone().unwrap_or_default());
        let mut sent = http::Request::new(body);
        *sent.method_mut() = self.method.clone();
        *sent.uri_mut() = url.as_str().parse().ok()?;
        let headers = sent.headers_mut();
        headers.insert(USER_AGENT, user_agent.clone());
        headers.insert(ACCEPT, self.accept.cloned().unwrap_or(HeaderValue::from_static("*/*")));
        if self.gzip {
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        }
        if let Some(etag) = &self.etag {
            headers.insert(IF_NONE_MATCH, etag.parse().ok()?);
        }
        if self.form.is_some() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"));
        }
        if trusted && let Some(login) = authorization(&self.auth) {
            let mut value: HeaderValue = login.parse().ok()?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        Some(sent)
    }
}

/// The value of the header with the credentials. Specification: RFC 7617, RFC 6750.
fn authorization(auth: &RegistryAuth) -> Option<String> {
    match auth {
        RegistryAuth::Anonymous => None,
        RegistryAuth::Basic(user, password) => {
            Some(format!("Basic {}", STANDARD.encode(format!("{user}:{password}"))))
        }
        RegistryAuth::Bearer(token) => Some(format!("Bearer {token}")),
    }
}

/// A reply.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(super) headers: HeaderMap,
    /// The address of the request.
    pub(super) requested: Url,
    /// The address that replied, after redirects.
    pub(crate) url: Url,
    /// True if the reply is from a server other than that of the request.
    pub(crate) cross_origin: bool,
    pub(crate) body: Vec<u8>,
    /// True if the body is complete: it is cut off at its limit.
    pub(crate) complete: bool,
}

impl Reply {
    /// The value of a header, if it is text.
    pub(crate) fn header(&self, name: impl AsHeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// All values of a header that are text.
    pub(crate) fn headers(&self, name: HeaderName) -> Vec<&str> {
        let mut values = Vec::new();
        for value in self.headers.get_all(name) {
            values.extend(value.to_str());
        }
        values
    }

    /// The status, with the registry's own error code and message.
    pub(crate) fn described(&self) -> String {
        message::status(self.status, &self.body)
    }
}
