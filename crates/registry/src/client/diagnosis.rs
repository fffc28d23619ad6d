//! The login at one registry, for users who search for the reason why an image cannot be queried.

use std::time::Instant;

use super::Client;
use super::endpoint::Target;
use model::Unverified;

/// The connection to a registry and the login there. It contains no secret.
#[derive(Clone, Debug)]
pub struct Diagnosis {
    /// The address that answered; the reason if none did.
    pub reached: Result<String, Unverified>,
    /// The methods of authentication that the registry offers: `Bearer`, `Basic`; none if it requires no
    /// login.
    pub schemes: Vec<String>,
    /// The place where the credential is stored, if there is one.
    pub credential: Option<String>,
    /// The result of the login; `None` if the registry was not reached or requires none.
    pub login: Option<Result<(), Unverified>>,
    /// Credential files and helpers that cannot be used.
    pub warnings: Vec<String>,
}

impl Client {
    /// Reaches a registry and logs in, with the scope to pull a repository if one is given. `registry`: host, with its port if
    /// it has one.
    pub async fn diagnose(&self, registry: &str, repository: Option<&str>, deadline: Instant) -> Diagnosis {
        let endpoint = self.endpoint(registry);
        let repository = endpoint.repository(repository.unwrap_or_default());
        let target = Target { endpoint: &endpoint, repository: &repository, deadline };
        let credential = self.authenticator.credential_origin(target).await;
        let warnings = self.authenticator.warnings();
        let site = match self.site(&endpoint, deadline).await {
            Ok(site) => site,
            Err(why) => {
                return Diagnosis {
                    reached: Err(why),
                    schemes: Vec::new(),
                    credential,
                    login: None,
                    warnings,
                };
            }
        };
        let mut schemes = Vec::new();
        for challenge in &site.challenges {
            schemes.push(challenge.scheme.clone());
        }
        let mut login = None;
        if !site.challenges.is_empty() {
            login = Some(self.authenticator.try_login(target, &site).await);
        }
        Diagnosis { reached: Ok(site.base.to_string()), schemes, credential, login, warnings }
    }
}
