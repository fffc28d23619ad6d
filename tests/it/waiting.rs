//! `--wait`: what a parallel pipeline is still pushing.

use std::time::Duration;

use testkit::registry::{Auth, Fault, Matcher, Registry, Reply};

use crate::gate::{at, check, outcome, timed, verdicts};

#[test]
fn what_comes_in_time_is_there() {
    let registry = Registry::start();
    registry.push("shop/web", "1");
    let images = at(&registry, &["shop/web:1", "shop/web:2", "shop/new:1"]);
    let run = std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(1500));
            registry.push("shop/web", "2");
            registry.push("shop/new", "1");
        });
        check(&images, &["--wait", "8s"])
    });
    assert_eq!(outcome(&run), (0, vec![]), "{}", run.stdout);
    let heads = registry.count("HEAD", "/shop/web/manifests/2");
    assert!((2..=3).contains(&heads), "the waiting ends when the image is there: {heads}");
    let host = registry.host();
    let said = format!("warning: waiting up to 8 s for {host}/shop/new:1, {host}/shop/web:2\n");
    assert_eq!(run.stderr, said);
    assert_eq!(registry.count("HEAD", "/shop/web/manifests/1"), 1, "what is there is not asked for again");
    assert_eq!(registry.count("GET", "/tags/list"), 2, "nor is a list of tags");
}

#[test]
fn what_does_not_come_is_missing() {
    let registry = Registry::start();
    registry.push("shop/web", "1");
    registry.fault(Matcher::any("/shop/ill/"), Reply::error(403, "DENIED", ""));
    let images = at(&registry, &["shop/web:2", "shop/ill:1"]);
    // The deadline bounds the first answers, and the waiting comes on top.
    let (run, took) = timed(|| check(&images, &["--wait", "4s", "--deadline", "2s"]));
    assert_eq!(verdicts(&run), ["missing", "unverified"]);
    assert_eq!(run.code, 1);
    assert!(took >= Duration::from_secs(2), "the deadline does not end the waiting: {took:?}");
    assert_eq!(registry.count("HEAD", "/shop/ill/"), 1, "only what is missing is waited for");
    let heads = registry.count("HEAD", "/shop/web/manifests/2");
    assert!((2..=4).contains(&heads), "{heads}");
}

#[test]
fn a_registry_that_falls_silent_meanwhile_has_had_its_say() {
    let registry = Registry::start();
    registry.push("shop/web", "1");
    registry.fault(Matcher::head("/manifests/2").times(1), Reply::error(404, "MANIFEST_UNKNOWN", ""));
    registry.fault(Matcher::any("/manifests/2"), Reply::status(503));
    let run = check(&at(&registry, &["shop/web:2"]), &["--wait", "4s"]);
    assert_eq!(outcome(&run), (1, vec!["missing-tag".to_owned()]), "{}", run.stdout);
}

#[test]
fn what_comes_in_the_last_moment_is_there() {
    let registry = Registry::start();
    registry.push("shop/web", "1");
    let run = std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_millis(3200));
            registry.push("shop/web", "2");
        });
        check(&at(&registry, &["shop/web:2"]), &["--wait", "4s"])
    });
    assert_eq!(outcome(&run), (0, vec![]), "{}", run.stdout);
}

/// An outage in the middle is over at some time, and what was pushed meanwhile is seen then.
#[test]
fn an_outage_meanwhile_is_survived() {
    let outages: [fn(&Registry); 3] = [
        |r| r.fault(Matcher::head("/manifests/2").times(3), Reply::status(429)),
        |r| r.fault(Matcher::head("/manifests/2").times(3), Fault::Reset),
        // The token has expired, and no other is to be had.
        |r| {
            let challenge = format!(
                "Bearer realm=\"http://{0}/token\",service=\"{0}\",error=\"invalid_token\"",
                r.host()
            );
            let expired = Reply::error(401, "UNAUTHORIZED", "").header("WWW-Authenticate", &challenge);
            r.fault(Matcher::head("/manifests/2").times(1), expired);
            r.fault(Matcher::any("/token").times(1), Fault::Delay(Duration::ZERO));
            r.fault(Matcher::any("/token").times(3), Reply::status(503));
        },
    ];
    std::thread::scope(|scope| {
        for (n, outage) in outages.into_iter().enumerate() {
            scope.spawn(move || {
                let registry = Registry::builder().auth(Auth::bearer()).start();
                registry.push("shop/web", "1");
                registry.push("shop/web", "2");
                let lost = Reply::error(404, "MANIFEST_UNKNOWN", "");
                registry.fault(Matcher::head("/manifests/2").times(1), lost.clone());
                registry.fault(Matcher::get("/manifests/2"), lost);
                outage(&registry);
                let tags = Reply::status(200).body(r#"{"name":"shop/web","tags":["1"]}"#);
                registry.fault(Matcher::get("/tags/list"), tags);
                let run = check(&at(&registry, &["shop/web:2"]), &["--wait", "9s"]);
                assert_eq!(outcome(&run), (0, vec![]), "{n}: {}\n{:?}", run.stdout, registry.requests());
            });
        }
    });
}
