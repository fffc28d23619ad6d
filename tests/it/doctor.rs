//! `pullable doctor`: the reason that an image cannot be queried, without any secret.

use testkit::registry::{Auth, Matcher, Registry, Reply};

use crate::gate::Gate;
use crate::support::{Run, scrub};

const SECRET: &str = "hunter2-is-secret";

fn registry(auth: Auth) -> Registry {
    let registry = Registry::builder().auth(auth).anonymous_pull(false).start();
    registry.push("shop/web", "1");
    registry
}

/// The state and the text of each line about a subject.
fn lines(run: &Run, subject: &str) -> Vec<(String, String)> {
    let json = run.json();
    let schema: serde_json::Value =
        serde_json::from_str(include_str!("../../schemas/doctor.schema.json")).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator.iter_errors(&json).map(|error| error.to_string()).collect();
    assert_eq!(errors, Vec::<String>::new(), "{json:#}");
    assert!(!format!("{}{}", run.stdout, run.stderr).contains(SECRET), "{}", run.stdout);
    let text = |line: &serde_json::Value, key: &str| line[key].as_str().unwrap().to_owned();
    let all = json["lines"].as_array().unwrap();
    let about = all.iter().filter(|line| line["subject"] == subject);
    about.map(|line| (text(line, "state"), text(line, "text"))).collect()
}

fn doctor(gate: &Gate, args: &[&str]) -> Run {
    gate.command(&[&["doctor", "--format", "json"], args].concat())
}

fn states(lines: &[(String, String)]) -> Vec<&str> {
    lines.iter().map(|(state, _)| state.as_str()).collect()
}

#[test]
fn a_login_that_works_is_named_by_the_place_of_its_credential() {
    for auth in [Auth::basic("robot", SECRET), Auth::bearer_for("robot", SECRET)] {
        let registry = registry(auth);
        let host = registry.host();
        let gate = Gate::new().login(&[(&host, &format!("robot:{SECRET}"))]);
        for place in [host.clone(), format!("{host}/shop/web:1")] {
            let run = doctor(&gate, &[&place]);
            assert_eq!(run.code, 0, "{}", run.stdout);
            let lines = lines(&run, &host);
            assert_eq!(states(&lines), ["ok", "ok", "ok"], "{lines:?}");
            assert!(lines[0].1.starts_with("answers at http"), "{lines:?}");
            assert_eq!(lines[1].1, "credentials: DOCKER_AUTH_CONFIG auths");
            assert!(lines[2].1.starts_with("accepts the login ("), "{lines:?}");
        }
    }
}

#[test]
fn an_image_is_queried_as_check_queries_it() {
    let registry = registry(Auth::bearer_for("robot", SECRET));
    let host = registry.host();
    let gate = Gate::new().login(&[(&host, &format!("robot:{SECRET}"))]);
    let (there, gone) = (format!("{host}/shop/web:1"), format!("{host}/shop/web:2"));
    let run = doctor(&gate, &[&there, &gone]);
    assert_eq!(run.code, 1, "{}", run.stdout);
    assert!(lines(&run, &there)[0].1.starts_with("can be pulled: sha256:"));
    assert_eq!(lines(&run, &gone), [("fault".to_owned(), "the registry does not have it".to_owned())]);
    assert_eq!(lines(&run, &host).len(), 3, "the registry is described once");
}

#[test]
fn a_login_that_is_refused_is_a_fault() {
    for auth in [Auth::basic("robot", "another"), Auth::bearer_for("robot", "another")] {
        let registry = registry(auth);
        let host = registry.host();
        let gate = Gate::new().login(&[(&host, &format!("robot:{SECRET}"))]);
        let run = doctor(&gate, &[&host]);
        assert_eq!(run.code, 1, "{}", run.stdout);
        let lines = lines(&run, &host);
        assert_eq!(lines[2].0, "fault");
        assert!(lines[2].1.contains("the credentials from DOCKER_AUTH_CONFIG auths"), "{lines:?}");
    }
}

