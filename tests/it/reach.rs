//! The registries that are queried, and those that are not: declared registries, private networks,
//! certificates, proxies, mirrors.

use testkit::registry::{Auth, Fault, Matcher, Registry, Reply};

use crate::gate::{Gate, at, check, only, outcome, verdicts};

fn shop(tags: &[&str]) -> Registry {
    let registry = Registry::start();
    for tag in tags {
        registry.push("shop/web", tag);
    }
    registry
}

#[test]
fn a_registry_that_is_declared_is_one_notice() {
    let registry = shop(&["1"]);
    let other = shop(&["1"]);
    let config = format!(
        "registries:\n  {}:\n    verify: false\n    reason: only the cluster reaches it\n",
        registry.host()
    );
    let gate = Gate::new().write(".pullable.yaml", &config);
    let images =
        [at(&registry, &["shop/web:1", "shop/web:2", "a/b:3"]), at(&other, &["shop/web:1"])].concat();
    for args in [&[][..], &["--strict"]] {
        let run = gate.check(&images, args);
        assert_eq!(outcome(&run), (0, vec!["not-checked".to_owned()]), "{}", run.stdout);
        let host = registry.host();
        let said =
            format!("images of {host} are not checked: only the cluster reaches it (and 2 more references)");
        assert_eq!(only(&run).1, said);
        assert_eq!(run.json()["findings"][0]["severity"], "notice");
        assert_eq!(run.json()["findings"][0]["help"], "declared in .pullable.yaml line 2 (verify: false)");
        assert_eq!(verdicts(&run), ["skipped", "skipped", "skipped", "present"]);
    }
    assert_eq!(registry.requests().len(), 0);
}

/// No name of a host is another one for its letters' case.
#[test]
fn a_host_in_other_letters_is_the_same() {
    let config =
        "registries:\n  '*.acme.invalid':\n    verify: false\n    reason: only the cluster reaches it\n";
    let gate = Gate::new().write(".pullable.yaml", config);
    let run = gate.check(&["Reg.ACME.invalid/shop/web:1"], &[]);
    assert_eq!(outcome(&run), (0, vec!["not-checked".to_owned()]), "{}", run.stdout);
    let conf = "[[registry]]\nprefix = '*.acme.invalid'\nblocked = true\n[[registry]]\nprefix = 'reg.bad.invalid'\nblocked = true\n";
    let gate = Gate::new().write("r.conf", conf);
    for image in ["Reg.ACME.invalid/shop/web:1", "REG.bad.invalid/shop/web:1"] {
        let run = gate.check(&[image], &["--registries-conf", "r.conf"]);
        assert!(only(&run).1.ends_with("is not queried: --registries-conf blocks it"), "{}", run.stdout);
    }
}

#[test]
fn private_networks_are_denied_where_that_is_wanted() {
    let registry = shop(&["1"]);
    let port = registry.host().split_once(':').unwrap().1.to_owned();
    let hosts = [
        registry.host(),
        format!("localhost:{port}"),
        format!("[::1]:{port}"),
        "169.254.169.254".to_owned(),
        format!("[::ffff:127.0.0.1]:{port}"),
    ];
    for host in hosts {
        let run = check(&[format!("'{host}/shop/web:1'")], &["--deny-private-networks"]);
        assert_eq!(outcome(&run), (3, vec!["unreachable".to_owned()]), "{host}: {}", run.stdout);
        let message = only(&run).1;
        assert!(message.contains("is not public, and --deny-private-networks is on"), "{message}");
        assert!(message.contains("(--deny-private-networks=false allows it)"), "{message}");
        assert!(!message.contains("times"), "it does not heal: {message}");
    }
    assert_eq!(registry.requests().len(), 0);
    let gate = Gate::new().write(".pullable.yaml", "deny-private-networks: true\n");
    assert_eq!(gate.check(&at(&registry, &["shop/web:1"]), &[]).code, 3);
    assert_eq!(gate.check(&at(&registry, &["shop/web:1"]), &["--deny-private-networks=false"]).code, 0);
}

/// In the proxy's part the scripted registry is any host of the internet.
#[test]
fn redirects_and_realms_do_not_lead_into_private_networks() {
    let registry = Registry::start();
    registry.push("registry.example/shop/web", "1");
    registry.push("metadata.example/shop/web", "1");
    let proxy = format!("http://{}", registry.host());
    let gate = Gate::new().env("HTTP_PROXY", &proxy).env("HTTPS_PROXY", &proxy);
    let args = ["--insecure-registry", "registry.example", "--deny-private-networks"];
    let images = ["registry.example/shop/web:1"];
    assert_eq!(outcome(&gate.check(&images, &args)), (0, vec![]));
    let metadata = "http://169.254.169.254/latest/meta-data/iam/manifests/1";
    registry.fault(Matcher::any("/manifests/"), Fault::Redirect(metadata.into()));
    registry.clear_requests();
    let run = gate.check(&images, &args);
    assert_eq!(outcome(&run), (3, vec!["unreachable".to_owned()]), "{}", run.stdout);
    let said = "169.254.169.254 cannot be reached: its address 169.254.169.254 is not public";
    assert!(only(&run).1.starts_with(said), "{}", run.stdout);
    registry.clear_faults();
    let challenge = "Bearer realm=\"https://10.0.0.1/token\",service=\"x\"";
    registry.fault(Matcher::any("/v2/"), Reply::status(401).header("WWW-Authenticate", challenge));
    let run = gate.check(&images, &args);
    assert_eq!(run.code, 3);
    let asked = registry.requests();
    assert!(asked.iter().all(|request| request.host.starts_with("registry.example")), "{asked:?}");
}

