//! Connections to servers, directly or through a proxy.

use std::io::{Error, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::header::{HeaderMap, PROXY_AUTHORIZATION, USER_AGENT};
use http::uri::Scheme;
use http::{HeaderValue, Request, Uri};
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tower_service::Service;

use super::names::Names;
use super::settings::Settings;
use super::time_limited::BoxError;
use super::undelivered::Undelivered;

/// A connection to a server or to a proxy.
type Plain = TokioIo<TcpStream>;

/// Bytes that one connection receives before all others get a turn. A server that sends faster than they are read
/// must not delay the rest.
const TURN: usize = 64 << 10;

/// Makes connections, without the TLS of the server itself.
#[derive(Clone)]
pub(super) struct Connector {
    tcp: HttpConnector<Names>,
    /// Makes connections to proxies. It uses TLS for a proxy whose address has the scheme `https`.
    to_proxy: HttpsConnector<HttpConnector<Names>>,
    proxies: Option<Arc<Matcher>>,
    user_agent: HeaderValue,
}

impl Connector {
    pub(super) fn new(settings: &Settings<'_>) -> Self {
        let mut tcp = HttpConnector::new_with_resolver(Names { guard: settings.guard.cloned() });
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        let mut proxy_tls = settings.tls.clone();
        proxy_tls.alpn_protocols.clear();
        let to_proxy = HttpsConnector::from((tcp.clone(), proxy_tls));
        let proxies = settings.proxies.then(|| Arc::new(Matcher::from_system()));
        Self { tcp, to_proxy, proxies, user_agent: settings.user_agent.clone() }
    }

    /// Adds the login of a proxy that gets the request itself. For `https` only the tunnel has it.
    pub(super) fn authorize<B>(&self, request: &mut Request<B>) {
        if request.uri().scheme() != Some(&Scheme::HTTP) {
            return;
        }
        if let Some(login) = self.proxy_of(request.uri()).as_ref().and_then(Intercept::basic_auth) {
            request.headers_mut().insert(PROXY_AUTHORIZATION, login.clone());
        }
    }

    fn proxy_of(&self, destination: &Uri) -> Option<Intercept> {
        self.proxies.as_ref()?.intercept(destination)
    }

    async fn connect(mut self, destination: Uri) -> Result<Fair, BoxError> {
        let Some(proxy) = self.proxy_of(&destination) else {
            let connection = self.tcp.call(destination).await?;
            return Ok(Fair::new(connection.into(), false));
        };
        if destination.scheme() == Some(&Scheme::HTTP) {
            let connection = self.to_proxy.call(proxy.uri().clone()).await?;
            return Ok(Fair::new(connection, true));
        }
        let headers = HeaderMap::from_iter([(USER_AGENT, self.user_agent)]);
        let mut tunnel = Tunnel::new(proxy.uri().clone(), self.to_proxy).with_headers(headers);
        if let Some(login) = proxy.basic_auth() {
            tunnel = tunnel.with_auth(login.clone());
        }
        Ok(Fair::new(tunnel.call(destination).await?, false))
    }
}

impl Service<Uri> for Connector {
    type Response = TokioIo<Fair>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<TokioIo<Fair>, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, destination: Uri) -> Self::Future {
        let connecting = self.clone().connect(destination);
        Box::pin(async move { Ok(TokioIo::new(connecting.await?)) })
    }
}

/// A connection that lets all others have a turn.
pub(super) struct Fair {
    connection: TokioIo<MaybeHttpsStream<Plain>>,
    /// True if requests go to a proxy, which needs the whole address.
    is_proxied: bool,
    /// Bytes that were received in this turn.
    in_turn: usize,
    /// Bytes that were received since the last part of a response.
    undelivered: Undelivered,
}

impl Fair {
    fn new(connection: MaybeHttpsStream<Plain>, is_proxied: bool) -> Self {
        let undelivered = Undelivered::default();
        Self { connection: TokioIo::new(connection), is_proxied, in_turn: 0, undelivered }
    }
}

impl Connection for Fair {
    fn connected(&self) -> Connected {
        self.connection.inner().connected().proxy(self.is_proxied).extra(self.undelivered.clone())
    }
}

impl AsyncRead for Fair {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<(), Error>> {
        if self.in_turn >= TURN {
            self.in_turn = 0;
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.connection).poll_read(context, buffer);
        let received = buffer.filled().len() - before;
        self.in_turn = if read.is_pending() { 0 } else { self.in_turn + received };
        self.undelivered.add(received)?;
        read
    }
}

impl AsyncWrite for Fair {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<usize, Error>> {
        Pin::new(&mut self.connection).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Pin::new(&mut self.connection).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Pin::new(&mut self.connection).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<Result<usize, Error>> {
        Pin::new(&mut self.connection).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.connection.is_write_vectored()
    }
}
