//! Tests of the verdicts present, missing and unverified.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

fn missing(answer: &Answer) -> &Missing {
    match answer {
        Answer::Missing(missing) => missing,
        other => panic!("{other:?}"),
    }
}

fn tags(tags: &[&str], complete: bool) -> Missing {
    let tags = tags.iter().map(ToString::to_string).collect();
    Missing::Tag(Some(Arc::new(TagList { tags, complete })))
}

#[tokio::test]
async fn present_by_head() {
    let stub =
        Stub::new(|asked| if asked.is("HEAD /v2/a/b/manifests/1") { manifest() } else { open() }).await;
    let answer = stub.ask_one("a/b:1").await;
    assert_eq!((&*present(&answer).digest, present(&answer).media_type), (DIGEST, OCI));
    assert_eq!(stub.log(), ["GET /v2/", "HEAD /v2/a/b/manifests/1"]);
}

#[tokio::test]
async fn what_is_asked_twice_is_sent_once() {
    let stub = Stub::new(|asked| if asked.is("HEAD") { manifest() } else { open() }).await;
    let answers = stub.ask(Options::default(), &["a:1", "b", "a:1", "b:latest"]).await;
    assert!(answers.len() == 4 && answers.iter().all(|answer| matches!(answer, Answer::Present(_))));
    assert_eq!((stub.count("HEAD"), stub.count("")), (2, 3));
}

