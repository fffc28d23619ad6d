//! One attempt at a request: time and size bounded, redirects followed by hand.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use oci_client::secrets::RegistryAuth;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, LOCATION};
use reqwest::{Certificate, Client, Method, Response, StatusCode, Url, Version};

use super::address::{self, Insecure, same_server};
use super::describe::{self, unverified};
use super::private::Guard;
use super::{Options, SetupError};
use model::{Cause, Unverified};

/// Redirects of one request.
const MAX_REDIRECTS: usize = 5;
/// How long a connection is kept that nothing is asked on.
const IDLE: Duration = Duration::from_secs(5);
/// Longest body of an error.
pub(super) const MAX_ERROR: usize = 64 << 10;
/// How long a handshake may take with a host that may answer in plain HTTP instead.
const INSECURE_HANDSHAKE: Duration = Duration::from_secs(5);

/// What is sent.
#[derive(Clone)]
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) auth: RegistryAuth,
    pub(super) accept: Option<&'static str>,
    /// The body of a POST, `application/x-www-form-urlencoded`.
    pub(super) form: Option<String>,
    /// Longest body of a success.
    pub(super) limit: usize,
    /// Whether a redirect may lead to another server.
    pub(super) wanders: bool,
}

impl Request {
    pub(super) fn new(method: Method, url: Url) -> Self {
        let auth = RegistryAuth::Anonymous;
        Self { method, url, auth, accept: None, form: None, limit: MAX_ERROR, wanders: true }
    }
}

/// What came back.
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) version: Version,
    /// What was asked.
    pub(super) asked: Url,
    /// Where the answer came from, after redirects.
    pub(super) url: Url,
    /// Whether another server than the one that was asked answered.
    pub(super) wandered: bool,
    pub(super) body: Vec<u8>,
    /// Whether the body is all here: it is cut off at its limit.
    pub(super) complete: bool,
}

impl Reply {
    /// A header's value, where it is text.
    pub(super) fn header(&self, name: impl reqwest::header::AsHeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// All values of a header that are text.
    pub(super) fn headers(&self, name: HeaderName) -> impl Iterator<Item = &str> {
        self.headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok())
    }

    /// Status and the registry's own word for it.
    pub(super) fn described(&self) -> String {
        describe::status(self.status, &self.body)
    }
}

/// An attempt without an answer.
pub(super) struct Trouble {
    pub(super) unverified: Unverified,
    /// Whether another attempt may fare better.
    pub(super) heals: bool,
    /// Whether no connection came to be, TLS included.
    pub(super) connecting: bool,
    /// Whether nothing at all was answered.
    pub(super) silent: bool,
}

impl Trouble {
    fn of_redirect(host: &str, why: &str) -> Self {
        let unverified = unverified(Cause::RegistryError, &format!("{host} {why}"));
        Self { unverified, heals: false, connecting: false, silent: false }
    }
}

/// The clients, and the bounds of what they do.
pub(super) struct Transport {
    verified: Client,
    /// For the hosts that the user named, and for this machine.
    unverified: [OnceLock<Option<Client>>; 2],
    user_agent: String,
    guard: Option<Guard>,
    pub(super) insecure: Insecure,
    pub(super) timeout: Duration,
    deadline: Mutex<Instant>,
}

