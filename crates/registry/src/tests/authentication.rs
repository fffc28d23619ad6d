//! Tests of logins: their number, their credentials, and the data that are never sent.

use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine;

use super::*;

/// A configuration with one entry.
pub(super) fn config(key: &str, login: &str) -> String {
    let auth = base64::engine::general_purpose::STANDARD.encode(login);
    format!(r#"{{"auths":{{"{key}":{{"auth":"{auth}"}}}}}}"#)
}

fn with(config: String) -> Options {
    let credentials = CredentialSources { docker_auth_config: Some(config), ..CredentialSources::default() };
    Options { credentials, ..Options::default() }
}

/// `PORT` is the server's own, known once it listens.
fn challenge() -> Said {
    said(401)
        .header("Docker-Distribution-Api-Version", "registry/2.0")
        .header("WWW-Authenticate", r#"Bearer realm="http://127.0.0.1:PORT/token",service="reg""#)
}

/// A registry with a separate token server; `token` answers its requests.
async fn bearer(
    token: impl Fn(&Asked) -> Said + Send + Sync + 'static,
    manifests: impl Fn(&Asked) -> Said + Send + Sync + 'static,
) -> Stub {
    let port = Arc::new(AtomicUsize::new(0));
    let known = Arc::clone(&port);
    let stub = Stub::new(move |asked| {
        let mut said = match asked.line.as_str() {
            "GET /v2/" => challenge(),
            line if line.contains("/token") => token(asked),
            _ if asked.authorization.is_none() => challenge(),
            _ => manifests(asked),
        };
        said.headers = said.headers.replace("PORT", &known.load(Ordering::Relaxed).to_string());
        said
    });
    let stub = stub.await;
    port.store(stub.address.port().into(), Ordering::Relaxed);
    stub
}

fn granted() -> Said {
    said(200).body(r#"{"token":"abc","expires_in":300}"#)
}

fn many(images: usize, repositories: usize) -> Vec<String> {
    (0..images).map(|image| format!("r{}:{image}", image % repositories)).collect()
}

#[tokio::test]
async fn one_challenge_one_token_one_head() {
    let stub = bearer(|_| granted(), |_| manifest()).await;
    let references = many(40, 5);
    let references: Vec<_> = references.iter().map(String::as_str).collect();
    let answers = stub.ask(Options::default(), &references).await;
    assert!(answers.iter().all(|answer| *present(answer).digest == *DIGEST));
    assert_eq!((stub.count("GET /v2/"), stub.count("GET /token"), stub.count("HEAD")), (1, 5, 40));
    assert_eq!(stub.count("GET /token?service=reg&scope=repository%3Ar3%3Apull"), 1);
}

#[tokio::test]
async fn one_rejected_login() {
    let stub =
        bearer(|asked| said(if asked.authorization.is_some() { 401 } else { 200 }), |_| manifest()).await;
    let references = many(30, 15);
    let references: Vec<_> = references.iter().map(String::as_str).collect();
    let config = config(&stub.address.to_string(), "user:wrong");
    for answer in stub.ask(with(config), &references).await {
        let (cause, detail) = unverified(&answer);
        assert_eq!(cause, Cause::Rejected);
        assert!(detail.contains("rejects the credentials from DOCKER_AUTH_CONFIG auths"), "{detail}");
        assert!(!detail.contains("wrong"));
    }
    assert_eq!((stub.count("GET /token"), stub.count("HEAD")), (1, 0));
}

#[tokio::test]
async fn one_rejected_login_behind_a_hiccup() {
    // The first login is neither accepted nor rejected; the next one has to be sent alone again.
    let logins = AtomicUsize::new(0);
    let token = move |_: &Asked| said(if logins.fetch_add(1, Ordering::Relaxed) < 3 { 503 } else { 401 });
    let stub = bearer(token, |_| manifest()).await;
    let references = many(20, 20);
    let references: Vec<_> = references.iter().map(String::as_str).collect();
    stub.ask(with(config(&stub.address.to_string(), "user:wrong")), &references).await;
    assert_eq!(stub.count("GET /token"), 4, "three tries of one login, and one that was rejected");
}

#[tokio::test]
async fn basic() {
    let stub = Stub::new(|asked| match asked.authorization.as_deref() {
        Some("Basic dXNlcjpzZWNyZXQ=") => manifest(),
        _ => said(401).header("WWW-Authenticate", "Basic realm=x"),
    });
    let stub = stub.await;
    let (right, wrong) =
        (config(&stub.address.to_string(), "user:secret"), config(&stub.address.to_string(), "u:x"));
    let references = many(20, 4);
    let references: Vec<_> = references.iter().map(String::as_str).collect();
    for answer in stub.ask(with(right), &references).await {
        assert_eq!(*present(&answer).digest, *DIGEST);
    }
    assert_eq!((stub.count("GET /v2/"), stub.count("HEAD")), (1, 20));
    for answer in stub.ask(with(wrong), &references).await {
        assert_eq!(unverified(&answer).0, Cause::Rejected);
    }
    assert_eq!(stub.count("HEAD"), 21);
    let (cause, detail) = (stub.ask_one("a:1").await, "requires credentials, and none are configured");
    assert!(unverified(&cause).0 == Cause::Unauthorized && unverified(&cause).1.contains(detail));
    assert_eq!(stub.count("HEAD"), 21);
}

#[tokio::test]
async fn denied() {
    // Without a token for anonymous users; then with a token, but denied.
    let stub = bearer(
        |asked| if asked.line.contains("r0") { envelope(403, "DENIED") } else { granted() },
        |_| {
            said(401).header(
            "WWW-Authenticate",
            r#"Bearer realm="http://127.0.0.1:PORT/token",service="reg",scope="repository:r1:pull",error="insufficient_scope""#,
        )
        },
    );
    let stub = stub.await;
    for answer in stub.ask(Options::default(), &["r0:1", "r1:1", "r1:2"]).await {
        let (cause, detail) = unverified(&answer);
        assert!(cause == Cause::MissingOrPrivate && detail.contains("without credentials"), "{detail}");
    }
    // The same challenge is not answered twice.
    assert_eq!((stub.count("GET /token"), stub.count("HEAD")), (2, 2));
}

#[tokio::test]
async fn another_scope_is_asked_for_once() {
    let stub = bearer(
        |asked| said(200).body(format!(r#"{{"access_token":"{}"}}"#, asked.line.contains("wide"))),
        |asked| match asked.authorization.as_deref() {
            Some("Bearer true") => manifest(),
            _ => said(401).header(
                "WWW-Authenticate",
                r#"Bearer realm="http://127.0.0.1:PORT/token",service="reg",scope="wide:a:pull""#,
            ),
        },
    );
    let stub = stub.await;
    for answer in stub.ask(Options::default(), &["a:1", "a:2", "a:3"]).await {
        assert_eq!(*present(&answer).digest, *DIGEST);
    }
    assert_eq!((stub.count("GET /token?service=reg&scope=wide"), stub.count("GET /token")), (1, 2));
}

#[tokio::test]
async fn identity_tokens() {
    let old = bearer(
        |asked| match asked.line.as_str() {
            "POST /token" => said(404),
            _ if asked.authorization.as_deref() == Some("Basic PHRva2VuPjppZA==") => granted(),
            _ => said(401),
        },
        |_| manifest(),
    );
    let new = bearer(
        |asked| {
            let form = "grant_type=refresh_token&service=reg&client_id=pullable&scope=repository%3Aa%3Apull&refresh_token=id";
            if asked.line == "POST /token" && asked.body == form { granted() } else { said(401) }
        },
        |_| manifest(),
    );
    for stub in [old.await, new.await] {
        let config = format!(r#"{{"auths":{{"{}":{{"auth":"dTpw","identitytoken":"id"}}}}}}"#, stub.address);
        assert_eq!(*present(&stub.ask(with(config), &["a:1"]).await[0]).digest, *DIGEST);
    }
}

/// A token for the registry itself, which a file of credentials may hold in place of user and password.
#[tokio::test]
async fn tokens_of_a_file_are_sent_as_they_are() {
    let named = |stub: &Stub, token: &str| {
        with(serde_json::json!({"auths": {stub.address.to_string(): {"registrytoken": token}}}).to_string())
    };
    let stub = bearer(
        |_| said(500),
        |asked| match asked.authorization.as_deref() {
            Some("Bearer mine") => manifest(),
            _ => challenge(),
        },
    );
    let stub = stub.await;
    assert_eq!(*present(&stub.ask(named(&stub, "mine"), &["a:1"]).await[0]).digest, *DIGEST);
    assert_eq!(stub.count("GET /token"), 0);
    let answer = stub.ask(named(&stub, "old"), &["a:1"]).await.pop().unwrap();
    let (cause, detail) = unverified(&answer);
    assert_eq!(cause, Cause::Rejected);
    assert!(detail.contains("rejects the credentials from DOCKER_AUTH_CONFIG auths"), "{detail}");
    let answer = stub.ask(named(&stub, "a b"), &["a:1"]).await.pop().unwrap();
    let (cause, detail) = unverified(&answer);
    assert_eq!(cause, Cause::Unauthorized);
    assert!(
        detail.ends_with(" from DOCKER_AUTH_CONFIG auths has characters that no token has"),
        "not one of the token server: {detail}"
    );
    assert_eq!(stub.count("HEAD"), 2);

    let basic = Stub::new(|_| said(401).header("WWW-Authenticate", "Basic realm=x")).await;
    let answer = basic.ask(named(&basic, "mine"), &["a:1"]).await.pop().unwrap();
    let (cause, detail) = unverified(&answer);
    assert_eq!(cause, Cause::Unauthorized);
    assert!(
        detail.ends_with("requires user and password, and DOCKER_AUTH_CONFIG auths holds a token"),
        "{detail}"
    );
    assert_eq!(basic.count("HEAD"), 0, "the token is not sent as a password");
}

/// A limit of logins is no denial of the repository.
#[tokio::test]
async fn a_token_server_that_limits_logins() {
    let stub = bearer(|_| said(429).header("Retry-After", "600"), |_| manifest()).await;
    let answer = stub.ask(limits(1000, 2000), &["a:1"]).await.pop().unwrap();
    assert_eq!(unverified(&answer).0, Cause::RateLimited, "{answer:?}");
}

#[tokio::test]
async fn tokens_expire() {
    let stub = bearer(|_| said(200).body(r#"{"token":"abc","expires_in":1}"#), |_| manifest()).await;
    let client = client(Options::default());
    let check = Check::new(&client, CheckOptions::default());
    for wait in [0, 1000] {
        tokio::time::sleep(Duration::from_millis(wait)).await;
        present(&check.answer(&stub.image(&format!("a:{wait}")), &Subject::Image).await);
    }
    assert_eq!(stub.count("GET /token"), 2);
}

#[tokio::test]
async fn credentials_stay_at_home() {
    // Over plain HTTP a registry may not name another host's token server, and must not redirect a login
    // there.
    let thief = Stub::new(|_| granted()).await;
    let port = thief.address.port();
    let realm = format!(r#"Bearer realm="http://localhost:{port}/token",service="reg""#);
    let stub = Stub::new(move |_| said(401).header("WWW-Authenticate", &realm)).await;
    let config = |stub: &Stub| with(config(&stub.address.to_string(), "user:secret"));
    let answer = stub.ask(config(&stub), &["a:1"]).await;
    let (cause, detail) = unverified(&answer[0]);
    assert!(
        cause == Cause::RegistryError && detail.contains("names the token server of another host"),
        "{detail}"
    );

    let stub = bearer(
        move |_| said(307).header("Location", &format!("http://127.0.0.1:{port}/token")),
        |_| manifest(),
    );
    let stub = stub.await;
    let answer = stub.ask(config(&stub), &["a:1"]).await;
    assert!(unverified(&answer[0]).1.contains("redirects a login"), "{answer:?}");
    assert_eq!(thief.count(""), 0);
}

#[tokio::test]
async fn tokens_that_break_headers() {
    for body in [r#"{"token":"a\r\nX-Evil: 1"}"#, r#"{"token":""}"#, r#"{"token":7}"#, "{}", "<html>"] {
        let stub = bearer(move |_| said(200).body(body), |_| manifest()).await;
        let answer = stub.ask_one("a:1").await;
        assert_eq!(unverified(&answer).0, Cause::RegistryError);
        assert_eq!(stub.count("HEAD"), 0);
    }
}

/// 512 images in 64 repositories: eight rounds of HEADs, each of 64 that are under way at the same time. With fewer at
/// a time no HEAD would be answered.
#[tokio::test]
async fn all_places_are_used_in_every_round() {
    let barrier = Arc::new(Barrier::new(64));
    let stub = bearer(|_| granted(), move |_| manifest().together(&barrier)).await;
    let references = many(512, 64);
    let references: Vec<_> = references.iter().map(String::as_str).collect();
    let options = Options { concurrency: Some(64), ..Options::default() };
    let answers = stub.ask(options, &references).await;
    assert!(answers.iter().all(|answer| matches!(answer, Answer::Present(_))));
    assert_eq!(stub.count(""), 1 + 64 + 512);
}
