//! One attempt at a request: time and size are bounded, and redirects are followed by hand.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use http::header::LOCATION;
use http::{HeaderValue, Response};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use reqwest::Url;
use rustls::ClientConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::address::{self, Insecure, same_server};
use super::failure::{Failure, Stage};
use super::http_client::{HttpClient, Outcome, Settings, Undelivered, tls};
use super::network_guard::Guard;
use super::options::{Options, SetupError};
use super::request::{MAX_ERROR, Reply, Request};
use crate::message;

/// Maximum number of redirects of one request.
const MAX_REDIRECTS: usize = 5;
/// Time limit of a TLS handshake with a host that may use plain HTTP instead.
const INSECURE_HANDSHAKE: Duration = Duration::from_secs(5);

/// The HTTP clients and their limits.
pub(super) struct Transport {
    verified: HttpClient,
    /// The client for the insecure hosts that the user named.
    insecure_client: OnceLock<Option<HttpClient>>,
    /// The client for this machine.
    loopback_client: OnceLock<Option<HttpClient>>,
    provider: Arc<CryptoProvider>,
    user_agent: HeaderValue,
    guard: Option<Guard>,
    insecure: Insecure,
    timeout: Duration,
}

impl Transport {
    pub(super) fn new(options: &Options) -> Result<Self, SetupError> {
        let provider = CryptoProvider::get_default().cloned().ok_or(SetupError::CryptoProvider)?;
        let guard = options.deny_private.then(|| Guard::new(&options.proxies.hosts));
        let mut certificates = Vec::new();
        for file in &options.authorities {
            certificates.extend(read_authorities(file)?);
        }
        let user_agent = HeaderValue::from_str(&options.user_agent).map_err(|_| SetupError::UserAgent)?;
        let config = tls::verified(&provider, certificates).map_err(SetupError::Tls)?;
        let verified = HttpClient::new(Settings {
            tls: config,
            guard: guard.as_ref(),
            proxies: true,
            connect_timeout: None,
            user_agent: user_agent.clone(),
        });
        Ok(Self {
            verified,
            insecure_client: OnceLock::new(),
            loopback_client: OnceLock::new(),
            provider,
            guard,
            user_agent,
            insecure: Insecure::new(&options.insecure),
            timeout: options.timeout,
        })
    }

    /// True if a registry may be reached without verified TLS.
    pub(super) fn is_insecure(&self, registry: &str) -> bool {
        self.insecure.covers(address::authority(registry))
    }

    /// Makes one attempt, which ends by the deadline of the run.
    pub(super) async fn attempt(&self, request: &Request, deadline: Instant) -> Result<Reply, Failure> {
        let timeout = request.timeout.unwrap_or(self.timeout);
        let end = Instant::now().checked_add(timeout).map_or(deadline, |end| end.min(deadline));
        let answered = AtomicBool::new(false);
        if let Ok(outcome) = tokio::time::timeout_at(end.into(), self.follow(request, &answered)).await {
            return outcome;
        }
        let host = address::authority_of(&request.url);
        let overdue = Instant::now() >= deadline;
        let unverified = if overdue { message::overdue(&host) } else { message::timed_out(&host, timeout) };
        let stage = if answered.load(Ordering::Relaxed) { Stage::Answered } else { Stage::NotAnswered };
        Err(Failure { unverified, retryable: !overdue, stage })
    }

    /// Sends a request, and follows redirects to the reply. Sets `answered` when the server answers.
    async fn follow(&self, request: &Request, answered: &AtomicBool) -> Result<Reply, Failure> {
        let mut url = request.url.clone();
        let mut cross_origin = false;
        for _ in 0..=MAX_REDIRECTS {
            let response = self.send(request, &url, cross_origin).await?;
            answered.store(true, Ordering::Relaxed);
            let Some(location) = location(&response) else {
                return read(response, request, url, cross_origin).await;
            };
            let host = address::authority_of(&url);
            let next = match address::redirect(&url, &location) {
                Ok(next) => next,
                Err(why) => return Err(Failure::of_response(&host, &why)),
            };
            // Credentials that are dropped on the way to another server are not sent on the way back either.
            cross_origin |= !same_server(&request.url, &next);
            if request.form.is_some() || (cross_origin && !request.may_leave) {
                let why = "redirects a login to another address, which is not followed";
                return Err(Failure::of_response(&host, why));
            }
            url = next;
        }
        let host = address::authority_of(&request.url);
        Err(Failure::of_response(&host, &format!("redirects more than {MAX_REDIRECTS} times")))
    }

