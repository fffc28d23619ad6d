//! Credential helpers: `docker-credential-NAME get` reads the registry from standard input and writes JSON to standard
//! output. Protocol: <https://github.com/docker/docker-credential-helpers#development>.

use std::process::Stdio;
use std::time::Duration;

use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

use super::NOT_IN_TIME;
use super::secret::{Secret, TOKEN_USER};
use crate::message::clean;

/// Longest output of a helper, in bytes.
const MAX_OUTPUT: u64 = 64 << 10;
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

/// Runs a helper for the credential of a registry; `None` if it has none.
///
/// # Errors
/// A warning, which quotes nothing of the helper's standard output: that may contain secrets.
pub(super) async fn get(
    name: &str,
    server: &str,
    path: Option<&str>,
    limit: Duration,
) -> Result<Option<Secret>, String> {
    if name.is_empty() || !name.bytes().all(is_name_byte) {
        return Err("the name of its credential helper is not one".into());
    }
    let program = format!("docker-credential-{name}");
    let found = path.and_then(|path| run::locate(&program, path.as_ref()));
    let found = found.ok_or_else(|| format!("{program} is not in PATH"))?;
    let child = Command::new(found)
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| format!("{program} cannot be run: {error}"))?;
    match tokio::time::timeout(limit, converse(child, server)).await {
        Err(_) => Err(format!("{program} {NOT_IN_TIME}")),
        Ok(Err(error)) => Err(format!("{program}: {error}")),
        Ok(Ok((true, output))) => match serde_json::from_slice::<Reply>(&output) {
            Ok(reply) => Ok(secret(reply)),
            Err(_) => Err(format!("{program} did not answer with credentials")),
        },
        Ok(Ok((false, output))) => {
            let text = clean(&String::from_utf8_lossy(&output), 200);
            if text.contains(NOT_FOUND) { Ok(None) } else { Err(format!("{program} failed")) }
        }
    }
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')
}

/// Writes the registry to the helper. Returns whether the helper succeeded, and its output.
async fn converse(mut child: Child, server: &str) -> std::io::Result<(bool, Vec<u8>)> {
    if let Some(mut stdin) = child.stdin.take() {
        // A helper that reads no input may have ended already.
        let _ = stdin.write_all(format!("{server}\n").as_bytes()).await;
    }
    let mut output = Vec::new();
    if let Some(stdout) = child.stdout.take() {
        stdout.take(MAX_OUTPUT).read_to_end(&mut output).await?;
    }
    Ok((child.wait().await?.success(), output))
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
