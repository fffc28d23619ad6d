//! Repositories over HTTP.

use model::Cause;
use model::chart::Note;

use super::*;
use crate::repository::cache;
use testkit::http::{Asked, Said, Server, said};

/// An index of `web` at several versions.
fn index() -> String {
    let mut text = "apiVersion: v1\nentries:\n  wed:\n  - version: 9.0.0\n  web:\n".to_owned();
    for version in ["1.2.0", "1.3.0", "2.0.0-rc.1"] {
        text.push_str(&format!("  - version: {version}\n    urls:\n    - web-{version}.tgz\n"));
    }
    text
}

/// A repository below `/charts/` without `web-1.2.0.tgz`.
fn plain(asked: &Asked) -> Said {
    match asked.path.as_str() {
        "/charts/index.yaml" => said(200, index()),
        "/charts/web-1.3.0.tgz" => said(200, archive("web", "1.3.0", "tag: a")),
        _ => said(404, "not here"),
    }
}

#[tokio::test]
async fn a_version_that_is_there() {
    let server = Server::new(plain);
    let url = server.url("/charts");
    let found = chart(find_anew(&request(&url, "web", "^1")).await);
    assert_eq!(found.version, "1.3.0");
    assert_eq!(found.digest, cache::digest(&archive("web", "1.3.0", "tag: a")));
    assert!(found.notices.is_empty(), "{:?}", found.notices);
    assert_eq!(server.paths(), ["/charts/index.yaml", "/charts/web-1.3.0.tgz"]);
    let log = server.log();
    assert_eq!(log.iter().map(|asked| asked.header("accept-encoding")).collect::<Vec<_>>(), ["gzip", ""]);
    assert!(log.iter().all(|asked| asked.header("authorization").is_empty()));
}

#[tokio::test]
async fn what_is_missing() {
    let server = Server::new(plain);
    let repositories = Repositories::new(Options::default());
    let url = server.url("/charts/");
    let gone = format!("1.2.0 is gone from {url}web-1.2.0.tgz");
    for (name, version, expected) in [
        ("web", "1.2.0", gone.as_str()),
        ("web", "1.2.1", "None, near 1.2.0 1.3.0 2.0.0-rc.1"),
        ("web", "latest", "NotAVersion, near 1.3.0 1.2.0 2.0.0-rc.1"),
        ("webs", "1.2.0", "no chart, near Some(\"web\")"),
        ("redis", "1.2.0", "no chart, near None"),
    ] {
        assert_eq!(line(&find(&repositories, &request(&url, name, version)).await), expected);
    }
    let indexes = server.paths().iter().filter(|path| path.ends_with("index.yaml")).count();
    assert_eq!(indexes, 1, "one index for all");
}

