//! Credential helpers: `docker-credential-NAME get` reads the registry from standard input and writes JSON to standard
//! output. Protocol: <https://github.com/docker/docker-credential-helpers#development>.

use run::{Deadline, Program, ProgramError};
use serde::Deserialize;

use super::limit::NOT_IN_TIME;
use super::secret::{Secret, TOKEN_USER};
use crate::message::clean;

/// Maximum length of an output of a helper, in bytes.
const MAX_OUTPUT: usize = 64 << 10;
/// The output of a helper that has no credentials for a registry.
const NOT_FOUND: &str = "credentials not found";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Reply {
    #[serde(default)]
    username: String,
    #[serde(default)]
    secret: String,
}

/// Runs a helper for the credential of a registry; `None` if it has none. The call blocks, up to the limit.
///
/// # Errors
/// A warning, which quotes nothing of the helper's standard output: that may contain secrets.
pub(super) fn get(
    name: &str,
    server: &str,
    path: Option<&str>,
    limit: &Deadline,
) -> Result<Option<Secret>, String> {
    if name.is_empty() || !name.bytes().all(is_name_byte) {
        return Err("the name of its credential helper is not one".into());
    }
    let program = format!("docker-credential-{name}");
    let Some(found) = run::locate(&program, path.unwrap_or_default().as_ref()) else {
        return Err(format!("{program} is not in PATH"));
    };
    let helper = Program::new(found).args(["get"]).input(format!("{server}\n")).most_output(MAX_OUTPUT);
    let output = match helper.run(limit) {
        Ok(output) => output,
        Err(ProgramError::Overdue { .. }) => return Err(format!("{program} {NOT_IN_TIME}")),
        Err(ProgramError::TooMuchOutput { .. }) => return Err(no_credentials(&program)),
        Err(ProgramError::NotStarted { why, .. }) => return Err(format!("{program} cannot be run: {why}")),
        Err(ProgramError::Failed { why, .. }) => return Err(format!("{program}: {why}")),
    };
    if output.success() {
        let reply = serde_json::from_slice::<Reply>(&output.stdout);
        return reply.map(secret).map_err(|_| no_credentials(&program));
    }
    let text = clean(&String::from_utf8_lossy(&output.stdout), 200);
    if text.contains(NOT_FOUND) { Ok(None) } else { Err(format!("{program} failed")) }
}

fn no_credentials(program: &str) -> String {
    format!("{program} did not answer with credentials")
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')
}

fn secret(reply: Reply) -> Option<Secret> {
    if reply.secret.is_empty() {
        return None;
    }
    Some(match reply.username.as_str() {
        TOKEN_USER => Secret::Identity(reply.secret),
        _ => Secret::Password { user: reply.username, password: reply.secret },
    })
}