impl Transport {
    pub(super) fn new(options: &Options) -> Result<Self, SetupError> {
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            return Err(SetupError::CryptoProvider);
        }
        let guard = options.deny_private.then(|| Guard::new(&options.proxies));
        let mut certificates = Vec::new();
        for file in &options.authorities {
            certificates.extend(authorities(file)?);
        }
        let verified = builder(&options.user_agent, guard.as_ref()).tls_certs_merge(certificates);
        Ok(Self {
            verified: verified.build().map_err(SetupError::Client)?,
            unverified: Default::default(),
            guard,
            user_agent: options.user_agent.clone(),
            insecure: Insecure::new(&options.insecure),
            timeout: options.timeout,
            deadline: Mutex::new(options.deadline),
        })
    }

    /// When the run ends.
    pub(super) fn deadline(&self) -> Instant {
        *self.deadline.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets the run last until then, if that is later.
    pub(super) fn extend(&self, until: Instant) {
        let mut deadline = self.deadline.lock().unwrap_or_else(PoisonError::into_inner);
        *deadline = until.max(*deadline);
    }

    /// Makes one attempt.
    pub(super) async fn attempt(&self, request: &Request) -> Result<Reply, Trouble> {
        let deadline = self.deadline();
        let end = Instant::now().checked_add(self.timeout).map_or(deadline, |end| end.min(deadline));
        let answered = AtomicBool::new(false);
        if let Ok(outcome) = tokio::time::timeout_at(end.into(), self.follow(request, &answered)).await {
            return outcome;
        }
        let host = address::authority_of(&request.url);
        let overdue = Instant::now() >= deadline;
        let unverified =
            if overdue { describe::overdue(&host) } else { describe::timed_out(&host, self.timeout) };
        let silent = !answered.load(Ordering::Relaxed);
        Err(Trouble { unverified, heals: !overdue, connecting: false, silent })
    }

    async fn follow(&self, request: &Request, answered: &AtomicBool) -> Result<Reply, Trouble> {
        let mut url = request.url.clone();
        let mut wandered = false;
        for _ in 0..=MAX_REDIRECTS {
            let response = self.send(request, &url, wandered).await?;
            answered.store(true, Ordering::Relaxed);
            let Some(location) = location(&response) else {
                return read(response, request, wandered).await;
            };
            let host = address::authority_of(&url);
            let next = address::redirect(&url, &location).map_err(|why| Trouble::of_redirect(&host, &why))?;
            // What is dropped on the way to another server does not come back on the way home.
            wandered |= !same_server(&request.url, &next);
            if request.form.is_some() || (wandered && !request.wanders) {
                let why = "redirects a login to another address, which is not followed";
                return Err(Trouble::of_redirect(&host, why));
            }
            url = next;
        }
        let host = address::authority_of(&request.url);
        Err(Trouble::of_redirect(&host, &format!("redirects more than {MAX_REDIRECTS} times")))
    }

    async fn send(&self, request: &Request, url: &Url, wandered: bool) -> Result<Response, Trouble> {
        let host = address::authority_of(url);
        if let Some(Err(why)) = self.guard.as_ref().map(|guard| guard.admit(url)) {
            let unverified = describe::unreachable(&host, &why);
            return Err(Trouble { unverified, heals: false, connecting: false, silent: true });
        }
        let client = self.client(url, &host)?;
        let mut builder = client.request(request.method.clone(), url.clone());
        if let Some(accept) = request.accept {
            builder = builder.header(ACCEPT, accept);
        }
        if let Some(form) = &request.form {
            builder = builder.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form.clone());
        }
        builder = match &request.auth {
            _ if wandered => builder,
            RegistryAuth::Anonymous => builder,
            RegistryAuth::Basic(user, password) => builder.basic_auth(user, Some(password)),
            RegistryAuth::Bearer(token) => builder.bearer_auth(token),
        };
        builder.send().await.map_err(|error| trouble(&host, &error))
    }

    fn client(&self, url: &Url, authority: &str) -> Result<&Client, Trouble> {
        // `host:443` is a name that the user may have written, and `Url` leaves that port out.
        let port = url.port_or_known_default().unwrap_or_default();
        let full = format!("{}:{port}", address::without_port(authority));
        if !self.insecure.covers(authority) && !self.insecure.covers(&full) {
            return Ok(&self.verified);
        }
        // This machine is never asked through a proxy, which would reach its own self.
        let here = address::is_loopback(address::without_port(authority));
        let [named, local] = &self.unverified;
        let built = if here { local } else { named }.get_or_init(|| {
            let builder = builder(&self.user_agent, self.guard.as_ref()).connect_timeout(INSECURE_HANDSHAKE);
            let builder = if here { builder.no_proxy() } else { builder };
            builder.tls_danger_accept_invalid_certs(true).build().ok()
        });
        built.as_ref().ok_or_else(|| Trouble {
            unverified: describe::unreachable(authority, "TLS cannot be set up"),
            heals: false,
            connecting: false,
            silent: true,
        })
    }
}

/// The certificates in a PEM file.
fn authorities(file: &Path) -> Result<Vec<Certificate>, SetupError> {
    let refused = |why: String| SetupError::Authority { file: file.to_owned(), why };
    let pem = std::fs::read(file).map_err(|error| refused(error.to_string()))?;
    match Certificate::from_pem_bundle(&pem) {
        Ok(found) if found.is_empty() => Err(refused("it holds none in PEM".to_owned())),
        Ok(found) => Ok(found),
        Err(_) => Err(refused("it is not PEM".to_owned())),
    }
}

fn builder(user_agent: &str, guard: Option<&Guard>) -> reqwest::ClientBuilder {
    let client = Client::builder();
    let client = guard.map_or(client, |guard| Client::builder().dns_resolver(guard.clone()));
    // Connections to many registries must not add up: a process may hold a thousand files.
    client
        .pool_idle_timeout(IDLE)
        .user_agent(user_agent)
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
}

fn trouble(host: &str, error: &reqwest::Error) -> Trouble {
    let failure = describe::failure(error);
    Trouble {
        unverified: describe::unreachable(host, &failure.text),
        heals: failure.heals,
        connecting: error.is_connect(),
        silent: !error.is_body(),
    }
}

fn location(response: &Response) -> Option<String> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    Some(response.headers().get(LOCATION)?.to_str().ok()?.to_owned())
}

async fn read(mut response: Response, request: &Request, wandered: bool) -> Result<Reply, Trouble> {
    let status = response.status();
    let limit = if status.is_success() { request.limit } else { MAX_ERROR };
    let host = address::authority_of(response.url());
    let (mut body, mut complete) = (Vec::new(), true);
    while let Some(chunk) = response.chunk().await.map_err(|error| trouble(&host, &error))? {
        let room = limit.saturating_sub(body.len());
        complete = chunk.len() <= room;
        body.extend_from_slice(chunk.get(..room).unwrap_or(&chunk));
        if !complete {
            break;
        }
    }
    Ok(Reply {
        status,
        headers: response.headers().clone(),
        version: response.version(),
        asked: request.url.clone(),
        url: response.url().clone(),
        wandered,
        body,
        complete,
    })
}