#[tokio::test]
async fn what_is_not_verified() {
    let server = Server::new(|asked| match asked.path.as_str() {
        "/scheme/index.yaml" => {
            said(200, "entries:\n  web:\n  - version: 1.0.0\n    urls: [\"s3://a/b.tgz\"]\n")
        }
        "/none/index.yaml" => said(200, "entries:\n  web:\n  - version: 1.0.0\n"),
        "/page/index.yaml" | "/denied/index.yaml" => {
            said(200, "entries:\n  web:\n  - version: 1.0.0\n    urls: [web.tgz]\n")
        }
        "/html/index.yaml" | "/page/web.tgz" => said(200, "<html>login</html>"),
        "/denied/web.tgz" => said(403, ""),
        "/locked/index.yaml" => said(401, ""),
        _ => said(404, ""),
    });
    let host = server.address;
    for (path, expected) in [
        (
            "/html",
            format!(
                "RegistryError: the chart repository http://{host}/html: the index cannot be read: it is not a mapping"
            ),
        ),
        (
            "/absent",
            format!(
                "RegistryError: the index of the chart repository http://{host}/absent is answered 404 Not Found"
            ),
        ),
        (
            "/locked",
            format!(
                "Unauthorized: the index of the chart repository http://{host}/locked needs credentials, and none are configured (401 Unauthorized)"
            ),
        ),
        (
            "/denied",
            format!(
                "Unauthorized: the archive http://{host}/denied/web.tgz needs credentials, and none are configured (403 Forbidden)"
            ),
        ),
        (
            "/none",
            format!("RegistryError: the chart repository http://{host}/none lists 1.0.0 without an address"),
        ),
        ("/scheme", "Unreachable: a cannot be reached: the scheme s3 is not supported".to_owned()),
        ("/page", "RegistryError: version 1.0.0: the archive is not compressed with gzip".to_owned()),
    ] {
        assert_eq!(line(&find_anew(&request(&server.url(path), "web", "1.0.0")).await), expected);
    }
    let nobody = line(&find_anew(&request("http://127.0.0.1:1/charts", "web", "1.0.0")).await);
    assert!(nobody.starts_with("Unreachable: 127.0.0.1:1 cannot be reached"), "{nobody}");
    let login = line(&find_anew(&request("oci://me:secret@ghcr.io/charts", "web", "1.0.0")).await);
    assert!(login.starts_with("Unreachable: user and password") && !login.contains("secret"), "{login}");
    let bucket = line(&find_anew(&request("s3://bucket/charts", "web", "1.0.0")).await);
    assert_eq!(bucket, "Unreachable: chart repositories with the scheme s3 are not supported");
}

#[tokio::test]
async fn a_compressed_index_and_an_index_that_says_where_it_is() {
    let server = Server::new(|asked| match asked.path.as_str() {
        "/a/index.yaml" => said(302, "").header("Location", "/b/index.yaml?x=1"),
        "/b/index.yaml?x=1" => said(200, gzip(index().as_bytes())).header("Content-Encoding", "gzip"),
        "/a/web-1.3.0.tgz" => said(200, archive("web", "1.3.0", "tag: a")),
        _ => said(404, ""),
    });
    // Addresses are relative to the repository, not to the location of the index.
    assert_eq!(line(&find_anew(&request(&server.url("/a"), "web", "1.3.0")).await), "1.3.0 with tag: a");
}

#[tokio::test]
async fn a_lying_digest_and_another_version_are_notices() {
    let server = Server::new(|asked| match asked.path.as_str() {
        "/index.yaml" => {
            let zeros = "0".repeat(64);
            said(
                200,
                format!("entries:\n  web:\n  - version: 1.0.0\n    digest: {zeros}\n    urls: [web.tgz]\n"),
            )
        }
        _ => said(200, archive("web", "1.0.1", "tag: a")),
    });
    let found = chart(find_anew(&request(&server.url(""), "web", "1.0.0")).await);
    let listed = "0".repeat(64);
    let inside = "1.0.1".to_owned();
    assert_eq!(found.notices, [Note::OtherDigest { listed }, Note::OtherVersion { inside }]);
}

fn login(user: &str) -> String {
    use base64::Engine as _;
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(user))
}

/// A repository that accepts only `me:secret`; archives may be on another server.
fn private(archive_at: String) -> Server {
    Server::new(move |asked| {
        if asked.header("authorization") != login("me:secret") {
            return said(401, "");
        }
        match asked.path.as_str() {
            "/charts/index.yaml" => {
                said(200, format!("entries:\n  web:\n  - version: 1.0.0\n    urls: [\"{archive_at}\"]\n"))
            }
            "/charts/web.tgz" => said(200, archive("web", "1.0.0", "tag: a")),
            "/charts/moved.tgz" => said(302, "").header("Location", "http://localhost:1/x.tgz"),
            _ => said(404, ""),
        }
    })
}

