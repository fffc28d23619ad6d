//! The client of a forge: finds the request of a branch in any state, or opens one.

use std::fs;
use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{Certificate, Method};
use serde_json::Value;

use super::dialect::{Call, Dialect, Existing, Listed, PAGE, Proposal, State, Which};
use super::error::ForgeError;
use super::place::Place;
use super::{Settings, dialect};

/// Maximum length of an answer that is read, in bytes.
const LONGEST: usize = 8 << 20;
/// Maximum length of a message of a forge that is repeated, in characters.
const LONGEST_MESSAGE: usize = 300;
/// Maximum number of pages of a list that are read.
const MOST_PAGES: usize = 20;
/// Pauses before the repetition of a call that a forge refuses because it does not know the pushed branch
/// yet.
const PAUSES: [Duration; 3] = [Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2)];

/// A client of one forge, with a token for it.
pub struct Client {
    http: reqwest::Client,
    dialect: Box<dyn Dialect>,
    place: Place,
    token: String,
}

/// A request that was opened, or that an earlier run opened.
#[derive(Debug)]
pub struct Opened {
    /// The request.
    pub request: Existing,
    /// True if this call opened it.
    pub is_new: bool,
    /// The refusal of a label or a reviewer: the request is open without it.
    pub incomplete: Option<ForgeError>,
}

impl Opened {
    /// A request of an earlier run.
    pub fn earlier(request: Existing) -> Self {
        Self { request, is_new: false, incomplete: None }
    }
}

/// A status and a body.
struct Answer {
    status: u16,
    body: Value,
}

