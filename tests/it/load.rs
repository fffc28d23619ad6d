//! Many images at once: the number of parallel requests, and the effect of a registry that does not answer on
//! others.

use std::time::Duration;

use testkit::registry::{Auth, Fault, Matcher, Registry, Reply};

use crate::gate::{Gate, check, only, outcome, verdicts};

const SLOWLY: Duration = Duration::from_millis(60);

fn images(registry: &Registry, n: usize) -> Vec<String> {
    let pushed = |n: usize| {
        registry.push(&format!("shop/web{}", n % 10), &n.to_string());
        format!("{}/shop/web{}:{n}", registry.host(), n % 10)
    };
    (0..n).map(pushed).collect()
}

#[test]
fn a_registry_that_answers_gets_all_places_unless_told_otherwise() {
    // Long enough that a busy machine sends all requests of a round before the first answer.
    let long = SLOWLY * 8;
    let forty = vec!["--concurrency", "40"];
    for (args, latency, expected) in
        [(vec![], long, 64), (forty, long, 40), (vec!["--concurrency", "3"], SLOWLY, 3)]
    {
        let registry = Registry::builder().latency(latency).start();
        let run = check(&images(&registry, 300), &args);
        assert_eq!(outcome(&run), (0, vec![]));
        assert_eq!(registry.max_in_flight(), expected, "{args:?}");
        assert_eq!(registry.requests().len(), 301, "none is sent twice");
    }
}

#[test]
fn a_registry_gets_few_until_it_answers() {
    let registry = Registry::start();
    let all = images(&registry, 300);
    registry.fault(Matcher::any("/manifests/"), Fault::Hang);
    let run = check(&all, &["--timeout", "10s", "--deadline", "2s"]);
    assert_eq!(run.code, 3);
    assert_eq!(registry.max_in_flight(), 17, "sixteen, and one for the answer to the challenge");
}

#[test]
fn a_registry_that_has_enough_gets_fewer() {
    let registry = Registry::builder().latency(SLOWLY).start();
    let all = images(&registry, 160);
    // All but two of the first are too many.
    registry.fault(Matcher::head("/manifests/").times(15), Reply::status(429));
    let run = std::thread::scope(|scope| {
        scope.spawn(|| {
            while registry.count("HEAD", "/manifests/") < 50 {
                std::thread::sleep(Duration::from_millis(5));
            }
            registry.clear_requests();
        });
        check(&all, &[])
    });
    assert_eq!(outcome(&run), (0, vec![]), "{}", run.stdout);
    assert!(registry.requests().len() > 80, "{}", registry.requests().len());
    let most = registry.max_in_flight();
    assert!((8..=9).contains(&most), "half of 17 to 19, and no more from then on: {most}");
}

/// It handles requests one after the other: with more at a time, each only takes longer. Answers of 16 at a time take
/// half a second. Twice that is reached at about 40 at a time, and a bit later if the machine is busy.
#[test]
fn a_registry_that_gets_slower_gets_fewer() {
    let registry = Registry::builder().latency(SLOWLY).in_turn().start();
    let run = check(&images(&registry, 120), &["--timeout", "30s"]);
    assert_eq!(outcome(&run), (0, vec![]), "{}", run.stdout);
    assert_eq!(registry.requests().len(), 121, "none is sent twice");
    let most = registry.max_in_flight();
    assert!((16..64).contains(&most), "64 are used if the width does not narrow: {most}");
}

#[test]
fn docker_hub_gets_eight_whatever_is_told() {
    let hub = Registry::builder().latency(SLOWLY).start();
    let names: Vec<String> = (0..60).map(|n| format!("acme/web:{n}")).collect();
    (0..60).for_each(|n| drop(hub.push("registry-1.docker.io/acme/web", &n.to_string())));
    let proxy = format!("http://{}", hub.host());
    let gate = Gate::new().env("HTTP_PROXY", &proxy).env("HTTPS_PROXY", &proxy);
    let insecure = ["--insecure-registry", "registry-1.docker.io", "--concurrency", "40"];
    let run = gate.check(&names, &insecure);
    assert_eq!(outcome(&run), (0, vec![]), "{}", run.stdout);
    assert_eq!(hub.max_in_flight(), 8);
}