fn helm_config(server: &Server, folder: &tempfile::TempDir) -> HelmConfig {
    let url = server.url("/charts");
    let text = format!(
        "repositories:\n- url: {url}\n  username: me\n  password: secret\n  pass_credentials_all: true\n"
    );
    let file = folder.path().join("repositories.yaml");
    std::fs::write(&file, text).unwrap();
    HelmConfig::read(&file)
}

#[tokio::test]
async fn credentials_of_helm_and_of_the_address() {
    let server = private("web.tgz".to_owned());
    let folder = tempfile::tempdir().unwrap();
    let helm = helm_config(&server, &folder);
    let repositories = Repositories::new(Options { helm: helm.clone(), ..Options::default() });
    let url = server.url("/charts");
    assert_eq!(line(&find(&repositories, &request(&url, "web", "1.0.0")).await), "1.0.0 with tag: a");
    assert!(repositories.has_login(&url) && !repositories.has_login(&server.url("/other")));
    let other = find(&repositories, &request(&server.url("/other"), "web", "1.0.0")).await;
    assert!(matches!(other, Answer::Unauthorized(_)), "{}", line(&other));

    let with = |user: &str| url.replace("http://", &format!("http://{user}@"));
    assert_eq!(line(&find_anew(&request(&with("me:secret"), "web", "1.0.0")).await), "1.0.0 with tag: a");
    let wrong = find_anew(&request(&with("me:wr0ng"), "web", "1.0.0")).await;
    let Answer::Unauthorized(why) = &wrong else { panic!("{}", line(&wrong)) };
    assert_eq!(why.cause, Cause::Rejected);
    assert!(!why.detail.contains("wr0ng") && why.detail.contains(&url), "{}", why.detail);
}

#[tokio::test]
async fn credentials_are_for_one_server() {
    let open = Server::new(|asked| match asked.path.as_str() {
        "/web.tgz" => said(200, archive("web", "1.0.0", "tag: elsewhere")),
        _ => said(404, ""),
    });
    let folder = tempfile::tempdir().unwrap();
    for (path, expected) in [("web.tgz", "1.0.0 with tag: elsewhere"), ("absent.tgz", "MissingOrPrivate")] {
        let server = private(open.url(&format!("/{path}")));
        let helm = helm_config(&server, &folder);
        let repositories = Repositories::new(Options { helm, ..Options::default() });
        let answer = line(&find(&repositories, &request(&server.url("/charts"), "web", "1.0.0")).await);
        assert!(answer.starts_with(expected), "{answer}");
    }
    assert_eq!(open.log().len(), 2);
    assert!(open.log().iter().all(|asked| asked.header("authorization").is_empty()));

    // The server that accepted the credentials answers that the archive is gone: this is proof.
    let server = private("absent.tgz".to_owned());
    let helm = helm_config(&server, &folder);
    let repositories = Repositories::new(Options { helm, ..Options::default() });
    let answer = find(&repositories, &request(&server.url("/charts"), "web", "1.0.0")).await;
    assert!(matches!(answer, Answer::ArchiveGone { .. }), "{}", line(&answer));
}

#[tokio::test]
async fn an_entity_tag_saves_the_body() {
    let server = Server::new(|asked| {
        if asked.header("if-none-match") == "\"1\"" {
            return said(304, "").header("ETag", "\"1\"");
        }
        match asked.path.as_str() {
            "/index.yaml" => said(200, index()).header("ETag", "\"1\""),
            "/web-1.3.0.tgz" => said(200, archive("web", "1.3.0", "tag: a")).header("ETag", "\"1\""),
            _ => said(404, ""),
        }
    });
    let folder = tempfile::tempdir().unwrap();
    let cache = Some(folder.path().join("charts"));
    for round in 0..2 {
        let repositories = Repositories::new(Options { cache: cache.clone(), ..Options::default() });
        let answer = find(&repositories, &request(&server.url(""), "web", "1.3.0")).await;
        assert_eq!(line(&answer), "1.3.0 with tag: a");
        let tags = server.log().iter().filter(|asked| asked.header("if-none-match") == "\"1\"").count();
        assert_eq!(tags, 2 * round, "both are asked for again, and nothing is sent");
    }
}

