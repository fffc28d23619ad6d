//! Logins: their credentials, their number, and the messages if they fail.

use testkit::registry::{Auth, Denial, Matcher, Registry, Reply};

use crate::gate::{Gate, at, auths, check, only, outcome, verdicts};

const LOGIN: &str = "robot:hunter2";

fn basic() -> Registry {
    let registry = Registry::builder().auth(Auth::basic("robot", "hunter2")).start();
    registry.push("shop/web", "1");
    registry
}

fn bearer() -> Registry {
    let auth = Auth::bearer_for("robot", "hunter2");
    let registry = Registry::builder().auth(auth).anonymous_pull(false).start();
    registry.push("shop/web", "1");
    registry
}

fn repositories(registry: &Registry, n: usize) -> Vec<String> {
    (0..n).map(|n| format!("{}/shop/web-{n}:1", registry.host())).collect()
}

/// Requests that carried credentials.
fn logins(registry: &Registry) -> usize {
    registry.requests().iter().filter(|request| request.authorization.is_some()).count()
}

#[test]
fn no_credentials_are_one_finding() {
    for registry in [basic(), bearer()] {
        let run = check(&repositories(&registry, 30), &[]);
        assert_eq!(outcome(&run), (3, vec!["unauthorized".to_owned()]));
        let said = "requires credentials, and none are configured (and 29 more references)";
        assert_eq!(only(&run).1, format!("{} {said}", registry.host()));
        assert_eq!(logins(&registry), 0);
    }
}

#[test]
fn wrong_credentials_are_sent_once() {
    for registry in [basic(), bearer()] {
        let host = registry.host();
        let run =
            Gate::new().login(&[(&host, "robot:wrong-secret")]).check(&repositories(&registry, 30), &["-v"]);
        assert_eq!(outcome(&run), (3, vec!["unauthorized".to_owned()]));
        let message = only(&run).1;
        let said = format!("{host} rejects the credentials from DOCKER_AUTH_CONFIG auths (401 ");
        assert!(message.starts_with(&said), "{message}");
        assert_eq!(logins(&registry), 1, "{:?}", registry.requests());
        assert!(!format!("{}{}", run.stdout, run.stderr).contains("wrong-secret"));
    }
}

#[test]
fn right_credentials() {
    for registry in [basic(), bearer()] {
        let host = registry.host();
        let gate = Gate::new().login(&[(&host, LOGIN)]);
        let run = gate.check(&at(&registry, &["shop/web:1", "shop/web:2", "shop/wob:1"]), &[]);
        assert_eq!(run.code, 1);
        assert_eq!(run.rules(), ["missing-tag", "missing-repository"]);
        assert_eq!(verdicts(&run), ["present", "missing", "missing"]);
    }
}

/// The places in which credentials are searched, and their names in messages.
#[test]
fn where_credentials_are_kept() {
    type Keep = fn(Gate, &str) -> Gate;
    let places: [(&str, Keep); 6] = [
        ("DOCKER_AUTH_CONFIG auths", |gate, auths| gate.env("DOCKER_AUTH_CONFIG", auths)),
        ("~/.docker/config.json auths", |gate, auths| gate.write(".docker/config.json", auths)),
        ("$DOCKER_CONFIG/config.json auths", |gate, auths| {
            let folder = gate.home().join("docker").display().to_string();
            gate.env("DOCKER_CONFIG", &folder).write("docker/config.json", auths)
        }),
        ("$REGISTRY_AUTH_FILE auths", |gate, auths| {
            let file = gate.home().join("auth.json").display().to_string();
            gate.env("REGISTRY_AUTH_FILE", &file).write("auth.json", auths)
        }),
        ("$XDG_RUNTIME_DIR/containers/auth.json auths", |gate, auths| {
            let folder = gate.home().join("run").display().to_string();
            gate.env("XDG_RUNTIME_DIR", &folder).write("run/containers/auth.json", auths)
        }),
        ("~/.config/containers/auth.json auths", |gate, auths| {
            gate.write(".config/containers/auth.json", auths)
        }),
    ];
    let registry = basic();
    let host = registry.host();
    let images = at(&registry, &["shop/web:1"]);
    for (name, keep) in places {
        let run = keep(Gate::new(), &auths(&[(&host, LOGIN)])).check(&images, &[]);
        assert_eq!(outcome(&run), (0, vec![]), "{name}: {}", run.stdout);
        let run = keep(Gate::new(), &auths(&[(&host, "robot:wrong")])).check(&images, &[]);
        let message = only(&run).1;
        assert!(message.starts_with(&format!("{host} rejects the credentials from {name} (")), "{message}");
    }
}