#[test]
fn a_registry_that_demands_credentials_and_gets_none() {
    let registry = registry(Auth::basic("robot", "another"));
    let run = doctor(&Gate::new(), &[&registry.host()]);
    assert_eq!(run.code, 1, "{}", run.stdout);
    let lines = lines(&run, &registry.host());
    assert_eq!(lines[1].1, "no credentials were found");
    assert!(lines[2].1.contains("requires credentials, and none are configured"), "{lines:?}");
}

#[test]
fn an_open_registry_requires_no_login() {
    let registry = Registry::start();
    let run = doctor(&Gate::new(), &[&registry.host()]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert_eq!(lines(&run, &registry.host())[2].1, "requires no login");
}

#[test]
fn a_registry_that_does_not_answer_is_no_fault() {
    let registry = Registry::start();
    registry.fault(Matcher::any("/v2/"), Reply::error(503, "UNAVAILABLE", "down"));
    let run = doctor(&Gate::new(), &[&registry.host(), "127.0.0.1:1"]);
    assert_eq!(run.code, 3, "{}", run.stdout);
    assert_eq!(states(&lines(&run, &registry.host())), ["unverified"]);
    assert_eq!(states(&lines(&run, "127.0.0.1:1")), ["unverified"]);
}

#[cfg(unix)]
#[test]
fn a_helper_that_is_absent_or_fails_is_named() {
    let registry = registry(Auth::basic("robot", SECRET));
    let host = registry.host();
    let config = serde_json::json!({ "credHelpers": { &host: "absent" } }).to_string();
    let run = doctor(&Gate::new().env("DOCKER_AUTH_CONFIG", &config), &[&host]);
    assert_eq!(run.code, 1, "{}", run.stdout);
    let lines = lines(&run, &host);
    assert_eq!(lines[0].0, "fault");
    assert!(lines[0].1.contains("docker-credential-absent"), "{lines:?}");
}

#[test]
fn a_folder_outside_of_a_repository_and_a_broken_configuration() {
    let gate = Gate::new().write(".pullable.yaml", "on-unverified: perhaps\n");
    let run = doctor(&gate, &[]);
    assert_eq!(run.code, 1, "{}", run.stdout);
    assert_eq!(states(&lines(&run, "repository")), ["note"]);
    assert_eq!(states(&lines(&run, "configuration")), ["fault"]);
    assert_eq!(states(&lines(&run, "helm")), ["note"]);
}

#[test]
fn a_proxy_is_named_by_its_variable() {
    let proxy = format!("http://user:{SECRET}@127.0.0.1:1");
    let run = doctor(&Gate::new().env("HTTPS_PROXY", &proxy), &[]);
    assert_eq!(lines(&run, "proxy"), [("ok".to_owned(), "HTTPS_PROXY".to_owned())]);
    let run = doctor(&Gate::new().env("HTTPS_PROXY", &format!("http://user:{SECRET}@")), &[]);
    assert_eq!(states(&lines(&run, "network")), ["fault", "fault"]);
}

#[test]
fn a_change_of_a_fork_queries_public_addresses_only() {
    let registry = Registry::start();
    let run = doctor(&Gate::new().env("CI", "true"), &[&registry.host()]);
    assert_eq!(run.code, 3, "{}", run.stdout);
    assert!(lines(&run, "private networks")[0].1.starts_with("only public addresses are queried"));
    assert!(lines(&run, &registry.host())[0].1.contains("is not public"));
}

#[cfg(unix)]
#[test]
fn a_program_that_does_not_run_is_named() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["git", "helm"] {
        let program = folder.path().join(name);
        std::fs::write(&program, "#!/bin/sh\necho broken >&2\nexit 3\n").unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(&program, mode).unwrap();
    }
    let path = format!("{}:/usr/bin:/bin", folder.path().display());
    let run = doctor(&Gate::new().env("PATH", &path), &[]);
    let git = lines(&run, "git");
    assert_eq!(states(&git), ["note"]);
    assert!(git[0].1.contains("git does not run: ") && git[0].1.contains("broken"), "{git:?}");
    let helm = lines(&run, "helm");
    assert_eq!((run.code, states(&helm)), (1, vec!["fault"]), "{helm:?}");
    let run = doctor(&Gate::new().env("PATH", &path).write(".pullable.yaml", "render: never\n"), &[]);
    assert_eq!((run.code, states(&lines(&run, "helm"))), (0, vec!["note"]), "{}", run.stdout);
}