    async fn send(
        &self,
        request: &Request,
        url: &Url,
        cross_origin: bool,
    ) -> Result<Response<Incoming>, Failure> {
        let host = address::authority_of(url);
        if let Some(guard) = &self.guard
            && let Err(why) = guard.admit(url)
        {
            return Err(Failure::not_sent(&host, &why));
        }
        let client = self.client(url, &host)?;
        let Some(sent) = request.to_http(url, &self.user_agent, !cross_origin) else {
            return Err(Failure::not_sent(&host, "the address cannot be used"));
        };
        match client.send(sent).await {
            Outcome::Response(response) => Ok(response),
            Outcome::Error(error) => Err(Failure::of_request(&host, &error)),
            Outcome::Interim => Err(Failure::of_response(&host, "sends interim responses (1xx) without end")),
            Outcome::NoResponse => Err(Failure::of_flood(&host)),
        }
    }

    fn client(&self, url: &Url, authority: &str) -> Result<&HttpClient, Failure> {
        // The user may have written `host:443`, and `Url` leaves that port out.
        let port = url.port_or_known_default().unwrap_or_default();
        let full = format!("{}:{port}", address::without_port(authority));
        if !self.insecure.covers(authority) && !self.insecure.covers(&full) {
            return Ok(&self.verified);
        }
        // A proxy would reach itself under the name of this machine.
        let client = if address::is_loopback(address::without_port(authority)) {
            self.loopback_client.get_or_init(|| self.insecure_client(false))
        } else {
            self.insecure_client.get_or_init(|| self.insecure_client(true))
        };
        client.as_ref().ok_or_else(|| Failure::not_sent(authority, "TLS cannot be set up"))
    }

    fn insecure_client(&self, proxies: bool) -> Option<HttpClient> {
        let config: ClientConfig = tls::unverified(&self.provider).ok()?;
        Some(HttpClient::new(Settings {
            tls: config,
            guard: self.guard.as_ref(),
            proxies,
            connect_timeout: Some(INSECURE_HANDSHAKE),
            user_agent: self.user_agent.clone(),
        }))
    }
}

/// The certificates in a PEM file.
fn read_authorities(file: &Path) -> Result<Vec<CertificateDer<'static>>, SetupError> {
    let found = match std::fs::read(file) {
        Ok(pem) => CertificateDer::pem_slice_iter(&pem)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|_| "it is not PEM".to_owned()),
        Err(error) => Err(error.to_string()),
    };
    let why = match found {
        Ok(found) if found.is_empty() => "it holds none in PEM".to_owned(),
        Ok(found) => return Ok(found),
        Err(why) => why,
    };
    Err(SetupError::Authority { file: PathBuf::from(file), why })
}

fn location(response: &Response<Incoming>) -> Option<String> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    Some(response.headers().get(LOCATION)?.to_str().ok()?.to_owned())
}

/// Reads the body of a response up to its limit.
async fn read(
    response: Response<Incoming>,
    request: &Request,
    url: Url,
    cross_origin: bool,
) -> Result<Reply, Failure> {
    let undelivered = Undelivered::of_response(&response);
    let (head, mut incoming) = response.into_parts();
    let limit = if head.status.is_success() { request.limit } else { MAX_ERROR };
    let (mut body, mut complete) = (Vec::new(), true);
    while complete {
        let chunk = match incoming.frame().await {
            Some(Ok(frame)) => frame.into_data().unwrap_or_default(),
            None => break,
            Some(Err(error)) => return Err(Failure::of_body(&address::authority_of(&url), &error)),
        };
        undelivered.reset();
        let room = limit.saturating_sub(body.len());
        complete = chunk.len() <= room;
        body.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
    }
    let requested = request.url.clone();
    Ok(Reply { status: head.status, headers: head.headers, requested, url, cross_origin, body, complete })
}