#[test]
fn who_asks_for_more_is_told_where_credentials_came_from() {
    let registry = basic();
    let host = registry.host();
    let gate = Gate::new().login(&[(&host, LOGIN)]);
    let images = at(&registry, &["shop/web:1"]);
    let run = gate.check(&images, &["-v"]);
    assert_eq!(run.stderr, format!("{host}: credentials from DOCKER_AUTH_CONFIG auths\n"));
    assert!(!format!("{}{}", run.stdout, run.stderr).contains("hunter2"));
    assert_eq!(gate.check(&images, &[]).stderr, "");
}

#[test]
fn a_key_may_carry_a_path() {
    let registry = basic();
    registry.push("shop/api/v2", "1");
    let host = registry.host();
    let shop = format!("{host}/shop");
    let gate = Gate::new().login(&[(&host, "robot:wrong"), (&shop, LOGIN)]);
    let run = gate.check(&at(&registry, &["shop/web:1", "shop/api/v2:1", "shopping/web:1"]), &[]);
    assert_eq!(outcome(&run), (3, vec!["unauthorized".to_owned()]));
    assert_eq!(verdicts(&run), ["present", "present", "unverified"]);
}

#[test]
fn credentials_stay_with_their_registry() {
    let (mine, other) = (basic(), basic());
    let gate = Gate::new().login(&[(&mine.host(), LOGIN)]);
    let images = [at(&mine, &["shop/web:1"]), at(&other, &["shop/web:1"])].concat();
    let run = gate.check(&images, &[]);
    assert_eq!(outcome(&run), (3, vec!["unauthorized".to_owned()]));
    assert_eq!(verdicts(&run), ["present", "unverified"]);
    assert_eq!(logins(&other), 0);
}

/// A proxy replaces the registry, so that it has its usual port.
#[test]
fn a_login_to_a_host_is_one_to_its_port_443() {
    let registry = basic();
    registry.push("reg.example:443/shop/web", "1");
    let proxy = format!("http://{}", registry.host());
    let gate = Gate::new().env("HTTP_PROXY", &proxy).env("HTTPS_PROXY", &proxy);
    let gate = gate.login(&[("reg.example", LOGIN), ("reg.example:5000", "robot:wrong")]);
    let run = gate.check(&["reg.example:443/shop/web:1"], &["--insecure-registry", "reg.example:443"]);
    assert_eq!((outcome(&run), verdicts(&run)), ((0, vec![]), vec!["present".to_owned()]), "{}", run.stdout);
}

#[test]
fn an_unreadable_configuration_is_said() {
    let registry = basic();
    let gate = Gate::new().env("DOCKER_AUTH_CONFIG", "{hunter2");
    let run = gate.check(&at(&registry, &["shop/web:1"]), &[]);
    assert_eq!(outcome(&run), (3, vec!["unauthorized".to_owned()]));
    assert_eq!(
        run.stderr,
        "warning: DOCKER_AUTH_CONFIG is ignored: it is not a JSON object (line 1, column 2)\n"
    );
}

