//! The look-up of host names, with the guard against private networks.

use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::vec::IntoIter;

use hyper_util::client::legacy::connect::dns::Name;
use thiserror::Error;
use tower_service::Service;

use super::super::network_guard::{Denied, Guard};

/// A host that has no usable address.
#[derive(Debug, Error)]
pub(in super::super) enum NameError {
    /// The name server does not know the name, or does not answer.
    #[error("{0}")]
    Unknown(#[source] std::io::Error),
    /// All of its addresses are private.
    #[error(transparent)]
    Denied(#[from] Denied),
}

/// Looks up the addresses of host names.
#[derive(Clone)]
pub(super) struct Names {
    pub(super) guard: Option<Guard>,
}

impl Names {
    async fn look_up(self, name: Name) -> Result<IntoIter<SocketAddr>, NameError> {
        let found = tokio::net::lookup_host((name.as_str(), 0)).await.map_err(NameError::Unknown)?;
        let addresses: Vec<SocketAddr> = match &self.guard {
            Some(guard) => guard.public_of(name.as_str(), found)?,
            None => found.collect(),
        };
        Ok(addresses.into_iter())
    }
}

impl Service<Name> for Names {
    type Response = IntoIter<SocketAddr>;
    type Error = NameError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, NameError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), NameError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        Box::pin(self.clone().look_up(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn names_are_looked_up() {
        let look_up = |hosts: &[String]| {
            let names = Names { guard: Some(Guard::new(hosts)) };
            names.look_up("localhost".parse().unwrap())
        };
        let denied = look_up(&[]).await.err().unwrap();
        assert!(matches!(denied, NameError::Denied(_)), "{denied}");
        assert!(look_up(&["localhost".into()]).await.is_ok());
    }
}
