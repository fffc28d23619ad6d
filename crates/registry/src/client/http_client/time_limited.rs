//! The time limit of a connection, TLS included.

use std::io::{Error, ErrorKind};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use tower_service::Service;

/// The error of a connector.
pub(super) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A connector with a time limit.
#[derive(Clone)]
pub(super) struct TimeLimited<C> {
    connector: C,
    limit: Option<Duration>,
}

impl<C> TimeLimited<C> {
    pub(super) fn new(connector: C, limit: Option<Duration>) -> Self {
        Self { connector, limit }
    }
}

impl<C> Service<Uri> for TimeLimited<C>
where
    C: Service<Uri, Error = BoxError>,
    C::Future: Send + 'static,
    C::Response: Send,
{
    type Response = C::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<C::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.connector.poll_ready(context)
    }

    fn call(&mut self, destination: Uri) -> Self::Future {
        let (connecting, limit) = (self.connector.call(destination), self.limit);
        Box::pin(async move {
            let Some(limit) = limit else { return connecting.await };
            match tokio::time::timeout(limit, connecting).await {
                Ok(result) => result,
                Err(_) => Err(Error::from(ErrorKind::TimedOut).into()),
            }
        })
    }
}