#[test]
fn the_rules_of_the_network_are_listed() {
    let config = "deny-private-networks: true\nregistries:\n  docker.io: {mirrors: [mirror.example/hub, other.example]}\n  \
                  blocked.example: {mirrors: [mirror.example/b]}\n";
    let conf = "[[registry]]\nprefix = \"blocked.example\"\nblocked = true\n";
    let gate = Gate::new().write(".pullable.yaml", config).write("registries.conf", conf);
    let run =
        doctor(&gate, &["--insecure-registry", "plain.example", "--registries-conf", "registries.conf"]);
    assert_eq!(run.code, 0, "{}", run.stdout);
    let text = |subject: &str| lines(&run, subject).into_iter().map(|(_, text)| text).collect::<Vec<_>>();
    assert_eq!(text("insecure registries"), ["certificates are not verified for plain.example"]);
    let mut mirrors = text("mirrors");
    mirrors.sort();
    assert_eq!(mirrors.len(), 2, "{mirrors:?}");
    assert!(mirrors[0].starts_with("blocked.example: blocked by "), "{mirrors:?}");
    assert_eq!(mirrors[1], "docker.io: mirror.example/hub, then other.example, then the registry itself");
    assert!(text("private networks")[0].ends_with("the configuration or --deny-private-networks demands it"));
}

#[test]
fn access_without_a_login_and_an_image_that_is_not_known() {
    let registry = Registry::builder().auth(Auth::bearer()).anonymous_pull(true).start();
    registry.push("shop/web", "1");
    registry.fault(Matcher::any("manifests/"), Reply::status(400));
    let (host, image) = (registry.host(), format!("{}/shop/web:1", registry.host()));
    let run = doctor(&Gate::new(), &[&image]);
    assert_eq!(run.code, 3, "{}", run.stdout);
    let access = lines(&run, &host);
    assert_eq!(states(&access), ["ok", "ok", "ok"], "{access:?}");
    assert!(
        access[2].1.starts_with("gives access without credentials: only to public images ("),
        "{access:?}"
    );
    assert_eq!(states(&lines(&run, &image)), ["unverified"]);
}

#[test]
fn a_cache_that_cannot_be_kept_is_no_fault() {
    for (name, value, expected) in [
        ("XDG_CACHE_HOME", "/dev/null/x", "/dev/null/x/pullable cannot be written: "),
        ("HOME", "relative", "there is no folder for it: "),
    ] {
        let run = doctor(&Gate::new().env(name, value), &[]);
        let cache = lines(&run, "cache");
        assert_eq!((run.code, states(&cache)), (0, vec!["note"]), "{}", run.stdout);
        assert!(cache[0].1.starts_with(expected), "{cache:?}");
    }
}

#[test]
fn the_report_for_people_fits_narrow_terminals() {
    let registry = registry(Auth::basic("robot", "another"));
    let gate = Gate::new().login(&[(&registry.host(), &format!("robot:{SECRET}"))]).env("COLUMNS", "40");
    let run = gate.command(&["doctor", &registry.host()]);
    let text = scrub(&run.stdout);
    for line in text.lines().filter(|line| line.chars().count() > 40) {
        // A path or an address is not broken.
        let words = line.get(20..).unwrap_or_default().split_whitespace().count();
        assert!(words <= 1, "{line:?} in {text}");
    }
    assert!(text.contains("something is wrong: see the lines above"), "{text}");
}
