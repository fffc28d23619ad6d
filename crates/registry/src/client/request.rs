//! Requests and their replies.

use std::time::Duration;

use oci_client::secrets::RegistryAuth;
use reqwest::header::{AsHeaderName, HeaderMap, HeaderName};
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
    pub(crate) accept: Option<&'static str>,
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
