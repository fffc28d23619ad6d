//! Downloads files that are not in a registry: the indexes and archives of chart repositories. The requests
//! go through the same limits, retries and guards as those to registries.

use std::time::{Duration, Instant};

use oci_client::secrets::RegistryAuth;
use reqwest::header::ETAG;
use reqwest::{Method, StatusCode, Url};

use crate::client::{Client, Request, authority_of};
use crate::message;
use model::Unverified;

/// A file to download.
#[derive(Clone)]
pub struct Download {
    /// Its address. User and password in it are not sent.
    pub url: Url,
    /// User and password, which are sent to the server of the address and to no other.
    pub login: Option<(String, String)>,
    /// The entity tag of a cached copy. The status is 304 if the file is unchanged.
    pub etag: Option<String>,
    /// True if the body may arrive compressed with gzip. It is returned as it is received.
    pub gzip: bool,
    /// Maximum length of a body, in bytes.
    pub limit: usize,
    /// Time limit of one attempt.
    pub timeout: Duration,
}

/// The reply to a download.
#[derive(Clone, Debug)]
pub struct Downloaded {
    /// The status.
    pub status: u16,
    /// The status in words.
    pub described: String,
    /// The entity tag of the file.
    pub etag: Option<String>,
    /// True if another server replied, after a redirect. It was sent no login.
    pub cross_origin: bool,
    /// The body; that of an error is cut off.
    pub body: Vec<u8>,
    /// True if the body is complete: it is cut off at its limit.
    pub complete: bool,
}

/// Downloads a file.
pub(super) async fn download(
    client: &Client,
    file: &Download,
    deadline: Instant,
) -> Result<Downloaded, Unverified> {
    let host = authority_of(&file.url);
    if !matches!(file.url.scheme(), "http" | "https") {
        let why = format!("the scheme {} is not supported", file.url.scheme());
        return Err(message::unreachable(&host, &why));
    }
    let endpoint = client.endpoint(&host);
    let exchange = client.download(&endpoint, request(file), deadline);
    let reply = match tokio::time::timeout_at(deadline.into(), exchange).await {
        Ok(reply) => reply?,
        Err(_) => return Err(endpoint.overdue()),
    };
    if reply.status == StatusCode::TOO_MANY_REQUESTS {
        return Err(message::limited(&host, &reply.described()));
    }
    Ok(Downloaded {
        status: reply.status.as_u16(),
        described: reply.described(),
        etag: reply.header(ETAG).map(str::to_owned),
        cross_origin: reply.cross_origin,
        complete: reply.complete,
        body: reply.body,
    })
}

fn request(file: &Download) -> Request {
    let mut url = file.url.clone();
    // These calls fail only for addresses without a host.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    let auth = match &file.login {
        Some((user, password)) => RegistryAuth::Basic(user.clone(), password.clone()),
        None => RegistryAuth::Anonymous,
    };
    Request {
        auth,
        gzip: file.gzip,
        etag: file.etag.clone(),
        timeout: Some(file.timeout),
        limit: file.limit,
        ..Request::new(Method::GET, url)
    }
}