#[test]
fn certificates_that_are_none() {
    let registry = shop(&["1"]);
    let gate = Gate::new().write("empty.pem", "").write("key.pem", "-----BEGIN CERTIFICATE-----\n!\n");
    for (file, why) in
        [("empty.pem", "holds none"), ("key.pem", "is not PEM"), ("nowhere.pem", "No such file")]
    {
        let run = gate.check(&at(&registry, &["shop/web:1"]), &["--ca-file", file]);
        run.refused(&[&format!("the certificates in {file} cannot be used"), why]);
    }
}

#[test]
fn no_proxy_for_whom_none_is_meant() {
    let registry = Registry::start();
    let gate = Gate::new().env("HTTP_PROXY", "http://127.0.0.1:9").env("HTTPS_PROXY", "http://127.0.0.1:9");
    registry.push("shop/web", "1");
    // This machine is never queried through a proxy; a name is, unless NO_PROXY contains it.
    assert_eq!(gate.check(&at(&registry, &["shop/web:1"]), &[]).code, 0);
    let run = gate.check(&["registry.invalid/shop/web:1"], &[]);
    assert!(only(&run).1.contains("connection refused"), "{}", run.stdout);
    let run = gate.env("NO_PROXY", ".invalid").check(&["registry.invalid/shop/web:1"], &[]);
    assert!(only(&run).1.contains("no such host") || only(&run).1.contains("name server"), "{}", run.stdout);
}

#[test]
fn a_mirror_that_has_it_is_enough() {
    let (mirror, upstream) = (Registry::start(), shop(&["1", "2"]));
    let digest = mirror.push("hub/shop/web", "1");
    let rule = format!("{}={}/hub", upstream.host(), mirror.host());
    let pinned = format!("shop/web:1@{digest}");
    let images = at(&upstream, &["shop/web:1", &pinned]);
    let run = check(&images, &["--mirror", &rule]);
    assert_eq!(outcome(&run), (0, vec![]), "{}", run.stdout);
    assert_eq!(run.json()["references"][0]["mirror"], format!("{}/hub", mirror.host()));
    assert_eq!(upstream.requests().len(), 0);
    assert_eq!(mirror.requests().len(), 1 + 1 + 2, "{:?}", mirror.requests());
    let text = check(&at(&upstream, &["shop/web:1"]), &["--mirror", &rule, "-v", "--format", "human"]).stdout;
    assert!(text.contains(&format!("through mirror {}/hub", mirror.host())), "{text}");

    let config = format!("registries:\n  {}:\n    mirrors: [{}/hub]\n", upstream.host(), mirror.host());
    let run = Gate::new().write(".pullable.yaml", &config).check(&images, &[]);
    assert_eq!((run.code, upstream.requests().len()), (0, 0), "{}", run.stdout);
}

/// Other answers of a mirror, or none.
#[test]
fn a_mirror_is_never_a_verdict() {
    let long = Reply::status(429).header("Retry-After", "3600");
    let faults: [(&str, Vec<Fault>); 8] = [
        ("404", vec![]),
        ("401", Reply::error(401, "UNAUTHORIZED", "").into()),
        ("403", Reply::error(403, "DENIED", "").into()),
        ("429", long.into()),
        ("500", Reply::status(500).into()),
        ("silence", Fault::Hang.into()),
        ("a reset", Fault::Reset.into()),
        ("a login page", Fault::Html.into()),
    ];
    for (name, fault) in faults {
        let (mirror, upstream) = (Registry::start(), shop(&["1"]));
        if !fault.is_empty() {
            mirror.fault(Matcher::any("/v2/"), fault);
        }
        let rule = format!("{}={}", upstream.host(), mirror.host());
        let all = at(&upstream, &["shop/web:1", "shop/web:2", "shop/wob:1"]);
        let args = ["--mirror", &rule, "--timeout", "1s"];
        let run = check(&all, &args);
        assert_eq!(verdicts(&run), ["present", "missing", "missing"], "{name}: {}", run.stdout);
        let said = run.stderr.contains(&format!("the mirror {} was not used", mirror.host()));
        assert_eq!(said, name != "404", "{name}: {}", run.stderr);
        assert!(run.stderr.lines().count() <= 1, "{name}: {}", run.stderr);
        // A mirror that does not answer is not queried again.
        assert!(mirror.requests().len() <= 7, "{name}: {:?}", mirror.requests());
        assert_eq!(mirror.count("GET", "/tags/list"), 0, "{name}");
    }
}