#[test]
fn a_tarpit_costs_one_question_and_nobody_else() {
    let (tarpit, other) = (Registry::start(), Registry::start());
    let stuck = images(&tarpit, 200);
    tarpit.fault(Matcher::any("/manifests/"), Fault::Hang);
    // The tarpit's requests alone would hold all eight places for longer than the run lasts.
    let args = ["--concurrency", "8", "--timeout", "4s", "--deadline", "6s"];
    let run = check(&[stuck.clone(), images(&other, 100)].concat(), &args);
    let found = verdicts(&run);
    let present = found.iter().filter(|verdict| *verdict == "present").count();
    assert_eq!((run.code, present), (3, 100), "{}", run.stderr);

    tarpit.clear_requests();
    let run = check(&stuck, &["--timeout", "500ms"]);
    assert_eq!(outcome(&run), (3, vec!["unreachable".to_owned()]));
    let said = "cannot be reached: timed out after 500ms, 3 times (and 199 more references)";
    assert_eq!(only(&run).1, format!("{} {said}", tarpit.host()));
    assert!(tarpit.requests().len() <= 1 + 3 * 17, "{}", tarpit.requests().len());
}

#[test]
fn a_registry_that_answers_some_is_not_given_up() {
    let registry = Registry::builder().latency(Duration::from_millis(50)).start();
    let mut all = images(&registry, 100);
    registry.push("shop/stuck", "1");
    all.insert(0, format!("{}/shop/stuck:1", registry.host()));
    registry.fault(Matcher::any("/shop/stuck/manifests/"), Fault::Hang);
    let run = check(&all, &["--timeout", "300ms", "--concurrency", "2"]);
    assert_eq!(outcome(&run), (3, vec!["unreachable".to_owned()]));
    assert_eq!(verdicts(&run).iter().filter(|verdict| *verdict == "present").count(), 100);
}

/// ghcr.io's token server answers 403 where others answer 401.
#[test]
fn a_403_for_bad_credentials_is_told_from_a_403_for_a_repository() {
    let registry = Registry::builder().auth(Auth::bearer()).start();
    let all = images(&registry, 60);
    registry.fault(Matcher::any("/token"), Reply::error(403, "DENIED", "denied"));
    let gate = Gate::new().login(&[(&registry.host(), "robot:wrong-secret")]);
    let run = gate.check(&all, &[]);
    assert_eq!(outcome(&run), (3, vec!["unauthorized".to_owned()]));
    assert!(only(&run).1.contains("rejects the credentials from DOCKER_AUTH_CONFIG auths (403 DENIED"));
    // One for a repository, and one for none, which tells what the first was about.
    assert_eq!(registry.count("GET", "/token"), 2, "{:?}", registry.requests());
}

/// As Artifactory does with a good login: it must not delay the others.
#[test]
fn a_403_to_a_password_holds_nobody_up() {
    let registry = Registry::builder().auth(Auth::basic("robot", "hunter2")).latency(SLOWLY).start();
    let all = images(&registry, 60);
    registry.fault(Matcher::any("/manifests/"), Reply::error(403, "DENIED", "denied"));
    let gate = Gate::new().login(&[(&registry.host(), "robot:hunter2")]);
    let run = gate.check(&all, &[]);
    assert_eq!(run.code, 3, "{}", run.stdout);
    assert_eq!((registry.count("GET", "/v2/"), registry.count("HEAD", "")), (2 + 60, 60));
    assert!(registry.max_in_flight() >= 16, "{}", registry.max_in_flight());
}