#[tokio::test]
async fn many_requests_share_one_index() {
    let server = Server::new(plain);
    let repositories = Repositories::new(Options::default());
    let client = client(registry::Options::default());
    let check = Check::new(&client, CheckOptions::default());
    let url = server.url("/charts");
    let requests: Vec<Request> = (0..8).map(|n| request(&url, &format!("app-{n}"), "1.0.0")).collect();
    let answers =
        futures_util::future::join_all(requests.iter().map(|one| repositories.find(&check, one))).await;
    assert!(answers.iter().all(|answer| matches!(answer, Answer::MissingChart { .. })));
    assert_eq!(server.paths(), ["/charts/index.yaml"]);
}

#[tokio::test]
async fn a_slow_repository_ends_at_the_deadline() {
    let server = Server::new(|_| {
        std::thread::sleep(Duration::from_secs(20));
        said(200, index())
    });
    let repositories = Repositories::new(Options::default());
    let client = client(registry::Options::default());
    let deadline = Instant::now() + Duration::from_millis(300);
    let check = Check::new(&client, CheckOptions { deadline, ..CheckOptions::default() });
    let answer = repositories.find(&check, &request(&server.url(""), "web", "1.3.0")).await;
    assert!(matches!(&answer, Answer::Unverified(why) if why.cause == Cause::Deadline), "{}", line(&answer));
}

#[tokio::test]
async fn private_networks_are_denied() {
    let server = Server::new(plain);
    let client = client(registry::Options { deny_private: true, ..registry::Options::default() });
    let check = Check::new(&client, CheckOptions::default());
    let repositories = Repositories::new(Options::default());
    let answer = line(&repositories.find(&check, &request(&server.url("/charts"), "web", "1.3.0")).await);
    assert!(answer.contains("--deny-private-networks"), "{answer}");
    assert!(server.log().is_empty());
}

#[tokio::test]
async fn bombs_and_long_files_are_not_read() {
    let server = Server::new(|asked| match asked.path.as_str() {
        "/index.yaml" => said(200, gzip(&[index().as_bytes(), " ".repeat(1 << 20).as_bytes()].concat())),
        _ => said(200, archive("web", "1.3.0", &"0".repeat(1 << 20))),
    });
    let limited = |index: u64, file: u64| {
        let archive = crate::Limits { file, ..crate::Limits::default() };
        Repositories::new(Options {
            bounds: crate::Bounds { index, archive, ..crate::Bounds::default() },
            ..Options::default()
        })
    };
    let wanted = request(&server.url(""), "redis", "1.3.0");
    let answer = line(&find(&limited(1 << 20, 1 << 20), &wanted).await);
    assert!(answer.ends_with("the index is larger than 1048576 bytes"), "{answer}");
    let answer = line(&find(&limited(1 << 22, 1000), &request(&server.url(""), "web", "1.3.0")).await);
    assert_eq!(answer, "1.3.0: the file values.yaml in the archive is larger than 1000 bytes");
}

#[tokio::test]
async fn what_arrives_is_bounded_before_it_is_inflated() {
    let server = Server::new(|asked| match asked.path.as_str() {
        "/index.yaml" => said(200, index()),
        "/long/index.yaml" => said(200, vec![b'#'; (50 << 20) + 1]),
        _ => said(200, vec![0x1f; (32 << 20) + 1]),
    });
    let answer = line(&find_anew(&request(&server.url(""), "web", "1.3.0")).await);
    assert_eq!(answer, "1.3.0: the archive is longer than 33554432 bytes");
    let answer = line(&find_anew(&request(&server.url("/long"), "web", "1.3.0")).await);
    assert!(answer.starts_with("RegistryError: the index of the chart repository"), "{answer}");
    assert!(answer.ends_with("is larger than 52428800 bytes"), "{answer}");
}