#[test]
fn a_mirror_gets_its_own_credentials_and_no_others() {
    let mirror = Registry::builder().auth(Auth::basic("robot", "of-mirror")).start();
    let upstream = Registry::builder().auth(Auth::basic("robot", "of-upstream")).start();
    mirror.push("shop/web", "1");
    upstream.push("shop/web", "2");
    let (here, there) = (mirror.host(), upstream.host());
    let rule = format!("{there}={here}");
    let gate = Gate::new().login(&[(&there, "robot:of-upstream")]);
    let run = gate.check(&at(&upstream, &["shop/web:2"]), &["--mirror", &rule]);
    assert_eq!(outcome(&run), (0, vec![]), "{}", run.stdout);
    assert!(mirror.requests().iter().all(|request| request.authorization.is_none()));
    let gate = Gate::new().login(&[(&there, "robot:of-upstream"), (&here, "robot:of-mirror")]);
    let run = gate.check(&at(&upstream, &["shop/web:1", "shop/web:2"]), &["--mirror", &rule]);
    assert_eq!(outcome(&run), (0, vec![]), "{}", run.stdout);
}

#[test]
fn a_mirror_that_is_none_is_said() {
    let registry = shop(&["1"]);
    for bad in ["docker.io", "docker.io=mirror", "docker.io=https://mirror.example"] {
        let run = check(&at(&registry, &["shop/web:1"]), &["--mirror", bad]);
        assert_eq!(run.code, 2, "{bad}: {}", run.stderr);
    }
}

#[test]
fn a_registries_conf_that_is_named() {
    let (mirror, old, new) = (Registry::start(), Registry::start(), shop(&["2"]));
    mirror.push("hub/shop/web", "1");
    mirror.push("moved/web", "9");
    let conf = format!(
        "[[registry]]\nlocation = \"{old}\"\n[[registry.mirror]]\nlocation = \"{mirror}/hub\"\n\
         [[registry]]\nprefix = \"{old}/moved\"\nlocation = \"{new}/shop\"\n\
         mirror = [{{location = \"{mirror}/moved\"}}]\n[[registry]]\nlocation = \"blocked.example\"\nblocked = true\n",
        old = old.host(),
        new = new.host(),
        mirror = mirror.host()
    );
    let gate = Gate::new().write("registries.conf", &conf);
    let images = [
        at(&old, &["shop/web:1", "moved/web:2", "moved/web:9", "moved/web:3"]),
        vec!["blocked.example/a:1".into()],
    ];
    let run = gate.check(&images.concat(), &["--registries-conf", "registries.conf"]);
    assert_eq!(verdicts(&run), ["present", "present", "present", "missing", "unverified"], "{}", run.stdout);
    assert_eq!(old.requests().len(), 0);
    assert!(
        run.stdout.contains("blocked.example is not queried: --registries-conf blocks it"),
        "{}",
        run.stdout
    );
    for (text, why) in [("[[registry]]\n", "neither"), ("{", "TOML"), ("[registries.search]\n", "version 1")]
    {
        let gate = Gate::new().write("bad.conf", text);
        gate.check(&at(&new, &["shop/web:2"]), &["--registries-conf", "bad.conf"])
            .refused(&["bad.conf: ", why]);
    }
}

#[test]
fn a_pull_request_from_a_fork_asks_public_addresses_alone() {
    let registry = shop(&["1"]);
    let images = at(&registry, &["shop/web:1"]);
    let event = |head: &str| {
        let base = r#"{"sha":"0","repo":{"full_name":"acme/web"}}"#;
        format!(r#"{{"pull_request":{{"base":{base},"head":{{"repo":{head}}}}}}}"#)
    };
    for (head, args, code) in [
        (r#"{"full_name":"mallory/web"}"#, &[][..], 3),
        ("null", &[], 3),
        (r#"{"full_name":"mallory/web"}"#, &["--deny-private-networks=false"], 0),
        (r#"{"full_name":"Acme/web"}"#, &[], 0),
    ] {
        let gate = Gate::new().write("event.json", &event(head));
        let path = gate.home().join("event.json").display().to_string();
        let gate = gate.env("GITHUB_ACTIONS", "true").env("GITHUB_EVENT_NAME", "pull_request");
        let run = gate.env("GITHUB_EVENT_PATH", &path).check(&images, args);
        assert_eq!(run.code, code, "{head} {args:?}: {}", run.stdout);
    }
}
