//! Files, helpers and environments.

use base64::Engine;

use super::*;

fn soon() -> Instant {
    Instant::now() + std::time::Duration::from_secs(20)
}

fn encoded(login: &str) -> String {
    base64::engine::general_purpose::STANDARD.encode(login)
}

fn inline(config: &str) -> Credentials {
    let docker_auth_config = Some(config.to_owned());
    Credentials::new(CredentialSources { docker_auth_config, ..CredentialSources::default() })
}

/// `user:password`, or the kind of token and its value.
fn shown(found: Option<Credential>) -> String {
    match found.map(|found| found.secret) {
        None => "none".into(),
        Some(Secret::Password { user, password }) => format!("{user}:{password}"),
        Some(Secret::Identity(token)) => format!("identity {token}"),
        Some(Secret::Bearer(token)) => format!("bearer {token}"),
    }
}

#[tokio::test]
async fn keys() {
    let key = |key: &str, login: &str| format!(r#""{key}":{{"auth":"{}"}}"#, encoded(login));
    let config = format!(
        r#"{{"auths":{{{},{},{},{},{},"empty.io":{{}}}}}}"#,
        key("https://index.docker.io/v1/", "hub:1"),
        key("quay.io", "quay:1"),
        key("quay.io/a/b", "path:1"),
        key("https://old.io/v2/", "old:1"),
        key("port.io:5000", "port:1"),
    );
    let credentials = inline(&config);
    for (registry, repository, expected) in [
        ("docker.io", "library/nginx", "hub:1"),
        ("index.docker.io", "library/nginx", "hub:1"),
        ("quay.io", "a", "quay:1"),
        ("quay.io", "a/b", "path:1"),
        ("quay.io", "a/b/c", "path:1"),
        ("quay.io", "a/bc", "quay:1"),
        ("old.io", "a", "old:1"),
        ("port.io:5000", "a", "port:1"),
        ("port.io", "a", "none"),
        ("empty.io", "a", "none"),
        ("evil-quay.io", "a", "none"),
    ] {
        assert_eq!(
            shown(credentials.find(registry, repository, soon()).await),
            expected,
            "{registry}/{repository}"
        );
    }
}

/// `:443` is the port of every registry that names none.
#[tokio::test]
async fn the_port_of_https_may_be_left_out_of_a_key() {
    let key = |key: &str, login: &str| format!(r#""{key}":{{"auth":"{}"}}"#, encoded(login));
    let config = format!(
        r#"{{"auths":{{{},{},{},{}}}}}"#,
        key("plain.io", "plain:1"),
        key("plain.io/a/b", "path:1"),
        key("both.io", "plain:2"),
        key("both.io:443", "port:2"),
    );
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("auth.json");
    std::fs::write(&file, format!(r#"{{"auths":{{{}}}}}"#, key("file.io", "file:1"))).unwrap();
    let provided = Provided {
        host: "ci.io".into(),
        user: "ci".into(),
        password: "1".into(),
        label: "CI_REGISTRY_PASSWORD".into(),
    };
    let credentials = Credentials::new(CredentialSources {
        docker_auth_config: Some(config),
        files: vec![(file, "$REGISTRY_AUTH_FILE".into())],
        provided: vec![provided],
        ..CredentialSources::default()
    });
    for (registry, repository, expected) in [
        ("plain.io:443", "a", "plain:1"),
        ("plain.io:443", "a/b/c", "path:1"),
        ("plain.io:4430", "a", "none"),
        ("plain.io:5000", "a", "none"),
        ("both.io:443", "a", "port:2"),
        ("both.io", "a", "plain:2"),
        ("file.io:443", "a", "file:1"),
        ("ci.io:443", "a", "ci:1"),
        ("ci.io:80", "a", "none"),
    ] {
        assert_eq!(
            shown(credentials.find(registry, repository, soon()).await),
            expected,
            "{registry}/{repository}"
        );
    }
}

#[tokio::test]
async fn fields() {
    for (entry, expected) in [
        (format!(r#""auth":"{}""#, encoded("u:p:q")), "u:p:q"),
        (format!(r#""auth":"{}""#, encoded("u:p\0\0")), "u:p"),
        (format!(r#""auth":"{}""#, encoded("u:pp").trim_end_matches('=')), "u:pp"),
        (format!(r#""auth":"{}","identitytoken":"""#, encoded("u:p")), "u:p"),
        (r#""identitytoken":"t""#.into(), "identity t"),
        (r#""registrytoken":"t""#.into(), "bearer t"),
        (r#""username":"u","password":"p""#.into(), "u:p"),
        (r#""auth":"%%%""#.into(), "none"),
        (r#""auth":7"#.into(), "none"),
    ] {
        let credentials = inline(&format!(r#"{{"auths":{{"r.io":{{{entry}}}}}}}"#));
        assert_eq!(shown(credentials.find("r.io", "a", soon()).await), expected, "{entry}");
    }
}

#[tokio::test]
async fn the_first_source_wins_and_a_broken_one_warns() {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &str| {
        std::fs::write(directory.path().join(name), content).unwrap();
        (directory.path().join(name), name.to_owned())
    };
    let entry = |login: &str| format!(r#"{{"auths":{{"r.io":{{"auth":"{}"}}}}}}"#, encoded(login));
    let sources = CredentialSources {
        docker_auth_config: Some(r#"{"auths": "hunter2"#.into()),
        files: vec![
            (directory.path().join("absent"), "absent".into()),
            write("array", "[]"),
            write("first", &entry("a:1")),
            write("second", &entry("b:2")),
        ],
        ..CredentialSources::default()
    };
    let credentials = Credentials::new(sources);
    let found = credentials.find("r.io", "x", soon()).await.unwrap();
    assert_eq!(found.origin, "first auths");
    assert_eq!(shown(Some(found.clone())), "a:1");
    assert_eq!(format!("{found:?}"), r#"Credential { origin: "first auths", .. }"#);
    let warnings = credentials.warnings();
    assert_eq!(warnings.len(), 2);
    assert!(warnings[0].starts_with("DOCKER_AUTH_CONFIG is ignored") && !warnings[0].contains("hunter2"));
    assert!(!format!("{credentials:?}").contains("hunter2"));
}

#[test]
fn environment() {
    let sources = |pairs: &[(&str, &str)]| {
        let pairs: HashMap<_, _> =
            pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        CredentialSources::from_env(&|name| pairs.get(name).cloned())
    };
    let files = |sources: &CredentialSources| -> Vec<String> {
        sources.files.iter().map(|(path, label)| format!("{} = {label}", path.display())).collect()
    };
    assert_eq!(files(&sources(&[])), [""; 0]);
    let plain = sources(&[("HOME", "/h"), ("DOCKER_CONFIG", ""), ("GITHUB_TOKEN", "t")]);
    let expected = [
        "/h/.docker/config.json = ~/.docker/config.json",
        "/h/.config/containers/auth.json = ~/.config/containers/auth.json",
    ];
    assert_eq!(files(&plain), expected);
    assert!(plain.provided.is_empty());
    let full = sources(&[
        ("HOME", "/h"),
        ("DOCKER_CONFIG", "/d"),
        ("REGISTRY_AUTH_FILE", "/f"),
        ("XDG_RUNTIME_DIR", "/r"),
        ("XDG_CONFIG_HOME", "/c"),
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_TOKEN", "hunter2"),
        ("CI_REGISTRY", "reg.example"),
        ("CI_REGISTRY_USER", "u"),
        ("CI_REGISTRY_PASSWORD", "hunter2"),
    ]);
    let expected = [
        "/d/config.json = $DOCKER_CONFIG/config.json",
        "/f = $REGISTRY_AUTH_FILE",
        "/r/containers/auth.json = $XDG_RUNTIME_DIR/containers/auth.json",
        "/c/containers/auth.json = $XDG_CONFIG_HOME/containers/auth.json",
    ];
    assert_eq!(files(&full), expected);
    assert_eq!(
        full.provided.iter().map(|it| it.host.as_str()).collect::<Vec<_>>(),
        ["ghcr.io", "reg.example"]
    );
    assert!(!format!("{full:?}").contains("hunter2"));
}

#[cfg(unix)]
#[tokio::test]
async fn helpers() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let script = |name: &str, body: &str| {
        let path = directory.path().join(format!("docker-credential-{name}"));
        std::fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    };
    let log = directory.path().join("log");
    script(
        "good",
        &format!("read s; echo $s >> {}; echo '{{\"Username\":\"u\",\"Secret\":\"p\"}}'", log.display()),
    );
    script("token", "echo '{\"Username\":\"<token>\",\"Secret\":\"t\"}'");
    script("none", "echo credentials not found in native keychain; exit 1");
    script("bad", "echo hunter2; exit 1");
    let config = r#"{"auths":{"none.io":{"auth":"YTpi"}},"credsStore":"good","credHelpers":{"token.io":"token",
        "none.io":"none","bad.io":"bad","absent.io":"absent","evil.io":"../x"}}"#;
    let credentials = Credentials::new(CredentialSources {
        docker_auth_config: Some(config.into()),
        path: Some(format!("relative:{}", directory.path().display())),
        ..CredentialSources::default()
    });
    for (registry, expected) in [
        ("docker.io", "u:p"),
        ("docker.io", "u:p"),
        ("token.io", "identity t"),
        ("none.io", "a:b"),
        ("bad.io", "none"),
        ("absent.io", "none"),
        ("evil.io", "none"),
    ] {
        assert_eq!(shown(credentials.find(registry, "x", soon()).await), expected, "{registry}");
    }
    assert_eq!(std::fs::read_to_string(log).unwrap(), "https://index.docker.io/v1/\n");
    let warnings = credentials.warnings().join("\n");
    assert_eq!(warnings.lines().count(), 3, "{warnings}");
    assert!(!warnings.contains("hunter2") && warnings.contains("docker-credential-absent is not in PATH"));
}

#[cfg(unix)]
#[tokio::test]
async fn the_helper_of_a_host_serves_its_port_443() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("docker-credential-one");
    let body = r#"read s; [ "$s" = one.io ] || { echo credentials not found; exit 1; }"#;
    std::fs::write(&path, format!("#!/bin/sh\n{body}\necho '{{\"Username\":\"u\",\"Secret\":\"p\"}}'\n"))
        .unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    for config in [r#"{"credHelpers":{"one.io":"one"}}"#, r#"{"credsStore":"one"}"#] {
        let credentials = Credentials::new(CredentialSources {
            docker_auth_config: Some(config.into()),
            path: Some(directory.path().display().to_string()),
            ..CredentialSources::default()
        });
        assert_eq!(shown(credentials.find("one.io:443", "a", soon()).await), "u:p", "{config}");
        assert_eq!(shown(credentials.find("one.io:5000", "a", soon()).await), "none", "{config}");
        assert!(credentials.warnings().is_empty());
    }
}

/// The output of a helper may hold secrets: no warning repeats it.
#[cfg(unix)]
#[tokio::test]
async fn helpers_that_give_no_credentials() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    for (name, program, expected) in [
        ("long", "#!/bin/sh\nyes hunter2\n", Some("docker-credential-long did not answer with credentials")),
        ("text", "#!/bin/sh\necho hunter2\n", Some("docker-credential-text did not answer with credentials")),
        ("absent", "#!/nonexistent/hunter2\n", Some("docker-credential-absent cannot be run: ")),
        ("empty", "#!/bin/sh\necho '{\"Username\":\"u\",\"Secret\":\"\"}'\n", None),
    ] {
        let path = directory.path().join(format!("docker-credential-{name}"));
        std::fs::write(&path, program).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        let credentials = Credentials::new(CredentialSources {
            docker_auth_config: Some(format!(r#"{{"credHelpers":{{"one.io":"{name}"}}}}"#)),
            path: Some(format!("{}:/usr/bin:/bin", directory.path().display())),
            ..CredentialSources::default()
        });
        assert_eq!(shown(credentials.find("one.io", "x", soon()).await), "none", "{name}");
        let warnings = credentials.warnings().join("; ");
        assert_eq!(warnings.is_empty(), expected.is_none(), "{name}: {warnings}");
        assert!(warnings.contains(expected.unwrap_or_default()), "{name}: {warnings}");
        assert!(!warnings.contains("hunter2"), "{name}: {warnings}");
    }
}