#[cfg(unix)]
#[test]
fn credential_helpers() {
    use std::os::unix::fs::PermissionsExt;

    const KNOWS: &str = "#!/bin/sh\nread server\necho \"$1 $server\" >> \"$HOME/asked\"\n\
        echo '{\"ServerURL\":\"x\",\"Username\":\"robot\",\"Secret\":\"hunter2\"}'\n";
    const KNOWS_NOT: &str = "#!/bin/sh\necho credentials not found in native keychain\nexit 1\n";
    const BROKEN: &str = "#!/bin/sh\necho hunter2: the keychain is locked\nexit 2\n";
    let registry = basic();
    let host = registry.host();
    let images = at(&registry, &["shop/web:1", "shop/web:1", "shop/wob:1"]);
    let keeps = |config: &str, script: &str| {
        let gate = Gate::new().write("bin/docker-credential-fake", script);
        let config = config.replace("HOST", &host);
        let gate = gate.write(".docker/config.json", &config);
        let bin = gate.home().join("bin");
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(bin.join("docker-credential-fake"), mode).unwrap();
        gate.env("PATH", &bin.display().to_string())
    };
    for config in [r#"{"credHelpers":{"HOST":"fake"}}"#, r#"{"auths":{"HOST":{}},"credsStore":"fake"}"#] {
        let gate = keeps(config, KNOWS);
        assert_eq!(outcome(&gate.check(&images, &[])), (1, vec!["missing-repository".to_owned()]));
        let asked = std::fs::read_to_string(gate.home().join("asked")).unwrap();
        assert_eq!(asked, format!("get {host}\n"), "once for the registry");
    }
    let config = r#"{"credsStore":"fake"}"#;
    let run = keeps(config, KNOWS_NOT).check(&images, &["-v"]);
    assert_eq!(outcome(&run), (3, vec!["unauthorized".to_owned()]));
    assert_eq!(run.stderr, "");
    let run = keeps(config, BROKEN).check(&images, &["-v"]);
    assert_eq!(outcome(&run), (3, vec!["unauthorized".to_owned()]));
    assert_eq!(run.stderr, "warning: ~/.docker/config.json: docker-credential-fake failed\n");
    assert!(!run.stdout.contains("hunter2"));
}

#[test]
fn one_token_for_each_repository() {
    let registry = Registry::builder().auth(Auth::bearer()).start();
    let mut images = Vec::new();
    for image in (0..4).flat_map(|repository| (0..10).map(move |tag| (repository, tag))) {
        registry.push(&format!("shop/{}", image.0), &image.1.to_string());
        images.push(format!("{}/shop/{}:{}", registry.host(), image.0, image.1));
    }
    let run = check(&images, &[]);
    assert_eq!(outcome(&run), (0, vec![]));
    assert_eq!(registry.count("GET", "/token"), 4);
    assert_eq!(registry.requests().len(), 1 + 4 + 40, "one challenge, tokens, one HEAD each");
}

#[test]
fn a_password_goes_to_the_token_server_alone() {
    let registry = bearer();
    let gate = Gate::new().login(&[(&registry.host(), LOGIN)]);
    assert_eq!(outcome(&gate.check(&at(&registry, &["shop/web:1"]), &[])), (0, vec![]));
    let sent: Vec<_> = registry
        .requests()
        .into_iter()
        .map(|request| (request.method, request.authorization.unwrap_or_default()))
        .collect();
    let pair = |method: &str, scheme: &str| {
        sent.iter().any(|(m, authorization)| m == method && authorization.starts_with(scheme))
    };
    assert!(sent.len() == 3 && pair("GET", "Basic ") && pair("HEAD", "Bearer "), "{sent:?}");
    assert!(sent[0].1.is_empty(), "nobody has asked for it yet: {sent:?}");
}

#[test]
fn an_identity_token_is_traded_for_a_token() {
    let registry = Registry::builder()
        .auth(Auth::bearer_for("robot", "hunter2"))
        .anonymous_pull(false)
        .identity_token("long-lived")
        .start();
    registry.push("shop/web", "1");
    let login = |token: &str| {
        let config =
            serde_json::json!({"auths": {registry.host(): {"identitytoken": token, "auth": "PHRva2VuPjo="}}});
        Gate::new().env("DOCKER_AUTH_CONFIG", &config.to_string())
    };
    let images = at(&registry, &["shop/web:1"]);
    assert_eq!(outcome(&login("long-lived").check(&images, &[])), (0, vec![]));
    assert_eq!((registry.count("POST", "/token"), registry.count("GET", "/token")), (1, 0));
    let run = login("revoked").check(&images, &[]);
    assert_eq!(outcome(&run), (3, vec!["unauthorized".to_owned()]));
}

