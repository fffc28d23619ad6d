//! Hostile registries: none receives credentials of another host, and none writes to a terminal.

use testkit::registry::{Auth, Fault, Matcher, Registry, Reply};

use crate::gate::{Gate, at, check, only, outcome, suggestions};

const LOGIN: &str = "robot:hunter2";

/// Text of a registry that a terminal, a log or a runner would read as a command.
const NASTY: &str =
    "\u{1b}]0;owned\u{7}\u{1b}[2J\r\n::error::owned\r\n##[error]owned\n\u{202e}##[add-mask]x\u{9b}1m";

#[test]
fn no_message_of_a_registry_gives_commands() {
    let registry = Registry::start();
    registry.push("shop/web", "1");
    registry.fault(Matcher::any("/shop/web/manifests/"), Reply::error(403, "DENIED", NASTY));
    registry.fault(Matcher::head("/shop/api/manifests/"), Reply::status(405));
    registry.fault(Matcher::any("/shop/api/manifests/"), Reply::error(400, NASTY, "owned"));
    let type_of = "text/html##[error]owned";
    registry.fault(Matcher::any("/shop/type/"), Reply::status(200).header("Content-Type", type_of));
    let images = at(&registry, &["shop/web:1", "shop/api:1", "shop/type:1"]);
    for format in ["human", "github"] {
        for color in ["never", "always"] {
            let run = check(&images, &["--format", format, "--color", color, "-v"]);
            assert_eq!(run.code, 3, "{}", run.stdout);
            assert!(run.stdout.contains("owned"), "{}", run.stdout);
            let plain = run.stdout.replace("\u{1b}[", "");
            let raw = |c: char| c.is_control() && c != '\n' || c == '\u{202e}';
            assert!(!plain.contains(raw), "{format}: {plain:?}");
            assert!(color == "always" || !run.stdout.contains('\u{1b}'), "{format}: {:?}", run.stdout);
            assert!(!plain.contains("]0;owned\u{7}") && !plain.contains("2J\r"), "{format}: {plain:?}");
            assert!(!run.stdout.contains("##["), "{format}: {}", run.stdout);
            let command = |line: &str| line.trim_start().starts_with("::error::owned");
            assert!(!run.stdout.lines().any(command), "{format}: {}", run.stdout);
        }
    }
}

#[test]
fn no_tag_of_a_registry_gives_commands() {
    let registry = Registry::start();
    let tags =
        serde_json::json!({ "name": "shop/web", "tags": ["1.5.0\u{1b}[2J", "1.5.1", "##[error]1.5.2"] });
    registry.push("shop/web", "1");
    registry.fault(Matcher::get("/tags/list"), Reply::status(200).body(tags.to_string()));
    let images = at(&registry, &["shop/web:1.5.2"]);
    assert_eq!(suggestions(&check(&images, &[])), ["1.5.1"]);
    let human = check(&images, &["--format", "human"]).stdout;
    assert!(!human.contains('\u{1b}') && !human.contains("##["), "{human}");
}

#[test]
fn a_redirect_takes_no_credentials_along() {
    let elsewhere = Registry::start();
    elsewhere.push("shop/web", "1");
    for auth in [Auth::basic("robot", "hunter2"), Auth::bearer_for("robot", "hunter2")] {
        let registry = Registry::builder().auth(auth).start();
        let gate = Gate::new().login(&[(&registry.host(), LOGIN)]);
        let away = Fault::Redirect(format!("http://{}{{path}}", elsewhere.host()));
        registry.fault(Matcher::any("/manifests/"), away);
        elsewhere.clear_requests();
        let run = gate.check(&at(&registry, &["shop/web:1"]), &[]);
        assert_eq!(outcome(&run), (0, vec![]), "{}", run.stdout);
        let seen = elsewhere.requests();
        assert!(seen.len() == 1 && seen[0].authorization.is_none(), "{seen:?}");
    }
}

#[test]
fn a_redirect_that_is_refused_elsewhere_names_both() {
    let elsewhere = Registry::builder().auth(Auth::basic("robot", "hunter2")).start();
    let registry = Registry::start();
    let away = Fault::Redirect(format!("http://{}{{path}}", elsewhere.host()));
    registry.fault(Matcher::any("/manifests/"), away);
    let gate = Gate::new().login(&[(&elsewhere.host(), LOGIN)]);
    let run = gate.check(&at(&registry, &["shop/web:1"]), &[]);
    let (rule, message) = only(&run);
    assert_eq!((run.code, rule.as_str()), (3, "unauthorized"));
    let said =
        format!("{}/shop/web is redirected to {}, which answers 401", registry.host(), elsewhere.host());
    assert!(message.starts_with(&said), "{message}");
    assert!(elsewhere.requests().iter().all(|request| request.authorization.is_none()));
}

#[test]
fn a_login_is_not_redirected() {
    let elsewhere = Registry::builder().auth(Auth::bearer()).start();
    let registry = Registry::builder().auth(Auth::bearer()).start();
    registry.push("shop/web", "1");
    let away = Fault::Redirect(format!("http://{}{{path}}", elsewhere.host()));
    registry.fault(Matcher::any("/token"), away);
    let gate = Gate::new().login(&[(&registry.host(), LOGIN)]);
    let (rule, message) = only(&gate.check(&at(&registry, &["shop/web:1"]), &[]));
    assert_eq!(rule, "registry-error");
    assert!(message.contains("redirects a login to another address, which is not followed"), "{message}");
    assert_eq!(elsewhere.requests().len(), 0);
}

#[test]
fn a_registry_in_plain_http_names_no_token_server_but_itself() {
    let elsewhere = Registry::builder().auth(Auth::bearer()).start();
    let registry = Registry::start();
    registry.push("shop/web", "1");
    let host = elsewhere.host().replace("127.0.0.1", "localhost");
    let challenge = format!("Bearer realm=\"http://{host}/token\",service=\"x\"");
    registry.fault(Matcher::any("/v2/"), Reply::status(401).header("WWW-Authenticate", &challenge));
    for gate in [Gate::new(), Gate::new().login(&[(&registry.host(), LOGIN)])] {
        let run = gate.check(&at(&registry, &["shop/web:1", "shop/api:1"]), &[]);
        assert_eq!(outcome(&run), (3, vec!["registry-error".to_owned()]));
        let message = only(&run).1;
        assert!(message.contains("names the token server of another host, localhost"), "{message}");
    }
    assert_eq!(elsewhere.requests().len(), 0);
    assert!(registry.requests().iter().all(|request| request.authorization.is_none()));
}
