//! Settings of TLS.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ConfigBuilder, DigitallySignedStruct, Error, SignatureScheme, WantsVerifier};
use rustls_platform_verifier::Verifier;

/// Servers are verified with the certificates of the system and these.
///
/// # Errors
/// The error of rustls if there are no certificates, or one cannot be used.
pub(in super::super) fn verified(
    provider: &Arc<CryptoProvider>,
    authorities: Vec<CertificateDer<'static>>,
) -> Result<ClientConfig, Error> {
    let verifier = Verifier::new_with_extra_roots(authorities, Arc::clone(provider))?;
    Ok(with_verifier(builder(provider)?, Arc::new(verifier)))
}

/// No server is verified.
///
/// # Errors
/// The error of rustls if the provider lacks the versions of TLS.
pub(in super::super) fn unverified(provider: &Arc<CryptoProvider>) -> Result<ClientConfig, Error> {
    let schemes = provider.signature_verification_algorithms.supported_schemes();
    Ok(with_verifier(builder(provider)?, Arc::new(AnyServer { schemes })))
}

fn builder(provider: &Arc<CryptoProvider>) -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, Error> {
    ClientConfig::builder_with_provider(Arc::clone(provider)).with_safe_default_protocol_versions()
}

fn with_verifier(
    builder: ConfigBuilder<ClientConfig, WantsVerifier>,
    verifier: Arc<dyn ServerCertVerifier>,
) -> ClientConfig {
    builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth()
}

/// Accepts every server.
#[derive(Debug)]
struct AnyServer {
    schemes: Vec<SignatureScheme>,
}

impl ServerCertVerifier for AnyServer {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.schemes.clone()
    }
}