#[test]
fn a_denial_is_missing_or_private() {
    for denial in [Denial::Unauthorized, Denial::Forbidden, Denial::NoToken] {
        let registry = Registry::builder().auth(Auth::bearer()).start();
        registry.push("shop/web", "1");
        registry.private("shop/secret", denial);
        let host = registry.host();
        registry.private("shop/other", denial);
        let images = at(&registry, &["shop/web:1", "shop/secret:1", "shop/secret:2", "shop/other:1"]);
        for (gate, tried) in [
            (Gate::new(), "without credentials"),
            (Gate::new().login(&[(&host, LOGIN)]), "with the credentials from DOCKER_AUTH_CONFIG auths"),
        ] {
            let run = gate.check(&images, &[]);
            assert_eq!(outcome(&run), (3, vec!["missing-or-private".to_owned(); 2]), "{denial:?}");
            assert_eq!(verdicts(&run), ["present", "unverified", "unverified", "unverified"], "{denial:?}");
            let json = run.json();
            let message = |n: usize| json["findings"][n]["message"].as_str().unwrap().to_owned();
            for (message, name) in [(message(0), "shop/secret"), (message(1), "shop/other")] {
                let start = format!("{host}/{name} does not exist, or is private: ");
                assert!(message.starts_with(&start) && message.contains(tried), "{denial:?}: {message}");
                let merged = message.contains("(and 1 more reference)");
                assert_eq!(merged, name == "shop/secret", "{denial:?}: {message}");
            }
        }
    }
}

#[test]
fn a_token_server_that_is_unwell() {
    for (reply, rule, says) in [
        (Reply::status(200).body("<html>"), "registry-error", "does not answer with a token"),
        (Reply::status(200).body(r#"{"token":"a\r\nb"}"#), "registry-error", "does not answer with a token"),
        (Reply::status(404), "registry-error", "answers 404 Not Found"),
        (Reply::status(429).header("Retry-After", "3600"), "rate-limited", "exceeds the run's deadline"),
    ] {
        let registry = Registry::builder().auth(Auth::bearer()).start();
        registry.push("shop/web", "1");
        registry.fault(Matcher::any("/token"), reply);
        let run = check(&at(&registry, &["shop/web:1", "shop/web:2"]), &[]);
        assert_eq!(outcome(&run), (3, vec![rule.to_owned()]), "{says}");
        let message = only(&run).1;
        assert!(message.contains(says) && message.contains(&registry.host()), "{message}");
        assert_eq!(registry.count("GET", "/token"), 1, "{says}");
    }
}

/// Docker Hub goes by three names, and another port of any is another server.
#[test]
fn docker_hubs_credentials_stay_there() {
    for (image, told) in [
        ("acme/web:1", true),
        ("index.docker.io/acme/web:1", true),
        ("registry-1.docker.io/acme/web:1", true),
        ("docker.io:5000/acme/web:1", false),
        ("registry-1.docker.io:80/acme/web:1", false),
        ("docker.io.example/acme/web:1", false),
        ("hub.docker.io/acme/web:1", false),
    ] {
        let any = Registry::builder().auth(Auth::basic("robot", "hunter2")).start();
        any.push("acme/web", "1");
        let proxy = format!("http://{}", any.host());
        let gate = Gate::new().env("HTTP_PROXY", &proxy).env("HTTPS_PROXY", &proxy);
        let gate = gate.login(&[("https://index.docker.io/v1/", "robot:hunter2")]);
        let host = image.split('/').next().unwrap();
        let named = if host == "acme" || host == "index.docker.io" { "registry-1.docker.io" } else { host };
        let run = gate.check(&[image], &["--insecure-registry", named]);
        assert_eq!(run.code, if told { 0 } else { 3 }, "{image}: {}", run.stdout);
        let sent = any.requests().into_iter().any(|request| request.authorization.is_some());
        assert_eq!(sent, told, "{image}");
    }
}

#[test]
fn a_token_by_either_name() {
    for body in [
        r#"{"access_token":"x"}"#,
        r#"{"token":"","access_token":"x"}"#,
        r#"{"token":null,"access_token":"x"}"#,
    ] {
        let registry = bearer();
        registry.fault(Matcher::any("/token"), Reply::status(200).body(body));
        check(&at(&registry, &["shop/web:1"]), &[]);
        let sent = registry
            .requests()
            .into_iter()
            .any(|request| request.authorization.as_deref() == Some("Bearer x"));
        assert!(sent, "{body}");
    }
}
