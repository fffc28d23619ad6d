//! The HTTP clients: connections, TLS and proxies. They are made of hyper's parts and not of `reqwest`, which shows
//! neither interim responses nor the connections: a server could keep a processor busy, and delay the requests to
//! all other hosts.

use std::time::Duration;

use http::{Request, Response};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};

mod connector;
mod interim;
mod names;
mod settings;
mod time_limited;
pub(super) mod tls;
mod undelivered;

use connector::Connector;
pub(super) use interim::{HttpError, Outcome};
pub(super) use names::NameError;
pub(super) use settings::Settings;
use time_limited::TimeLimited;
pub(super) use undelivered::Undelivered;
use undelivered::{MAX_HEAD, Observed};

/// Lifetime of an idle connection. Connections to many registries must not accumulate: a process may often
/// open only a thousand files, and hundreds of registries may answer in a second. The last two attempts of a
/// request are further apart.
const IDLE: Duration = Duration::from_secs(1);

/// A client with its pool of connections.
pub(super) struct HttpClient {
    client: Client<TimeLimited<HttpsConnector<Connector>>, Full<Bytes>>,
    connector: Connector,
}

impl HttpClient {
    pub(super) fn new(settings: Settings<'_>) -> Self {
        let connector = Connector::new(&settings);
        let https = HttpsConnectorBuilder::new()
            .with_tls_config(settings.tls)
            .https_or_http()
            .enable_all_versions()
            .wrap_connector(connector.clone());
        let client = Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .http1_max_buf_size(MAX_HEAD)
            .build(TimeLimited::new(https, settings.connect_timeout));
        Self { client, connector }
    }

    /// Sends a request, and returns the head of the response; its body is read later. Redirects are not followed.
    pub(super) async fn send(&self, mut request: Request<Full<Bytes>>) -> Outcome<Response<Incoming>> {
        self.connector.authorize(&mut request);
        let observed = Observed::new(&mut request);
        match interim::bounded(request, |bounded_request| self.client.request(bounded_request)).await {
            Outcome::Error(_) if observed.is_flooded() => Outcome::NoResponse,
            Outcome::Response(response) => {
                Undelivered::of_response(&response).reset();
                Outcome::Response(response)
            }
            other => other,
        }
    }
}