impl Client {
    /// The client of a repository. `variable` reads the environment, which has the token.
    ///
    /// # Errors
    /// [`ForgeError`] if there is no token, or no connection can be made.
    pub fn new(
        place: Place,
        settings: &Settings,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, ForgeError> {
        let names = place.kind.tokens();
        let token = names.iter().find_map(|name| variable(name));
        let Some(token) = token.map(|token| token.trim().to_owned()).filter(|token| !token.is_empty()) else {
            return Err(ForgeError::NoToken(names.join(", ")));
        };
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .timeout(settings.timeout)
            .user_agent(concat!("pullable/", env!("CARGO_PKG_VERSION")));
        for file in &settings.authorities {
            let refused = |why: String| ForgeError::Authority { file: file.clone(), why };
            let pem = fs::read(file).map_err(|error| refused(error.to_string()))?;
            let found =
                Certificate::from_pem_bundle(&pem).map_err(|_| refused("it is not PEM".to_owned()))?;
            builder = builder.tls_certs_merge(found);
        }
        if place.api.starts_with("http:") {
            // Plain HTTP is used only for this machine.
            builder = builder.no_proxy();
        }
        let http = builder.build().map_err(|error| unreachable(&place, &error))?;
        let dialect = dialect(place.kind);
        Ok(Self { http, dialect, place, token })
    }

    /// The newest request of a branch: an open one, otherwise one that was merged or closed.
    ///
    /// # Errors
    /// [`ForgeError`] if the forge does not answer, or refuses.
    pub async fn find(&self, branch: &str, onto: &str) -> Result<Option<Existing>, ForgeError> {
        let call = self.dialect.find(&self.place, branch, onto);
        let answer = self.send(&call).await?;
        if answer.status == 404 {
            return Ok(None);
        }
        let body = self.accepted(&call, answer)?;
        let mut found = self.dialect.found(&body, onto);
        found.sort_by_key(|existing| (existing.state == State::Open, existing.number));
        Ok(found.pop())
    }

    /// The requests for a branch, without those of forks: all that are open, up to a bound, or the newest page.
    ///
    /// # Errors
    /// [`ForgeError`] if the forge does not answer, or refuses.
    pub async fn list(&self, which: Which, onto: &str) -> Result<Vec<Listed>, ForgeError> {
        let pages = if which == Which::Open { MOST_PAGES } else { 1 };
        let mut all = Vec::new();
        for page in 1..=pages {
            let call = self.dialect.list(&self.place, which, onto, page);
            let answer = self.send(&call).await?;
            let body = self.accepted(&call, answer)?;
            all.extend(self.dialect.listed(&body, onto));
            if body.as_array().is_none_or(|entries| entries.len() < PAGE) {
                break;
            }
        }
        Ok(all)
    }

    /// Opens a draft; a request that exists is returned as it is.
    ///
    /// # Errors
    /// [`ForgeError`] if the forge does not answer, or refuses.
    pub async fn open(&self, proposal: &Proposal) -> Result<Opened, ForgeError> {
        if let Some(existing) = self.find(&proposal.branch, &proposal.onto).await? {
            return Ok(Opened::earlier(existing));
        }
        let mut is_draft = true;
        let mut pauses = PAUSES.iter();
        loop {
            let call = self.dialect.open(&self.place, proposal, is_draft);
            let answer = self.send(&call).await?;
            match answer.status {
                200..=299 => {
                    let new = self.dialect.request(&answer.body);
                    let Some(new) = new else { return Err(self.refused(&call, &answer)) };
                    let incomplete = self.adorn(proposal, new.number).await.err();
                    return Ok(Opened { request: new, is_new: true, incomplete });
                }
                // Another run was faster, or the plan of the account has no drafts.
                409 | 422 => {
                    if let Some(existing) = self.find(&proposal.branch, &proposal.onto).await? {
                        return Ok(Opened::earlier(existing));
                    }
                    if is_draft && message(&answer.body).to_ascii_lowercase().contains("draft") {
                        is_draft = false;
                        continue;
                    }
                }
                404 => {}
                _ => return Err(self.refused(&call, &answer)),
            }
            let Some(pause) = pauses.next() else { return Err(self.refused(&call, &answer)) };
            tokio::time::sleep(*pause).await;
        }
    }

    /// Adds labels and reviewers.
    async fn adorn(&self, proposal: &Proposal, number: u64) -> Result<(), ForgeError> {
        for call in self.dialect.adorn(&self.place, proposal, number) {
            let answer = self.send(&call).await?;
            self.accepted(&call, answer)?;
        }
        Ok(())
    }

    async fn send(&self, call: &Call) -> Result<Answer, ForgeError> {
        let method = if call.method == "POST" { Method::POST } else { Method::GET };
        let (header, value) = self.dialect.authorization(&self.token);
        let url = format!("{}{}", self.place.api, call.path);
        let mut request =
            self.http.request(method, url).header(ACCEPT, "application/json").header(header, value);
        if let Some(body) = &call.body {
            request = request.header(CONTENT_TYPE, "application/json").body(body.to_string());
        }
        let mut response = request.send().await.map_err(|error| unreachable(&self.place, &error))?;
        let status = response.status().as_u16();
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| unreachable(&self.place, &error))? {
            if bytes.len() + chunk.len() > LONGEST {
                break;
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(Answer { status, body: serde_json::from_slice(&bytes).unwrap_or(Value::Null) })
    }

    fn accepted(&self, call: &Call, answer: Answer) -> Result<Value, ForgeError> {
        match answer.status {
            200..=299 => Ok(answer.body),
            _ => Err(self.refused(call, &answer)),
        }
    }

    fn refused(&self, call: &Call, answer: &Answer) -> ForgeError {
        let text = message(&answer.body).replace(&self.token, "***");
        ForgeError::Refused {
            host: host(&self.place),
            action: call.action.to_owned(),
            status: answer.status,
            message: text.chars().take(LONGEST_MESSAGE).collect(),
        }
    }
}

/// The message in an answer, with its details.
fn message(body: &Value) -> String {
    let text = match body.get("message") {
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
        None => body.get("error").map(Value::to_string).unwrap_or_default(),
    };
    match body.get("errors") {
        Some(errors) => format!("{text} {errors}"),
        None if text.is_empty() => "no message".to_owned(),
        None => text,
    }
}

fn host(place: &Place) -> String {
    let rest = place.api.split_once("://").map_or(place.api.as_str(), |(_, rest)| rest);
    rest.split('/').next().unwrap_or_default().to_owned()
}

/// The error without the address, which holds no token but is long.
fn unreachable(place: &Place, error: &reqwest::Error) -> ForgeError {
    let mut why = if error.is_timeout() { "the time is over".to_owned() } else { String::new() };
    let mut cause: Option<&dyn std::error::Error> = std::error::Error::source(error);
    while let Some(error) = cause {
        why = error.to_string();
        cause = error.source();
    }
    let why = registry::certificate_fault(error).unwrap_or(why);
    ForgeError::Unreachable { host: host(place), why }
}
