//! Tests of downloads outside of the registry protocol, and the layers of artifacts.

use super::*;

async fn download(options: Options, file: &Download) -> Result<Downloaded, Unverified> {
    let client = client(options);
    Check::new(&client, CheckOptions::default()).download(file).await
}

fn file(url: &str) -> Download {
    Download {
        url: Url::parse(url).unwrap(),
        login: None,
        etag: None,
        gzip: false,
        limit: 1000,
        timeout: Duration::from_secs(10),
    }
}

#[tokio::test]
async fn a_login_is_for_one_server() {
    let other = Stub::new(|asked| match &asked.authorization {
        Some(_) => said(500),
        None => said(200).body("elsewhere"),
    })
    .await;
    let away = format!("http://localhost:{}/x", other.address.port());
    let stub = Stub::new(move |asked| match asked.authorization.as_deref() {
        Some("Basic bWU6c2VjcmV0") => said(302).header("Location", &away),
        _ => said(401),
    })
    .await;
    let url = format!("http://you:wrong@{}/index.yaml", stub.address);
    let login = Some(("me".to_owned(), "secret".to_owned()));
    let reply = download(Options::default(), &Download { login, ..file(&url) }).await.unwrap();
    assert_eq!(
        (reply.status, reply.body.as_slice(), reply.cross_origin),
        (200, b"elsewhere".as_slice(), true)
    );
    // User and password of the address are not sent.
    let reply = download(Options::default(), &file(&url)).await.unwrap();
    assert_eq!((reply.status, reply.cross_origin), (401, false));
}

#[tokio::test]
async fn bodies_are_cut_off_and_failures_tried_again() {
    let attempts = Arc::new(Mutex::new(0));
    let stub = Stub::new(move |asked| {
        if asked.is("GET /long") {
            return said(200).header("ETag", "\"1\"").body(vec![b'a'; 1001]);
        }
        *attempts.lock().unwrap() += 1;
        let all = *attempts.lock().unwrap();
        if all == 1 { said(503) } else { said(200).body("there") }
    })
    .await;
    let url = |path: &str| format!("http://{}/{path}", stub.address);
    let reply = download(Options::default(), &file(&url("long"))).await.unwrap();
    assert_eq!((reply.body.len(), reply.complete, reply.etag.as_deref()), (1000, false, Some("\"1\"")));
    let reply = download(Options::default(), &file(&url("again"))).await.unwrap();
    assert_eq!((reply.status, reply.body.as_slice()), (200, b"there".as_slice()));
    assert_eq!(stub.count("GET /again"), 2);
}

#[tokio::test]
async fn what_is_not_downloaded() {
    let stub = Stub::new(|_| said(429).header("Retry-After", "1000000")).await;
    let url = format!("http://{}/x", stub.address);
    let limited = download(Options::default(), &file(&url)).await.unwrap_err();
    assert_eq!(limited.cause, Cause::RateLimited, "{limited:?}");
    let deny = Options { deny_private: true, ..Options::default() };
    let denied = download(deny, &file(&url)).await.unwrap_err();
    assert!(denied.detail.contains("--deny-private-networks"), "{denied:?}");
    let scheme = download(Options::default(), &file("s3://bucket/x")).await.unwrap_err();
    assert!(scheme.detail.ends_with("the scheme s3 is not supported"), "{scheme:?}");
}

#[tokio::test]
async fn a_layer_is_verified() {
    let stub = Stub::new(|asked| match asked.line.as_str() {
        "GET /v2/" => open(),
        "GET /v2/web/manifests/1" => said(200).header("Content-Type", OCI).body(format!(
            r#"{{"schemaVersion":2,"config":{{}},"layers":[{{"mediaType":"a","digest":"{DIGEST}","size":3}}]}}"#
        )),
        line if line.starts_with("GET /v2/web/blobs/") => said(200).body("lie"),
        _ => envelope(404, "MANIFEST_UNKNOWN"),
    })
    .await;
    let client = client(Options::default());
    let check = Check::new(&client, CheckOptions::default());
    let artifact = check.artifact(&stub.image("web:1")).await.unwrap().unwrap();
    let layer = Layer { media_type: "a".to_owned(), digest: DIGEST.to_owned(), size: 3 };
    assert_eq!(artifact.layers, [layer]);
    assert_eq!(check.artifact(&stub.image("web:2")).await.unwrap(), None);
    for (digest, limit, expected) in [
        (DIGEST, 1000, "has another digest than the manifest lists"),
        (DIGEST, 2, "is longer than 2 bytes"),
        ("../../secret", 1000, "a manifest names a layer without a digest"),
    ] {
        let why = check.blob(&stub.image("web:1"), digest, limit).await.unwrap_err();
        assert!(why.detail.ends_with(expected), "{why:?}");
    }
}
