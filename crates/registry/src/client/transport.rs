//! One attempt at a request: time and size are bounded, and redirects are followed by hand.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use oci_client::secrets::RegistryAuth;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, IF_NONE_MATCH, LOCATION};
use reqwest::{Certificate, Client, ClientBuilder, Response, Url};

use super::address::{self, Insecure, same_server};
use super::failure::{Failure, Stage};
use super::network_guard::Guard;
use super::options::{Options, SetupError};
use super::request::{MAX_ERROR, Reply, Request};
use crate::message;

/// Maximum number of redirects of one request.
const MAX_REDIRECTS: usize = 5;
/// Lifetime of an idle connection. Connections to many registries must not accumulate: a process may often
/// open only a thousand files, and hundreds of registries may answer in a second. The last two attempts of a
/// request are further apart.
const IDLE: Duration = Duration::from_secs(1);
/// Time limit of a TLS handshake with a host that may use plain HTTP instead.
const INSECURE_HANDSHAKE: Duration = Duration::from_secs(5);

/// The HTTP clients and their limits.
pub(super) struct Transport {
    verified: Client,
    /// The client for the insecure hosts that the user named.
    insecure_client: OnceLock<Option<Client>>,
    /// The client for this machine.
    loopback_client: OnceLock<Option<Client>>,
    user_agent: String,
    guard: Option<Guard>,
    insecure: Insecure,
    timeout: Duration,
}

impl Transport {
    pub(super) fn new(options: &Options) -> Result<Self, SetupError> {
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            return Err(SetupError::CryptoProvider);
        }
        let guard = options.deny_private.then(|| Guard::new(&options.proxies.hosts));
        let mut certificates = Vec::new();
        for file in &options.authorities {
            certificates.extend(read_authorities(file)?);
        }
        let verified = builder(&options.user_agent, guard.as_ref()).tls_certs_merge(certificates);
        Ok(Self {
            verified: verified.build().map_err(SetupError::Client)?,
            insecure_client: OnceLock::new(),
            loopback_client: OnceLock::new(),
            guard,
            user_agent: options.user_agent.clone(),
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
                return read(response, request, cross_origin).await;
            };
            let host = address::authority_of(&url);
            let next = match address::redirect(&url, &location) {
                Ok(next) => next,
                Err(why) => return Err(Failure::of_redirect(&host, &why)),
            };
            // Credentials that are dropped on the way to another server are not sent on the way back either.
            cross_origin |= !same_server(&request.url, &next);
            if request.form.is_some() || (cross_origin && !request.may_leave) {
                let why = "redirects a login to another address, which is not followed";
                return Err(Failure::of_redirect(&host, why));
            }
            url = next;
        }
        let host = address::authority_of(&request.url);
        Err(Failure::of_redirect(&host, &format!("redirects more than {MAX_REDIRECTS} times")))
    }

    async fn send(&self, request: &Request, url: &Url, cross_origin: bool) -> Result<Response, Failure> {
        let host = address::authority_of(url);
        if let Some(guard) = &self.guard
            && let Err(why) = guard.admit(url)
        {
            return Err(Failure::not_sent(&host, &why));
        }
        let client = self.client(url, &host)?;
        let mut builder = client.request(request.method.clone(), url.clone());
        if let Some(accept) = request.accept {
            builder = builder.header(ACCEPT, accept);
        }
        if request.gzip {
            builder = builder.header(ACCEPT_ENCODING, "gzip");
        }
        if let Some(etag) = &request.etag {
            builder = builder.header(IF_NONE_MATCH, etag);
        }
        if let Some(form) = &request.form {
            builder = builder.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form.clone());
        }
        builder = match &request.auth {
            _ if cross_origin => builder,
            RegistryAuth::Anonymous => builder,
            RegistryAuth::Basic(user, password) => builder.basic_auth(user, Some(password)),
            RegistryAuth::Bearer(token) => builder.bearer_auth(token),
        };
        match builder.send().await {
            Ok(response) => Ok(response),
            Err(error) => Err(Failure::of_request(&host, &error)),
        }
    }

    fn client(&self, url: &Url, authority: &str) -> Result<&Client, Failure> {
        // The user may have written `host:443`, and `Url` leaves that port out.
        let port = url.port_or_known_default().unwrap_or_default();
        let full = format!("{}:{port}", address::without_port(authority));
        if !self.insecure.covers(authority) && !self.insecure.covers(&full) {
            return Ok(&self.verified);
        }
        // A proxy would reach itself under the name of this machine.
        let client = if address::is_loopback(address::without_port(authority)) {
            self.loopback_client.get_or_init(|| self.insecure_builder().no_proxy().build().ok())
        } else {
            self.insecure_client.get_or_init(|| self.insecure_builder().build().ok())
        };
        client.as_ref().ok_or_else(|| Failure::not_sent(authority, "TLS cannot be set up"))
    }

    fn insecure_builder(&self) -> ClientBuilder {
        builder(&self.user_agent, self.guard.as_ref())
            .connect_timeout(INSECURE_HANDSHAKE)
            .tls_danger_accept_invalid_certs(true)
    }
}

/// The certificates in a PEM file.
fn read_authorities(file: &Path) -> Result<Vec<Certificate>, SetupError> {
    let why = match std::fs::read(file) {
        Err(error) => error.to_string(),
        Ok(pem) => match Certificate::from_pem_bundle(&pem) {
            Ok(found) if found.is_empty() => "it holds none in PEM".to_owned(),
            Ok(found) => return Ok(found),
            Err(_) => "it is not PEM".to_owned(),
        },
    };
    Err(SetupError::Authority { file: PathBuf::from(file), why })
}

fn builder(user_agent: &str, guard: Option<&Guard>) -> ClientBuilder {
    let mut builder = Client::builder()
        .pool_idle_timeout(IDLE)
        .user_agent(user_agent)
        .redirect(reqwest::redirect::Policy::none())
        .referer(false);
    if let Some(guard) = guard {
        builder = builder.dns_resolver(guard.clone());
    }
    builder
}

fn location(response: &Response) -> Option<String> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    Some(response.headers().get(LOCATION)?.to_str().ok()?.to_owned())
}

/// Reads the body of a response up to its limit.
async fn read(mut response: Response, request: &Request, cross_origin: bool) -> Result<Reply, Failure> {
    let status = response.status();
    let limit = if status.is_success() { request.limit } else { MAX_ERROR };
    let (mut body, mut complete) = (Vec::new(), true);
    while complete {
        let chunk = match response.chunk().await {
            Ok(Some(chunk)) => chunk,
            Ok(None) => break,
            Err(error) => return Err(Failure::of_request(&address::authority_of(response.url()), &error)),
        };
        let room = limit.saturating_sub(body.len());
        complete = chunk.len() <= room;
        body.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
    }
    Ok(Reply {
        status,
        headers: response.headers().clone(),
        requested: request.url.clone(),
        url: response.url().clone(),
        cross_origin,
        body,
        complete,
    })
}
