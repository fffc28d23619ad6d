//! Credential helpers: `docker-credential-NAME get`, the registry on standard input, JSON on standard output.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

use super::credentials::{Secret, TOKEN_USER};
use super::describe::clean;

/// How long a helper may take.
const LIMIT: Duration = Duration::from_secs(10);
/// How much a helper may say.
const MAX_OUTPUT: u64 = 64 << 10;
/// What a helper says that knows no credentials for a registry.
const NOT_FOUND: &str = "credentials not found";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Reply {
    #[serde(default)]
    username: String,
    #[serde(default)]
    secret: String,
}

/// Asks a helper for the credential of a registry; `None` where it knows none.
///
/// # Errors
/// A warning, without anything of the helper's standard output, which may hold secrets.
pub(super) async fn get(name: &str, server: &str, path: Option<&str>) -> Result<Option<Secret>, String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    if name.is_empty() || !name.bytes().all(plain) {
        return Err("the name of its credential helper is not one".into());
    }
    let program = format!("docker-credential-{name}");
    let found = locate(&program, path).ok_or_else(|| format!("{program} is not in PATH"))?;
    let child = Command::new(found)
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| format!("{program} cannot be run: {error}"))?;
    match tokio::time::timeout(LIMIT, converse(child, server)).await {
        Err(_) => Err(format!("{program} did not answer within {LIMIT:?}")),
        Ok(Err(error)) => Err(format!("{program}: {error}")),
        Ok(Ok((true, output))) => match serde_json::from_slice::<Reply>(&output) {
            Ok(reply) => Ok(secret(reply)),
            Err(_) => Err(format!("{program} did not answer with credentials")),
        },
        Ok(Ok((false, output))) => {
            let said = clean(&String::from_utf8_lossy(&output), 200);
            if said.contains(NOT_FOUND) { Ok(None) } else { Err(format!("{program} failed")) }
        }
    }
}

/// Sends the registry and reads the answer: whether the helper succeeded, and what it said.
async fn converse(mut child: Child, server: &str) -> std::io::Result<(bool, Vec<u8>)> {
    if let Some(mut stdin) = child.stdin.take() {
        // A helper that needs no input may be gone already.
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

/// A program in `PATH`. Relative entries are passed over: they would run what a checked-out repository holds.
fn locate(program: &str, path: Option<&str>) -> Option<PathBuf> {
    let file = format!("{program}{}", std::env::consts::EXE_SUFFIX);
    std::env::split_paths(path?)
        .filter(|directory| directory.is_absolute())
        .map(|directory| directory.join(&file))
        .find(|candidate| candidate.is_file())
}