#[tokio::test]
async fn missing_tags_share_one_list() {
    let stub = Stub::new(|asked| match asked.line.as_str() {
        "GET /v2/" => open(),
        "GET /v2/a/tags/list?n=1000" => said(200)
            .header("Link", r#"</v2/a/tags/list?last=x>; rel="next""#)
            .body(r#"{"name":"a","tags":["2","\u001b[31m","1"]}"#),
        "GET /v2/a/tags/list?last=x" => said(200).body(r#"{"tags":["3"]}"#),
        "GET /v2/b/tags/list?n=1000" => said(200).body(r#"{"name":"b","tags":null}"#),
        "GET /v2/c/tags/list?n=1000" => envelope(404, "NAME_UNKNOWN"),
        "GET /v2/d/tags/list?n=1000" => envelope(403, "DENIED"),
        "GET /v2/e/tags/list?n=1000" => said(200)
            .header("Link", r#"<http://evil.example/x>; rel="next""#)
            .body(r#"{"name":"e","tags":["1"]}"#),
        _ => envelope(404, "MANIFEST_UNKNOWN"),
    });
    let stub = stub.await;
    let answers = stub.ask(Options::default(), &["a:x", "a:y", "b:1", "c:1", "d:1", "e:2"]).await;
    assert_eq!(*missing(&answers[0]), tags(&["2", "1", "3"], true));
    assert_eq!(answers[0], answers[1]);
    assert_eq!(*missing(&answers[2]), tags(&[], true));
    assert_eq!(*missing(&answers[3]), Missing::Repository);
    assert_eq!(*missing(&answers[4]), Missing::Tag(None));
    assert_eq!(*missing(&answers[5]), tags(&["1"], false));
    assert_eq!(stub.count("GET /v2/a/tags/list?n="), 1);
}

/// A registry whose only repository has no tag `x`; `page` answers the requests for its tags.
async fn tag_pages(page: impl Fn(&str) -> Said + Send + Sync + 'static) -> Stub {
    let stub = Stub::new(move |asked| match asked.line.as_str() {
        "GET /v2/" => open(),
        line if line.contains("tags/list") => page(line),
        _ => envelope(404, "MANIFEST_UNKNOWN"),
    });
    stub.await
}

#[tokio::test]
async fn a_page_of_tags_that_leads_back_ends_the_list() {
    let stub = tag_pages(|line| {
        let next = if line.ends_with("?b") { "?a" } else { "?b" };
        let link = format!(r#"</v2/a/tags/list{next}>; rel="next""#);
        said(200).header("Link", &link).body(format!(r#"{{"name":"a","tags":["1","{}"]}}"#, &next[1..]))
    });
    let stub = stub.await;
    assert_eq!(*missing(&stub.ask_one("a:x").await), tags(&["1", "b", "a"], false));
    let pages = ["?n=1000", "?b", "?a"].map(|query| format!("GET /v2/a/tags/list{query}"));
    let log = stub.log();
    let read: Vec<&String> = log.iter().filter(|line| line.contains("tags/list")).collect();
    assert_eq!(read, pages.iter().collect::<Vec<_>>());
}

#[tokio::test]
async fn pages_of_repeated_tags_are_bounded() {
    let count = AtomicUsize::new(0);
    let stub = tag_pages(move |_| {
        let next = count.fetch_add(1, Ordering::Relaxed);
        let link = format!(r#"</v2/a/tags/list?page={next}>; rel="next""#);
        said(200).header("Link", &link).body(r#"{"name":"a","tags":["1","2","1"]}"#)
    });
    let stub = stub.await;
    assert_eq!(*missing(&stub.ask_one("a:x").await), tags(&["1", "2"], false));
    assert_eq!(stub.count("GET /v2/a/tags/list"), 20);
}

#[tokio::test]
async fn what_is_no_registry_says_nothing() {
    let page = || said(404).header("Content-Type", "text/html").body("<html>not here</html>");
    let stub = Stub::new(move |_| page()).await;
    let answer = stub.ask_one("a:1").await;
    let (cause, detail) = unverified(&answer);
    assert_eq!(cause, Cause::RegistryError);
    assert!(detail.contains("does not answer like a registry"), "{detail}");

    // An error in the registry format is proof too.
    let stub =
        Stub::new(|asked| if asked.is("GET /v2/a/tags") { envelope(404, "NOT_FOUND") } else { said(404) });
    assert_eq!(*missing(&stub.await.ask_one("a:1").await), Missing::Repository);

    let stub = Stub::new(|asked| {
        if asked.line == "GET /v2/" {
            open()
        } else {
            said(200).header("Content-Type", "text/html").body("<html>log in</html>")
        }
    });
    let answer = stub.await.ask_one("a:1").await;
    assert!(unverified(&answer).1.contains("text/html"), "{answer:?}");
}

#[tokio::test]
async fn head_that_cannot_tell() {
    let body = r#"{"schemaVersion":2,"config":{},"layers":[]}"#;
    let digest = oci::manifest::hash("sha256", body.as_bytes()).unwrap();
    let stub = Stub::new(move |asked| match asked.line.as_str() {
        "GET /v2/" => open(),
        "HEAD /v2/a/manifests/403" => said(403),
        "GET /v2/a/manifests/page" => said(200).header("Content-Type", OCI).body("<html>"),
        "GET /v2/a/manifests/empty" => manifest(),
        "GET /v2/a/manifests/lie" => manifest().body(body),
        "GET /v2/a/manifests/html" => said(200).header("Content-Type", "text/html").body(body),
        "HEAD /v2/a/manifests/405" | "HEAD /v2/a/manifests/empty" | "HEAD /v2/a/manifests/lie" => said(405),
        line if line.contains("/manifests/") => said(200).header("Content-Type", OCI).body(body),
        _ => said(404),
    });
    let stub = stub.await;
    let answers = stub.ask(Options::default(), &["a:405", "a:403", "a:200"]).await;
    for answer in &answers {
        assert_eq!(*present(answer).digest, *digest);
    }
    for answer in stub.ask(Options::default(), &["a:page", "a:empty", "a:lie", "a:html"]).await {
        assert_eq!(unverified(&answer).0, Cause::RegistryError, "{answer:?}");
    }
}

#[tokio::test]
async fn tag_and_digest() {
    let other = DIGEST.replace('0', "f");
    let kept = other.clone();
    let stub = Stub::new(move |asked| match asked.line.rsplit_once('/').unwrap() {
        ("GET /v2", "") => open(),
        (_, "moved") => said(200).header("Content-Type", OCI).header("Docker-Content-Digest", &kept),
        (_, "sick") => said(400),
        ("HEAD /v2/a/manifests", digest) if digest == DIGEST => manifest(),
        (_, "same") | ("HEAD /v2/liar/manifests", _) => manifest(),
        (_, "list?n=1000") => said(200).body(r#"{"tags":["same"]}"#),
        _ => envelope(404, "MANIFEST_UNKNOWN"),
    });
    let stub = stub.await;
    let state = |tag: &str| {
        let (stub, reference) = (&stub, format!("a:{tag}@{DIGEST}"));
        async move { present(&stub.ask_one(&reference).await).details().tag.clone().unwrap() }
    };
    assert_eq!(state("same").await, TagState::Same);
    assert_eq!(state("moved").await, TagState::Moved(other.clone()));
    assert_eq!(state("gone").await, TagState::Gone);
    assert_eq!(state("sick").await, TagState::Unknown);
    assert_eq!(*missing(&stub.ask_one(&format!("a:same@{other}")).await), Missing::Digest);
    assert_eq!(present(&stub.ask_one(&format!("a@{DIGEST}")).await).details().tag, None);
    assert_eq!(unverified(&stub.ask_one(&format!("liar@{other}")).await).0, Cause::RegistryError);
}

#[tokio::test]
async fn whole_repositories() {
    let stub = Stub::new(|asked| match asked.line.as_str() {
        "GET /v2/" => open(),
        "GET /v2/a/tags/list?n=1000" => said(200).body(r#"{"name":"a","tags":["1"]}"#),
        "GET /v2/b/tags/list?n=1000" => envelope(404, "NAME_UNKNOWN"),
        "GET /v2/d/tags/list?n=1000" => said(200).body(r#"{"name":"d","tags":null}"#),
        "GET /v2/e/tags/list?n=1000" => said(404).body("404 page not found"),
        _ => envelope(403, "DENIED"),
    });
    let stub = stub.await;
    let ask = ["a", "b", "c", "d", "e"].map(|name| (Arc::new(stub.image(name)), Subject::Repository));
    let answers = resolve(Options::default(), ask.into(), |_, _| {}).await;
    assert_eq!(answers[0], Answer::Present(Present::default()));
    assert_eq!(*missing(&answers[1]), Missing::Repository);
    let (cause, detail) = unverified(&answers[2]);
    assert_eq!(cause, Cause::MissingOrPrivate);
    assert!(detail.ends_with("access is denied without credentials (403 DENIED: it is DENIED)"), "{detail}");
    // Some registries give this answer for repositories that do not exist.
    assert_eq!(unverified(&answers[3]).0, Cause::MissingOrPrivate);
    assert_eq!(unverified(&answers[4]).0, Cause::RegistryError);
}

#[tokio::test]
async fn a_404_that_no_registry_spoke() {
    // A gateway that requires a login and has no registry behind it.
    let gateway = Stub::new(|asked| match asked.line.as_str() {
        "GET /v2/" => said(401).header("WWW-Authenticate", "Bearer realm=\"https://x/token\""),
        _ => said(404).header("Content-Type", "text/html").body("<html>not here</html>"),
    });
    let hiccup = Stub::new(|asked| match asked.line.as_str() {
        "GET /v2/" => open(),
        line if line.contains("tags/list") => said(400),
        _ => said(404).body("404 page not found"),
    });
    let limited =
        Stub::new(|asked| if asked.line == "GET /v2/" { open() } else { envelope(404, "TOOMANYREQUESTS") });
    for stub in [gateway.await, hiccup.await, limited.await] {
        let answer = stub.ask_one("a:1").await;
        assert_eq!(unverified(&answer).0, Cause::RegistryError, "{answer:?}");
    }
}

#[tokio::test]
async fn where_the_tag_list_contradicts_head_get_decides() {
    let body = r#"{"schemaVersion":2,"config":{},"layers":[]}"#;
    let digest = oci::manifest::hash("sha256", body.as_bytes()).unwrap();
    let stub = Stub::new(move |asked| match asked.line.as_str() {
        "GET /v2/" => open(),
        "GET /v2/a/tags/list?n=1000" => said(200).body(r#"{"tags":["1","2"]}"#),
        "GET /v2/a/manifests/1" => said(200).header("Content-Type", OCI).body(body),
        _ => envelope(404, "MANIFEST_UNKNOWN"),
    });
    let answers = stub.await.ask(Options::default(), &["a:1", "a:2"]).await;
    assert_eq!(*present(&answers[0]).digest, *digest);
    assert_eq!(*missing(&answers[1]), tags(&["1", "2"], true));
}

#[tokio::test]
async fn a_tag_that_names_a_digest_without_a_manifest_proves_nothing() {
    let stub = Stub::new(|asked| match asked.line.as_str() {
        "GET /v2/" => open(),
        "HEAD /v2/a/manifests/1" => manifest(),
        _ => envelope(404, "MANIFEST_UNKNOWN"),
    });
    let answer = stub.await.ask_one(&format!("a:1@{DIGEST}")).await;
    assert!(unverified(&answer).1.contains("points the tag 1 at"), "{answer:?}");
}

#[tokio::test]
async fn redirects() {
    let far = Stub::new(|asked| match asked.line.as_str() {
        "HEAD /mirror/manifests/1" if asked.authorization.is_none() => manifest(),
        _ => envelope(404, "MANIFEST_UNKNOWN"),
    });
    let far = far.await;
    let to = far.address;
    let stub = Stub::new(move |asked| match asked.line.rsplit_once('/').unwrap() {
        ("GET /v2", "") => said(401).header("WWW-Authenticate", "Basic realm=x"),
        _ if asked.authorization.is_none() => said(401).header("WWW-Authenticate", "Basic realm=x"),
        (_, "1") => said(307).header("Location", &format!("http://{to}/mirror/manifests/1")),
        (_, "gone") => said(302).header("Location", &format!("http://{to}/mirror/manifests/gone")),
        (_, "page") => said(302).header("Location", &format!("http://{to}/login")),
        (_, "loop") => said(302).header("Location", "/v2/a/manifests/loop"),
        (_, "lost") => said(302).header("Location", &format!("http://{to}/mirror/manifests/lost")),
        (_, "list?n=1000") => said(200).body(r#"{"tags":["1", "lost"]}"#),
        _ => said(302).header("Location", "ftp://x/y"),
    });
    let stub = stub.await;
    let config = authentication::config(&stub.address.to_string(), "user:secret");
    let credentials = CredentialSources { docker_auth_config: Some(config), ..CredentialSources::default() };
    let options = Options { credentials, ..Options::default() };
    let answers = stub.ask(options, &["a:1", "a:gone", "a:page", "a:loop", "a:ftp", "a:lost"]).await;
    assert_eq!(*present(&answers[0]).digest, *DIGEST);
    assert_eq!(*missing(&answers[1]), tags(&["1", "lost"], true));
    for (answer, said) in answers[2..].iter().zip([
        "is redirected to",
        "more than 5 times",
        "the scheme ftp",
        "lists the tag lost",
    ]) {
        let (cause, detail) = unverified(answer);
        assert!(cause == Cause::RegistryError && detail.contains(said), "{detail}");
    }
    assert_eq!(stub.count("HEAD /v2/a/manifests/loop"), 6);
}
